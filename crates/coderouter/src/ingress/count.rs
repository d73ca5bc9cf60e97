//! `POST /v1/messages/count_tokens`: counted here, so that a client's context display costs no generation.

use super::{Ingress, Shape, body, json, model, refused};
use crate::exchange::ReplyBody;
use crate::router::Setup;
use canon::event::Fact;
use canon::id::RequestId;
use canon::request::Request;
use http::request::Parts;
use http::{HeaderMap, Response, StatusCode};
use hyper::body::Incoming;
use routing::estimate::{ToolContent, estimate_tokens};
use std::path::PathBuf;
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
        let tool_content = ToolContent::under(&setup.config);
        let estimate = estimate_tokens(&request, tool_content);
        let exact = match tokenizer(&setup, &request, &head.headers) {
            Some(path) => self.router.tokenizers.count(path, request, tool_content).await,
            None => None,
        };
        let (method, input_tokens) = exact.map_or(("heuristic", estimate), |count| ("tokenizer", count));
        self.router.record(Some(id), Fact::TokensCounted { method, input_tokens });
        json(StatusCode::OK, format!("{{\"input_tokens\":{input_tokens}}}").into(), id)
    }
}

/// The tokenizer of the first provider in the chain, which is who will most likely read the prompt; none where it
/// has none, or where nobody can tell the chain.
fn tokenizer(setup: &Setup, request: &Request, headers: &HeaderMap) -> Option<PathBuf> {
    let config = &setup.config;
    let hints = model::hints(headers);
    let selected = model::select(setup, request, headers, &hints).ok()?;
    let first = config.chain(&selected.profile).find(|provider| config.allow_paid || !provider.paid)?;
    first.tokenizer.clone()
}
