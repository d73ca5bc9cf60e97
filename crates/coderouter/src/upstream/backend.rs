//! One provider as something that can be called: its path, its headers, its key, its connections.

use super::answer::{Answer, AnswerBody};
use super::connector::{Connector, Io, root_cause};
use super::link::Link;
use super::listing::Listing;
use super::pool::Pool;
use crate::secret::Key;
use crate::slots::Held;
use bytes::Bytes;
use canon::config::{Provider, ProviderKind};
use canon::fault::{Fault, FaultKind, Phase};
use futures_util::future::BoxFuture;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use std::sync::Arc;
use std::time::Duration;
use wire::codec::Wire;

/// The version sent to Anthropic-format backends by clients of other dialects.
const ANTHROPIC_VERSION: HeaderValue = HeaderValue::from_static("2023-06-01");

/// How the program names itself to backends.
const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("coderouter/", env!("CARGO_PKG_VERSION")));

/// A provider that can be called.
pub struct Backend {
    /// What the configuration says of it.
    pub provider: Arc<Provider>,
    /// The dialect it speaks.
    pub wire: Wire,
    pub(super) pool: Arc<Pool>,
    pub(super) listing: Listing,
    target: Uri,
    models_path: String,
    host: HeaderValue,
    key: Option<Key>,
    connector: Arc<Connector>,
}

/// What one call sends.
pub struct Call<'a> {
    /// The body.
    pub body: Bytes,
    /// The query of the client's request, for backends of its own dialect.
    pub query: Option<&'a str>,
    /// Headers of the client that this backend may see.
    pub headers: HeaderMap,
    /// Whether a stream is asked for.
    pub stream: bool,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// The slot it uses, held as long as its answer is there.
    pub slot: Option<Arc<Held>>,
}

impl Backend {
    /// Makes a provider callable; connections of an earlier configuration are taken over where `pool` is given.
    ///
    /// # Errors
    /// If its host can't stand in a header.
    pub fn new(
        provider: Arc<Provider>,
        key: Option<Key>,
        connector: Arc<Connector>,
        pool: Option<Arc<Pool>>,
    ) -> Result<Self, header::InvalidHeaderValue> {
        let (wire, path) = match provider.kind {
            ProviderKind::Anthropic => (Wire::Anthropic, "/v1/messages"),
            ProviderKind::OpenAiCompat => (Wire::OpenAi, "/chat/completions"),
        };
        Ok(Self {
            wire,
            target: provider.endpoint.join(path).parse().unwrap_or_default(),
            models_path: provider.endpoint.join("/models"),
            host: HeaderValue::try_from(provider.endpoint.authority())?,
            pool: pool.unwrap_or_default(),
            listing: Listing::default(),
            provider,
            key,
            connector,
        })
    }

    /// Its idle connections, to be taken over by the next configuration.
    pub fn pool(&self) -> Arc<Pool> {
        Arc::clone(&self.pool)
    }

    /// Sends a call and waits for the head of the answer.
    ///
    /// A kept connection that turns out to be closed is replaced once, before anything has come back.
    ///
    /// # Errors
    /// If no connection can be made, or it breaks before the head is there.
    pub async fn send(self: &Arc<Self>, call: Call<'_>) -> Result<Answer, Fault> {
        let (link, response) = self.exchanged(|| self.request(&call), call.connect_timeout).await?;
        let (head, incoming) = response.into_parts();
        let body = AnswerBody::new(link, incoming, Arc::clone(self)).holding(call.slot);
        Ok(Answer { head, body })
    }

    /// Asks the backend which models it has. Used for discovery and for providers without a model.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn models(self: &Arc<Self>, connect_timeout: Duration) -> Result<Answer, Fault> {
        let mut request = Request::new(Full::new(Bytes::new()));
        *request.uri_mut() = self.models_path.parse().map_err(|_| internal("the base URL is no path"))?;
        self.answer_to(request, connect_timeout).await
    }

    /// Sends a request that is none for a completion.
    pub(super) async fn answer_to(
        self: &Arc<Self>,
        mut request: Request<Full<Bytes>>,
        connect_timeout: Duration,
    ) -> Result<Answer, Fault> {
        self.common_headers(request.headers_mut());
        let (link, response) = self.exchanged(|| request.clone(), connect_timeout).await?;
        let (head, incoming) = response.into_parts();
        Ok(Answer { head, body: AnswerBody::new(link, incoming, Arc::clone(self)) })
    }

    /// Sends a request over a kept connection or a new one. A kept one may have been closed in the same moment.
    async fn exchanged(
        &self,
        request: impl Fn() -> Request<Full<Bytes>>,
        connect_timeout: Duration,
    ) -> Result<(Link<Io>, Response<Incoming>), Fault> {
        let mut link = match self.pool.take().await {
            Some(link) => link,
            None => self.connect(connect_timeout).await?,
        };
        let response = match link.send(request()).await {
            Ok(response) => response,
            Err(error) if link.is_used_before() && !error.is_parse() => {
                link = self.connect(connect_timeout).await?;
                link.send(request()).await.map_err(|error| broke(&error))?
            }
            Err(error) => return Err(broke(&error)),
        };
        Ok((link, response))
    }

    /// Posts something that is no request for a completion to a path of its host.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn post(
        &self,
        path: &str,
        body: Bytes,
        connect_timeout: Duration,
    ) -> Result<StatusCode, Fault> {
        let mut link = self.connect(connect_timeout).await?;
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = path.parse().map_err(|_| internal("the path is none"))?;
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.common_headers(request.headers_mut());
        let (head, _) = link.send(request).await.map_err(|error| broke(&error))?.into_parts();
        Ok(head.status)
    }

    /// Boxed: connecting is rare, and its state would else lie in every exchange.
    fn connect(&self, limit: Duration) -> BoxFuture<'_, Result<Link<Io>, Fault>> {
        Box::pin(self.connected(limit))
    }

    async fn connected(&self, limit: Duration) -> Result<Link<Io>, Fault> {
        let endpoint = &self.provider.endpoint;
        let place = || endpoint.authority();
        let io = match tokio::time::timeout(limit, self.connector.connect(endpoint)).await {
            Ok(Ok(io)) => io,
            Ok(Err(error)) => {
                let reason = root_cause(&error);
                return Err(Fault::new(
                    FaultKind::Connect,
                    format!("cannot connect to {}: {reason}", place()),
                ));
            }
            Err(_) => {
                let text = format!("no connection to {} within {} s", place(), limit.as_secs_f32());
                return Err(Fault::new(FaultKind::Timeout(Phase::Connect), text));
            }
        };
        Link::open(io).await.map_err(|error| broke(&error))
    }

    fn request(&self, call: &Call<'_>) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(call.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = match call.query {
            Some(query) => format!("{}?{query}", self.target.path()).parse().unwrap_or_default(),
            None => self.target.clone(),
        };
        let headers = request.headers_mut();
        // Six are always there, with the length that the HTTP library adds.
        headers.reserve(call.headers.len() + 6 + usize::from(self.key.is_some()));
        headers.extend(call.headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let accept = if call.stream { "text/event-stream" } else { "application/json" };
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        self.common_headers(headers);
        request
    }

    fn common_headers(&self, headers: &mut HeaderMap) {
        headers.insert(header::HOST, self.host.clone());
        headers.insert(header::USER_AGENT, USER_AGENT);
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if self.wire == Wire::Anthropic {
            let version =
                self.provider.anthropic_version.as_deref().and_then(|v| HeaderValue::from_str(v).ok());
            match version {
                Some(version) => drop(headers.insert(ANTHROPIC_VERSION_NAME, version)),
                None => drop(headers.entry(ANTHROPIC_VERSION_NAME).or_insert(ANTHROPIC_VERSION)),
            }
        }
        if let Some(key) = &self.key {
            match self.wire {
                Wire::Anthropic => headers.insert(X_API_KEY, key.plain()),
                Wire::OpenAi => headers.insert(header::AUTHORIZATION, key.bearer()),
            };
        }
    }
}

const ANTHROPIC_VERSION_NAME: HeaderName = HeaderName::from_static("anthropic-version");
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

fn broke(error: &hyper::Error) -> Fault {
    let reason = root_cause(error);
    Fault::new(FaultKind::Cut, format!("the connection broke before an answer came: {reason}"))
}

pub(super) fn internal(text: &str) -> Fault {
    Fault::new(FaultKind::Internal, text)
}
