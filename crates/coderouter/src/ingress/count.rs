//! `POST /v1/messages/count_tokens`: counted here, so that a client's context display costs no generation.

use super::{Ingress, Shape, body, json, refused};
use crate::exchange::ReplyBody;
use canon::event::Fact;
use canon::id::RequestId;
use http::request::Parts;
use http::{Response, StatusCode};
use hyper::body::Incoming;
use routing::estimate::{ToolContent, estimate_tokens};
use std::sync::Arc;
use wire::codec::{self, Wire};

impl Ingress {
    /// Counts the tokens of a request.
    pub(super) async fn count_tokens(
        self: Arc<Self>,
        head: Parts,
        body: Incoming,
        id: RequestId,
    ) -> Response<ReplyBody> {
        let setup = self.router.setup.load_full();
        let body = match body::read(&head, body, &setup.config.server.limits).await {
            Ok(body) => body,
            Err(refusal) => return refused(Shape::Of(Wire::Anthropic), &refusal, id),
        };
        let request = match codec::decode_request(Wire::Anthropic, &body) {
            Ok(request) => request,
            Err(fault) => return self.invalid(Wire::Anthropic, &fault, id),
        };
        let input_tokens = estimate_tokens(&request, ToolContent::under(&setup.config));
        self.router.record(Some(id), Fact::TokensCounted { method: "heuristic", input_tokens });
        json(StatusCode::OK, format!("{{\"input_tokens\":{input_tokens}}}").into(), id)
    }
}
