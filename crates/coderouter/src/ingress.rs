//! The way in: which route a request is for, its body, and the dialect its answers and errors are in.

mod body;
mod count;
mod model;
mod models;
mod route;
mod status;
mod watch;

pub use models::PROFILE_MODEL_PREFIX;

use crate::door::{Door, Gate, Refusal};
use crate::exchange::ReplyBody;
use crate::router::Router;
use crate::watching::Page;
use bytes::Bytes;
use canon::id::RequestId;
use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use std::sync::Arc;
use wire::codec::{self, Wire};

/// Everything between the sockets and the exchange.
pub struct Ingress {
    /// The program.
    pub router: Arc<Router>,
    /// Who may come in.
    pub door: Door,
}

/// What a target asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    /// An answer of a model, in a dialect.
    Model(Wire),
    /// A count of tokens.
    CountTokens,
    /// The list of models, or one of them.
    Models,
    /// What would be done with a request.
    Plan,
    /// What was done with one.
    Recent,
    /// How the providers are.
    Providers,
    /// What was seen, for Prometheus.
    Metrics,
    /// The same as JSON.
    MetricsJson,
    /// What the dashboard shows.
    Overview,
    /// Facts as they come.
    Events,
    /// A file of the dashboard.
    Page(&'static Page),
    /// Whether the program serves.
    Health,
    /// What the program is.
    Root,
    /// Nothing.
    Unknown,
}

impl Route {
    fn of(path: &str) -> Self {
        match path {
            "/v1/messages" => Self::Model(Wire::Anthropic),
            "/v1/chat/completions" => Self::Model(Wire::OpenAi),
            "/v1/messages/count_tokens" => Self::CountTokens,
            "/v1/models" => Self::Models,
            "/v1/route" => Self::Plan,
            "/v1/health" => Self::Providers,
            "/v1/overview" => Self::Overview,
            "/v1/events" => Self::Events,
            "/metrics" => Self::Metrics,
            "/metrics.json" => Self::MetricsJson,
            "/healthz" => Self::Health,
            "/" => Self::Root,
            path if path.starts_with("/v1/models/") => Self::Models,
            path if path.starts_with("/v1/route/") => Self::Recent,
            path => Page::at(path).map_or(Self::Unknown, Self::Page),
        }
    }

    fn allows(self, method: &Method) -> bool {
        match self {
            Self::Model(_) | Self::CountTokens | Self::Plan => method == Method::POST,
            Self::Unknown => true,
            _ => method == Method::GET || method == Method::HEAD,
        }
    }

    fn methods(self) -> &'static str {
        match self {
            Self::Model(_) | Self::CountTokens | Self::Plan => "POST",
            _ => "GET, HEAD",
        }
    }

    fn gate(self) -> Gate {
        match self {
            Self::Root | Self::Health | Self::Page(_) => Gate::Open,
            Self::Metrics | Self::MetricsJson | Self::Overview | Self::Events | Self::Recent => Gate::Look,
            _ => Gate::Ask,
        }
    }
}

/// Whether models are asked at a path, which is to say whether its API is served.
pub fn answers(path: &str) -> bool {
    matches!(Route::of(path), Route::Model(_))
}

/// The shape of errors on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// A dialect's own.
    Of(Wire),
    /// `{"detail": ...}`.
    Detail,
}

impl Shape {
    fn of(path: &str) -> Self {
        if path.starts_with("/v1/messages") {
            Self::Of(Wire::Anthropic)
        } else if path.starts_with("/v1/") {
            Self::Of(Wire::OpenAi)
        } else {
            Self::Detail
        }
    }
}

impl Ingress {
    /// Answers one request.
    pub async fn serve(self: Arc<Self>, request: Request<Incoming>) -> Response<ReplyBody> {
        let (head, body) = request.into_parts();
        let id = RequestId::new(fastrand::u64(..));
        let path = head.uri.path();
        let (route, shape) = (Route::of(path), Shape::of(path));
        if let Err(refusal) = self.door.check(&head, route.gate()) {
            return refused(shape, &refusal, id);
        }
        if !route.allows(&head.method) {
            return not_allowed(route, shape, id);
        }
        match route {
            Route::Model(wire) => self.model(wire, head, body, id).await,
            Route::CountTokens => self.count_tokens(head, body, id).await,
            Route::Models => self.models(&head, id).await,
            Route::Plan => self.route(head, body, id).await,
            Route::Recent => self.routed(&head, id),
            Route::Providers => self.providers(id),
            Route::Metrics => self.metrics().await,
            Route::MetricsJson => self.metrics_json(id).await,
            Route::Overview => self.overview(id).await,
            Route::Events => self.events(&head, id).await,
            Route::Page(page) => self.page(page),
            Route::Health => self.health(id),
            Route::Root => self.root(id),
            Route::Unknown => unknown(&head, shape, id),
        }
    }
}

fn unknown(head: &Parts, shape: Shape, id: RequestId) -> Response<ReplyBody> {
    let path: String = head.uri.path().chars().filter(|c| c.is_ascii_graphic()).take(120).collect();
    let message = match shape {
        Shape::Of(_) => format!("no such route: {path}"),
        Shape::Detail => "Not Found".to_owned(),
    };
    refused(shape, &Refusal { status: StatusCode::NOT_FOUND, message }, id)
}

fn not_allowed(route: Route, shape: Shape, id: RequestId) -> Response<ReplyBody> {
    let message = match shape {
        Shape::Of(_) => format!("this route takes {}", route.methods()),
        Shape::Detail => "Method Not Allowed".to_owned(),
    };
    let mut response = refused(shape, &Refusal { status: StatusCode::METHOD_NOT_ALLOWED, message }, id);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(route.methods()));
    response
}

/// An error with a status of its own, in the shape of its path.
fn refused(shape: Shape, refusal: &Refusal, id: RequestId) -> Response<ReplyBody> {
    let body = match shape {
        Shape::Of(wire) => codec::encode_refusal(wire, refusal.status.as_u16(), &refusal.message).body,
        Shape::Detail => Bytes::from(serde_json::json!({ "detail": refusal.message }).to_string()),
    };
    json(refusal.status, body, id)
}

/// A JSON answer.
fn json(status: StatusCode, body: Bytes, id: RequestId) -> Response<ReplyBody> {
    let mut response = Response::new(ReplyBody::Whole(Some(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        headers.insert("x-request-id", id);
    }
    response
}
