//! The one loop: a plan's attempts in order, until one answers or none is left.
//!
//! `run` is the whole story. Attempts, the relay of a stream, the client's keeping and the facts of it each have a
//! file below; HTTP parsing and routes do not live here.

mod account;
mod alarm;
mod ask;
mod attempt;
mod client;
mod headers;
mod lane;
mod mending;
mod plain;
mod pump;
mod relay;
mod sink;
mod stream;
mod thinking;
mod trail;
mod welcome;

pub use alarm::Alarm;
pub use ask::Ask;
pub use client::refuse;
pub use mending::toolbox;
pub use pump::{ReplyBody, respond};
pub use sink::Sink;
pub use thinking::is_asked_for as is_thinking_asked_for;

use canon::fault::Fault;
use mending::Round;
use repair::pipeline::Complaint;
use std::sync::Arc;
use trail::Trail;

use crate::upstream::Backend;

/// Answers a request: by a stream or whole, as the client asked.
pub async fn run(ask: Arc<Ask>, sink: Sink) {
    if ask.config().providers.is_empty() {
        Box::pin(welcome::run(ask, sink)).await;
    } else if ask.stream {
        Box::pin(stream::run(ask, sink)).await;
    } else {
        Box::pin(plain::run(ask, sink)).await;
    }
}

/// One try at one provider.
#[derive(Clone, Copy)]
struct Attempt<'a> {
    ask: &'a Ask,
    backend: &'a Arc<Backend>,
    is_last: bool,
    round: Round,
}

/// The providers still to be tried, each with the number of tries left for it.
struct Attempts<'a> {
    ask: &'a Ask,
    next: usize,
    /// Whether the provider is asked for the first time.
    round: Round,
}

impl<'a> Attempts<'a> {
    fn new(ask: &'a Ask) -> Self {
        Self { ask, next: 0, round: Round::First }
    }

    fn next(&mut self) -> Option<(Arc<Backend>, bool)> {
        let backends = &self.ask.backends;
        let backend = backends.get(self.next)?;
        self.next += 1;
        if self.round == Round::Again {
            self.round = Round::First;
            self.ask.ask_instead(None);
        }
        Some((Arc::clone(backend), self.next == backends.len()))
    }

    /// Whether the same provider is asked once more, with what was wrong with a call of its answer.
    fn complain(&mut self, complaint: Option<&(Complaint, String)>, trail: &Trail) -> bool {
        let (Some((complaint, said)), Some(request)) = (complaint, self.ask.request()) else { return false };
        if self.round == Round::Again {
            return false;
        }
        self.round = Round::Again;
        trail.reasked(complaint);
        self.ask.ask_instead(Some(mending::with_complaint(&request, said, complaint)));
        true
    }

    /// Whether the same provider is worth another try, without a field it has just refused.
    fn again(&self, backend: &Backend, fault: &Fault, trail: &mut Trail) -> bool {
        let provider = &backend.provider;
        let refused = self.ask.router.view.refusals(provider);
        let Some(field) = attempt::droppable(fault, &refused) else { return false };
        self.ask.router.view.refused(provider, field);
        trail.refused(provider, field);
        true
    }
}
