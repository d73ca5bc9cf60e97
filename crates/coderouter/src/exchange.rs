//! The one loop: a plan's attempts in order, until one answers or none is left.
//!
//! `run` is the whole story. Attempts, the relay of a stream, the client's keeping and the facts of it each have a
//! file below; HTTP parsing and routes do not live here.

mod account;
mod again;
mod alarm;
mod ask;
mod attempt;
mod attempts;
mod client;
mod headers;
mod hedge;
mod lane;
mod mending;
mod plain;
mod pump;
mod reach;
mod relay;
mod resume;
mod sink;
mod stream;
mod thinking;
mod trace;
mod trail;
mod welcome;

pub use alarm::Alarm;
pub use ask::{Ask, now};
pub use client::refuse;
pub use headers::event_stream;
pub use mending::toolbox;
pub use pump::{ReplyBody, Work, respond};
pub use sink::Sink;
pub use thinking::is_asked_for as is_thinking_asked_for;
pub use trace::Trace;

use mending::Round;
use std::sync::Arc;

use crate::upstream::Backend;
use canon::trace::SpanId;

/// Answers a request: by a stream or whole, as the client asked.
pub fn run(ask: Arc<Ask>, sink: Sink) -> Work {
    if ask.config().providers.is_empty() {
        Box::pin(welcome::run(ask, sink))
    } else if ask.stream {
        Box::pin(stream::run(ask, sink))
    } else {
        Box::pin(plain::run(ask, sink))
    }
}

/// One try at one provider.
#[derive(Clone, Copy)]
struct Attempt<'a> {
    ask: &'a Ask,
    backend: &'a Arc<Backend>,
    is_last: bool,
    round: Round,
    /// The output in tokens that the budget still buys, where that is less than the request asks for.
    lowered: Option<u64>,
    /// Its span, where traces are recorded.
    span: Option<SpanId>,
}
