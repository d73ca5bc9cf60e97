//! What is told of a request's way from one provider to another.

use super::super::account::Account;
use super::super::resume::Seam;
use super::{Begun, Trail};
use crate::upstream::Backend;
use canon::event::{Fact, FlowFact, SkipReason};
use canon::fault::{Fault, FaultKind};
use canon::id::ProviderName;
use canon::trace::SpanId;
use routing::claim::{Claim, Ending};
use std::time::{Duration, Instant};

impl Trail {
    /// Another provider is asked beside the current one, which is slow. Its span, where traces are recorded.
    pub fn hedged(&mut self, rival: &Backend, after: Duration, claim: Claim) -> Option<SpanId> {
        // Here it is settled too where the client leaves during the race.
        self.rival = Some(claim);
        let traced = self.traced(rival);
        self.rival_traced.clone_from(&traced);
        let span = traced.as_ref().map(|traced| traced.span);
        let (provider, rival) = (self.current(), rival.provider.name.clone());
        self.record(Fact::Flow(Box::new(FlowFact::Hedged { provider, rival, after, traced })));
        span
    }

    /// The other one spoke first: the current attempt is over.
    pub fn overtaken(&mut self, by: &Backend) {
        let (loser, provider) = (self.current(), by.provider.name.clone());
        let _ = self.settle(Ending::Abandoned, &Account::default());
        self.hops.overtaken(&loser);
        self.record(Fact::Flow(Box::new(FlowFact::HedgeWon { provider, loser })));
    }

    /// The current provider spoke first.
    pub fn rival_lost(&mut self, rival: &Backend) {
        let (provider, loser) = (self.current(), rival.provider.name.clone());
        self.settle_rival(Ending::Abandoned);
        self.record(Fact::Flow(Box::new(FlowFact::HedgeWon { provider, loser })));
    }

    /// The other one failed; the current provider goes on.
    pub fn rival_failed(&mut self, rival: &Backend, fault: Fault) {
        let fault = self.ask.router.redact(fault);
        let provider = rival.provider.name.clone();
        self.record(Fact::AttemptFailed {
            provider: provider.clone(),
            status: fault.status,
            retryable: fault.is_retryable(),
            error: format!("[{provider}] {fault}"),
            midstream: false,
        });
        self.settle_rival(Ending::Failed { fault: &fault, midstream: false });
        self.blame(provider, fault);
    }

    /// The other one is the only one left: its attempt, begun at `since`, is the one that counts.
    pub fn rival_follows(&mut self, rival: &Backend, is_last: bool, since: Instant) {
        if let Some(claim) = self.rival.take() {
            let traced = self.rival_traced.take();
            self.begin(rival, is_last, claim, Begun { since, traced });
        }
    }

    /// Gives the other one back; what is told of the current one stays.
    pub(super) fn settle_rival(&mut self, ending: Ending<'_>) {
        let Some(rival) = self.rival.take() else { return };
        let (current, drift) = (self.claim.replace(rival), self.drift);
        let _ = self.settle(ending, &Account::default());
        (self.claim, self.drift) = (current, drift);
    }

    /// A provider could not be had in its turn.
    pub fn turned_away(&mut self, backend: &Backend, reason: SkipReason) {
        let (provider, profile) = (backend.provider.name.clone(), self.ask.plan.profile.name.clone());
        match reason {
            SkipReason::RateLimited { wait } => self.limited(&provider, wait),
            SkipReason::BudgetExceeded { cap, month, .. } => self.faults.push((
                provider.clone(),
                Fault::new(
                    FaultKind::Billing,
                    format!(
                        "what is left of the budget of ${:.2} for {month} does not buy this request",
                        cap.dollars()
                    ),
                ),
            )),
            _ => {}
        }
        // While it is waited for it is looked at again and again.
        if self.hops.turned_away(&provider, reason) {
            self.record(Fact::ProviderSkipped { profile, provider, reason, later: false });
        }
    }

    /// A provider is at its limits for so long. Where it has said so itself, its own words stay.
    fn limited(&mut self, provider: &ProviderName, wait: Duration) {
        let is_its = |(name, fault): &&mut (ProviderName, Fault)| {
            name == provider && fault.kind == FaultKind::RateLimit
        };
        if let Some((_, known)) = self.faults.iter_mut().find(is_its) {
            known.retry_after = Some(wait);
            return;
        }
        let text = format!("{provider} is at its limits");
        let fault = Fault { retry_after: Some(wait), ..Fault::new(FaultKind::RateLimit, text) };
        self.faults.push((provider.clone(), fault));
    }

    /// The request waits until a provider is free. Told once: it may be looked often whether the wait is over.
    pub fn queued(&mut self, backend: &Backend) {
        if std::mem::replace(&mut self.queued, true) {
            return;
        }
        let profile = &self.ask.plan.profile;
        self.record(Fact::Flow(Box::new(FlowFact::Queued {
            provider: backend.provider.name.clone(),
            profile: profile.name.clone(),
            wait: profile.queue_timeout,
        })));
    }

    /// Another provider goes on with an answer that broke off.
    pub fn resumed(&self, from: &Backend, to: &Backend, seam: &Seam) {
        self.record(Fact::Flow(Box::new(FlowFact::Resumed {
            from: from.provider.name.clone(),
            provider: to.provider.name.clone(),
            text_length: seam.said_length(),
            overlap: seam.overlap,
        })));
    }
}
