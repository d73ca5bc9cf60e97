//! Asking a backend for one token, to see whether it is there.

use super::backend::{Backend, Call};
use bytes::Bytes;
use canon::fault::{Fault, FaultKind, Phase};
use canon::request::{Content, Message, Request, Role, Sourced};
use canon::target::Target;
use canon::text::Text;
use http::HeaderMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::codec;

/// Most bytes that are read of the answer.
const MAX_ANSWER: usize = 256 * 1024;

/// What a probe found.
pub struct Probe {
    /// How long it took.
    pub latency: Duration,
    /// The model that answered, where it says so; or why there was no answer.
    pub result: Result<Option<String>, Fault>,
}

/// Asks a backend for one token.
pub async fn probe(backend: &Arc<Backend>, limit: Duration) -> Probe {
    let began = Instant::now();
    let asked = tokio::time::timeout(limit, asked(backend, limit)).await;
    let timed_out = || {
        let text = format!("no answer within {} s", limit.as_secs_f32());
        Err(Fault::new(FaultKind::Timeout(Phase::FirstByte), text))
    };
    Probe { result: asked.unwrap_or_else(|_| timed_out()), latency: began.elapsed() }
}

async fn asked(backend: &Arc<Backend>, limit: Duration) -> Result<Option<String>, Fault> {
    let model = backend.model_for(None).await;
    let mut answer = backend
        .send(Call {
            body: question(backend, model.as_deref()),
            query: None,
            headers: HeaderMap::new(),
            stream: false,
            connect_timeout: limit,
            slot: None,
        })
        .await?;
    let status = answer.head.status;
    let body = answer.body.collect(MAX_ANSWER).await?;
    answer.body.release().await;
    if !status.is_success() {
        let fault = codec::decode_fault(backend.wire, status.as_u16(), &body);
        // It is there, and finds fault with so short a question.
        return if fault.counts_against_health() { Err(fault) } else { Ok(None) };
    }
    let mut deltas = Vec::new();
    let seen = codec::decode_reply(backend.wire, &body, &mut deltas)?;
    let name =
        seen.model.map(|name| String::from_utf8_lossy(&body[name]).trim_matches('"').trim().to_owned());
    Ok(name.filter(|name| !name.is_empty()))
}

fn question(backend: &Backend, model: Option<&str>) -> Bytes {
    let mut request = Request::new(backend.wire.into());
    let content = Content::Text(Text::fixed("hi"));
    let turn = Message { role: Role::User, content, extra: canon::extra::Extra::default() };
    request.messages = Sourced::new(vec![Sourced::new(turn)]);
    request.max_output = Some(1);
    let target = Target { model, extra_body: &backend.provider.extra_body, ..Target::default() };
    codec::encode_request(backend.wire, &request, &target).body
}
