//! Small questions to a backend's server beside completions, answered by a small JSON object.

use super::backend::{Backend, internal};
use bytes::Bytes;
use canon::fault::{Fault, FaultKind, Phase};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use std::sync::Arc;
use std::time::Duration;

/// Most bytes of an answer; llama-server's properties hold its chat template.
const MAX_ANSWER: usize = 1024 * 1024;

impl Backend {
    /// Asks something of the server itself: `path` is below the prefix that its dialects' paths are below. A question
    /// with a body is posted.
    ///
    /// # Errors
    /// If there is no answer within the limit, or it is too long.
    pub async fn question(
        self: &Arc<Self>,
        path: &str,
        body: Option<Bytes>,
        limit: Duration,
    ) -> Result<(StatusCode, Bytes), Fault> {
        let prefix = &self.provider.endpoint.path;
        let target = format!("{}{path}", prefix.strip_suffix("/v1").unwrap_or(prefix));
        let mut request = Request::new(Full::new(Bytes::new()));
        *request.uri_mut() = target.parse().map_err(|_| internal("the path is none"))?;
        if let Some(body) = body {
            *request.method_mut() = Method::POST;
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = Full::new(body);
        }
        let answered = tokio::time::timeout(limit, self.answered(request, limit)).await;
        answered.unwrap_or_else(|_| {
            let text = format!("no answer to {path} within {} s", limit.as_secs_f32());
            Err(Fault::new(FaultKind::Timeout(Phase::FirstByte), text))
        })
    }

    async fn answered(
        self: &Arc<Self>,
        request: Request<Full<Bytes>>,
        limit: Duration,
    ) -> Result<(StatusCode, Bytes), Fault> {
        let mut answer = self.answer_to(request, limit).await?;
        let body = answer.body.collect(MAX_ANSWER).await?;
        answer.body.release().await;
        Ok((answer.head.status, body))
    }
}
