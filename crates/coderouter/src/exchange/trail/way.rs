//! What is told of a request's way from one provider to another.

use super::super::account::Account;
use super::super::resume::Seam;
use super::Trail;
use crate::upstream::Backend;
use canon::event::{Fact, FlowFact, SkipReason};
use canon::fault::{Fault, FaultKind};
use routing::claim::{Claim, Ending};
use std::time::Duration;

impl Trail {
    /// Another provider is asked beside the current one, which is slow.
    pub fn hedged(&mut self, rival: &Backend, after: Duration) {
        let (provider, rival) = (self.current(), rival.provider.name.clone());
        self.record(Fact::Flow(Box::new(FlowFact::Hedged { provider, rival, after })));
    }

    /// The other one spoke first: the current attempt is over.
    pub fn overtaken(&mut self, by: &Backend) {
        let (loser, provider) = (self.current(), by.provider.name.clone());
        let _ = self.settle(Ending::Abandoned, &Account::default());
        self.hops.overtaken(&loser);
        self.record(Fact::Flow(Box::new(FlowFact::HedgeWon { provider, loser })));
    }

    /// The current provider spoke first.
    pub fn rival_lost(&mut self, rival: &Backend, claim: Claim) {
        let (provider, loser) = (self.current(), rival.provider.name.clone());
        self.settle_rival(claim, Ending::Abandoned);
        self.record(Fact::Flow(Box::new(FlowFact::HedgeWon { provider, loser })));
    }

    /// The other one failed; the current provider goes on.
    pub fn rival_failed(&mut self, rival: &Backend, claim: Claim, fault: Fault) {
        let fault = self.ask.router.redact(fault);
        let provider = rival.provider.name.clone();
        self.record(Fact::AttemptFailed {
            provider: provider.clone(),
            status: fault.status,
            retryable: fault.is_retryable(),
            error: format!("[{provider}] {fault}"),
            midstream: false,
        });
        self.settle_rival(claim, Ending::Failed { fault: &fault, midstream: false });
        self.faults.push((provider, fault));
    }

    fn settle_rival(&mut self, claim: Claim, ending: Ending<'_>) {
        let current = self.claim.replace(claim);
        let _ = self.settle(ending, &Account::default());
        self.claim = current;
    }

    /// A provider could not be had in its turn.
    pub fn turned_away(&mut self, backend: &Backend, reason: SkipReason) {
        let (provider, profile) = (backend.provider.name.clone(), self.ask.plan.profile.name.clone());
        if let SkipReason::RateLimited { wait } = reason {
            let text = format!("{provider} is at its limits");
            let fault = Fault { retry_after: Some(wait), ..Fault::new(FaultKind::RateLimit, text) };
            self.faults.push((provider.clone(), fault));
        }
        self.hops.turned_away(&provider, reason);
        self.record(Fact::ProviderSkipped { profile, provider, reason, later: false });
    }

    /// The request waits until a provider is free.
    pub fn queued(&self, backend: &Backend) {
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
