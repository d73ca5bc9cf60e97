//! The routes of those who look: metrics, the overview, facts as they come, the dashboard.

use super::{Ingress, Shape, json, refused};
use crate::door::Refusal;
use crate::exchange::{self, ReplyBody};
use crate::watching::{self, CONTENT_SECURITY_POLICY, Filter, Page};
use bytes::Bytes;
use canon::id::RequestId;
use http::header::{self, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode};
use std::sync::Arc;
use wire::codec::Wire;

impl Ingress {
    /// What was seen, for Prometheus.
    pub(super) async fn metrics(&self) -> Response<ReplyBody> {
        let text = watching::prometheus(&self.router).await;
        typed("text/plain; version=0.0.4; charset=utf-8", text.into())
    }

    /// The same as JSON, with the Python program's keys.
    pub(super) async fn metrics_json(&self, id: RequestId) -> Response<ReplyBody> {
        fresh(json(StatusCode::OK, watching::metrics(&self.router).await.into(), id))
    }

    /// What the dashboard shows.
    pub(super) async fn overview(&self, id: RequestId) -> Response<ReplyBody> {
        fresh(json(StatusCode::OK, watching::overview(&self.router).await.into(), id))
    }

    /// Facts as they come.
    pub(super) async fn events(&self, head: &Parts, id: RequestId) -> Response<ReplyBody> {
        let filter = match Filter::read(head.uri.query().unwrap_or_default()) {
            Ok(filter) => filter.going_on(super::model::header(&head.headers, "last-event-id")),
            Err(error) => {
                let refusal = Refusal { status: StatusCode::BAD_REQUEST, message: error.to_string() };
                return refused(Shape::Of(Wire::OpenAi), &refusal, id);
            }
        };
        let router = Arc::clone(&self.router);
        exchange::respond(|sink| Box::pin(watching::follow(router, filter, sink))).await
    }

    /// A file of the dashboard.
    pub(super) fn page(&self, page: &'static Page) -> Response<ReplyBody> {
        let mut response = typed(page.kind, Bytes::from_static(page.text.as_bytes()));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
        response
    }
}

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

fn typed(kind: &'static str, body: Bytes) -> Response<ReplyBody> {
    let mut response = Response::new(ReplyBody::Whole(Some(body)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    fresh(response)
}

/// It is never what it was a moment ago; a file may be another after an update.
fn fresh(mut response: Response<ReplyBody>) -> Response<ReplyBody> {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
