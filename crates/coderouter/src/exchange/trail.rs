//! The facts of one request as it goes along: attempts, hops, headers, and how it ended.

mod answer;
mod way;

use super::Ask;
use super::account::Account;
use super::headers;
use crate::recent::Recent;
use crate::upstream::Backend;
use canon::event::{Fact, Finished, FlowFact};
use canon::fault::Fault;
use canon::id::{ModelName, ProviderName};
use http::HeaderMap;
use routing::claim::{Claim, Ending, Settlement};
use routing::context::BudgetStatus;
use routing::cost::Bill;
use routing::drift::Severity;
use routing::hops::Hops;
use std::sync::Arc;
use std::time::Instant;
use wire::codec::{self};

/// Whether the client had seen part of an answer that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It had not: the next provider may answer.
    Before,
    /// It had.
    Midstream,
}

/// What has happened to one request so far.
///
/// Dropping it before it is told how the request ended means that the client went away.
pub struct Trail {
    ask: Arc<Ask>,
    hops: Hops,
    faults: Vec<(ProviderName, Fault)>,
    attempts: usize,
    attempt_started: Instant,
    is_last: bool,
    claim: Option<Claim>,
    /// What the answer cost that is settled already.
    bill: Bill,
    /// What the client is told about the context window.
    context: Option<BudgetStatus>,
    /// How badly the provider of the answer drifts.
    drift: Option<Severity>,
    provider: Option<ProviderName>,
    model: Option<String>,
    losses: Vec<String>,
    passed: HeaderMap,
    status: Option<u16>,
    content_sent: bool,
}

impl Trail {
    /// The trail of a request whose plan is made.
    pub fn new(ask: &Arc<Ask>) -> Self {
        Self {
            hops: Hops::along(&ask.plan),
            ask: Arc::clone(ask),
            faults: Vec::new(),
            attempts: 0,
            attempt_started: ask.started,
            is_last: false,
            claim: None,
            bill: Bill::default(),
            context: None,
            drift: None,
            provider: None,
            model: None,
            losses: Vec::new(),
            passed: HeaderMap::new(),
            status: None,
            content_sent: false,
        }
    }

    /// An attempt begins.
    pub fn attempt(&mut self, backend: &Backend, is_last: bool, claim: Claim) {
        self.attempt_since(backend, is_last, claim, Instant::now());
    }

    /// An attempt that was begun a while ago becomes the one that counts.
    pub fn attempt_since(&mut self, backend: &Backend, is_last: bool, mut claim: Claim, since: Instant) {
        for fact in claim.facts() {
            self.record(fact);
        }
        if let Some(lowered) = claim.lowered_output() {
            let asked = self.ask.max_output;
            let provider = backend.provider.name.clone();
            self.record(Fact::Flow(Box::new(FlowFact::OutputLowered { provider, asked, lowered })));
        }
        self.claim = Some(claim);
        let provider = backend.provider.name.clone();
        self.attempts += 1;
        self.attempt_started = since;
        self.is_last = is_last;
        self.provider = Some(provider.clone());
        self.model = None;
        self.context = None;
        self.losses.clear();
        self.passed.clear();
        self.hops.attempting(&provider);
        let native = backend.wire == self.ask.wire;
        self.record(Fact::Attempted { provider, stream: self.ask.stream, native });
    }

    /// The output in tokens that the budget still buys, where that is less than the request asks for.
    pub fn lowered_output(&self) -> Option<u64> {
        self.claim.as_ref().and_then(Claim::lowered_output)
    }

    /// The attempt failed.
    pub fn failed(&mut self, backend: &Backend, fault: Fault, verdict: Verdict, account: &Account) {
        // Before anything is cut off its message: half a secret is not known as one.
        let fault = self.ask.router.redact(fault);
        let provider = backend.provider.name.clone();
        self.record(Fact::AttemptFailed {
            provider: provider.clone(),
            status: fault.status,
            retryable: fault.is_retryable(),
            error: format!("[{provider}] {fault}"),
            midstream: verdict == Verdict::Midstream,
        });
        self.bill =
            self.settle(Ending::Failed { fault: &fault, midstream: verdict == Verdict::Midstream }, account);
        self.hops.failed(&provider, &fault);
        self.faults.push((provider, fault));
    }

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
        self.finish(200);
    }

    /// The router itself answered.
    pub fn welcomed(mut self) {
        self.finish(200);
    }

    /// The request ended in mid-answer, and the client was told.
    pub fn broken(mut self, account: Account) {
        self.accounted(account);
        self.finish(200);
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
        self.finish(answer.status);
        fault
    }

    /// The headers of an answer as far as it is known who gives it.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = self.passed.clone();
        headers::note(&mut headers, "x-request-id", &self.ask.id.to_string());
        headers::note(&mut headers, "x-coderouter-profile", self.ask.plan.profile.name.as_str());
        if let Some(provider) = &self.provider {
            headers::note(&mut headers, "x-coderouter-provider", provider.as_str());
        }
        if let Some(model) = &self.model {
            headers::note(&mut headers, "x-coderouter-model", model);
        }
        if !self.losses.is_empty() {
            headers::note(&mut headers, "x-coderouter-loss", &self.losses.join(", "));
        }
        if let Some(status) = self.context {
            headers::note(&mut headers, "x-coderouter-context-budget", status.word());
        }
        if let Some(drift) = self.drift {
            headers::note(&mut headers, "x-coderouter-drift", drift.word());
        }
        if let Some(lowered) = self.lowered_output() {
            headers::note(&mut headers, "x-coderouter-max-tokens", &lowered.to_string());
        }
        for (name, value) in self.hops.headers() {
            headers::note(&mut headers, name, &value);
        }
        headers
    }

    /// Gives the provider back with what came of the attempt, and says what it cost.
    fn settle(&mut self, ending: Ending<'_>, account: &Account) -> Bill {
        let Some(claim) = self.claim.take() else { return Bill::default() };
        let settled = self.ask.router.settle(
            claim,
            &Settlement {
                plan: &self.ask.plan,
                ending,
                usage: &account.usage,
                input_estimate: self.ask.body_bytes / 4,
                // What was trimmed was measured otherwise.
                measured: self
                    .ask
                    .measured
                    .get()
                    .copied()
                    .filter(|_| self.context != Some(BudgetStatus::Trimmed)),
                output_chars: account.bytes as u64,
                observation: account.observation(),
                now: super::ask::now(),
            },
        );
        for fact in settled.facts {
            self.record(fact);
        }
        self.drift = settled.drift.or(self.drift);
        settled.bill
    }

    fn finish(&mut self, status: u16) {
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
        self.record(Fact::Finished(Box::new(Finished {
            status,
            profile: Some(self.ask.plan.profile.name.clone()),
            provider: self.provider.clone(),
            model: self.model.clone().map(ModelName::from),
            attempts: self.attempts,
            took: self.ask.started.elapsed(),
        })));
    }

    fn current(&self) -> ProviderName {
        self.provider.clone().unwrap_or_else(|| ProviderName::new(""))
    }

    fn record(&self, fact: Fact) {
        self.ask.router.record(Some(self.ask.id), fact);
    }
}

impl Drop for Trail {
    fn drop(&mut self) {
        let _ = self.settle(Ending::Abandoned, &Account::default());
        if self.status.is_none() {
            self.record(Fact::ClientGone { midstream: self.content_sent });
            self.finish(499);
        }
    }
}
