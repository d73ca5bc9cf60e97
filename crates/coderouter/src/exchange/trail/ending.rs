//! How a request's trail ends, and what is told of it then.

use super::{Ending, Trail};
use crate::exchange::account::Account;
use crate::exchange::ask::now;
use crate::recent::Recent;
use crate::upstream::Backend;
use canon::event::{CacheObserved, Departure, Fact, Finished, TokenCounts};
use canon::fault::Fault;
use canon::id::ModelName;
use canon::money::Usd;
use routing::claim::Settlement;
use routing::cost::Bill;
use std::sync::Arc;
use std::time::Duration;
use wire::codec;

/// What a request came to so far.
#[derive(Debug, Default)]
pub(super) struct Sum {
    /// What all attempts cost.
    cost: Usd,
    /// What prompt caches saved.
    savings: Usd,
    /// The tokens of the answer.
    tokens: TokenCounts,
    /// From the beginning to the first content.
    first_token: Option<Duration>,
    /// What the client was told where nobody answered.
    error: Option<String>,
    /// Whether what was said of a broken answer was given as a short one.
    surfaced: bool,
}

impl Trail {
    /// The answer came whole. To be told before its head is made, which says how good it was.
    pub fn settled(&mut self, account: &Account) {
        let first_token = account.first_content.map(|at| at - self.attempt_started);
        self.bill = self.settle(Ending::Answered { first_token, stream: self.ask.stream }, account);
    }

    /// The attempt answered whole.
    pub fn answered(mut self, backend: &Backend, account: Account) {
        if self.claim.is_some() {
            self.settled(&account);
        }
        let provider = backend.provider.name.clone();
        self.record(Fact::Answered {
            provider,
            stream: self.ask.stream,
            native: backend.wire == self.ask.wire,
            took: self.attempt_started.elapsed(),
            first_token: account.first_content.map(|at| at - self.attempt_started),
        });
        self.accounted(account);
        self.finish(200, "answered");
    }

    /// The router itself answered.
    pub fn welcomed(mut self) {
        self.finish(200, "welcomed");
    }

    /// The request ended in mid-answer, and the client was told.
    pub fn broken(mut self, account: Account) {
        self.accounted(account);
        let outcome = if self.sum.surfaced { "surfaced" } else { "broken" };
        self.finish(200, outcome);
    }

    /// What had been said of a broken answer was given as a short one.
    pub fn surfaced(&mut self, backend: &Backend, account: &Account) {
        self.sum.surfaced = true;
        self.record(Fact::PartialSurfaced {
            provider: backend.provider.name.clone(),
            profile: self.ask.plan.profile.name.clone(),
            text_blocks: account.text_blocks,
            text_length: account.text_bytes,
        });
    }

    /// Nobody answered: the fault that helps the client most.
    pub fn exhausted(&mut self) -> Fault {
        self.hops.exhausted();
        let profile = &self.ask.plan.profile;
        let fault = self.ask.router.redact(routing::outcome::most_useful(&self.ask.plan, &self.faults));
        if let Some(status) = routing::outcome::uniform_auth(&self.faults) {
            let providers = self.faults.iter().map(|(name, _)| name.clone()).collect();
            self.record(Fact::UniformAuthFailure { profile: profile.name.clone(), status, providers });
        }
        let answer = codec::encode_fault(self.ask.wire, &fault);
        self.provider = None;
        self.record(Fact::ErrorAnswered { status: answer.status, kind: answer.kind });
        self.sum.error = Some(fault.message.clone());
        self.finish(answer.status, "unanswered");
        fault
    }

    fn accounted(&mut self, account: Account) {
        let Some(provider) = self.provider.clone() else { return };
        self.sum.tokens = TokenCounts::from(&account.usage);
        self.sum.first_token = account.first_content.map(|at| at - self.ask.started);
        self.record(Fact::CacheObserved(Box::new(CacheObserved {
            provider,
            request_had_cache_control: self.ask.has_cache_control,
            streaming: self.ask.stream,
            usage: account.usage,
            cost: self.bill.cost,
            savings: self.bill.savings,
            tax: self.language_tax(),
        })));
    }

    /// Gives the provider back with what came of the attempt, and says what it cost.
    pub(super) fn settle(&mut self, ending: Ending<'_>, account: &Account) -> Bill {
        let Some(claim) = self.claim.take() else { return Bill::default() };
        let settled = self.ask.router.settle(
            claim,
            &Settlement {
                plan: &self.ask.plan,
                ending,
                usage: &account.usage,
                input_estimate: self.ask.body_bytes / 4,
                // What was trimmed was measured otherwise.
                measured: self.ask.measured.get().copied().filter(|_| !self.is_trimmed()),
                output_chars: account.bytes as u64,
                observation: account.observation(),
                now: now(),
            },
        );
        for fact in settled.facts {
            self.record(fact);
        }
        self.sum.cost += settled.bill.cost;
        self.sum.savings += settled.bill.savings;
        self.drift = settled.drift.or(self.drift);
        settled.bill
    }

    fn finish(&mut self, status: u16, outcome: &'static str) {
        self.status = Some(status);
        self.ask.router.recents.add(Recent {
            id: self.ask.id,
            plan: Arc::clone(&self.ask.plan),
            hops: self.hops.list().to_vec(),
            provider: self.provider.clone(),
            status,
        });
        for fact in self.hops.facts(&self.ask.plan.profile.name, self.ask.stream) {
            self.record(fact);
        }
        let sum = std::mem::take(&mut self.sum);
        let departures = self.hops.list().iter().map(|hop| Departure {
            from: hop.from.clone(),
            reason: hop.reason,
            attempted: !hop.pre_attempt,
        });
        self.record(Fact::Finished(Box::new(Finished {
            status,
            profile: Some(self.ask.plan.profile.name.clone()),
            provider: self.provider.clone(),
            model: self.model.clone().map(ModelName::from),
            attempts: self.attempts,
            took: self.ask.started.elapsed(),
            first_token: sum.first_token,
            stream: self.ask.stream,
            outcome,
            error: sum.error,
            departures: departures.collect(),
            tokens: sum.tokens,
            cost: sum.cost,
            savings: sum.savings,
            shape: self.ask.shape,
            conversation: self.ask.conversation.number(),
            trace: self.ask.trace.as_ref().and_then(|trace| trace.request(self.ask.wire)),
        })));
    }
}

impl Drop for Trail {
    fn drop(&mut self) {
        let partial = std::mem::take(&mut self.partial);
        if self.claim.is_some() {
            self.sum.tokens = TokenCounts::from(&partial.usage);
        }
        let _ = self.settle(Ending::Abandoned, &partial);
        self.settle_rival(Ending::Abandoned);
        if self.status.is_none() {
            self.record(Fact::ClientGone { midstream: self.content_sent });
            self.finish(499, "left");
        }
    }
}
