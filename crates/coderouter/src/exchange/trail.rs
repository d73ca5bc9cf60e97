//! The facts of one request as it goes along: attempts, hops, headers, and how it ended.

mod answer;
mod ending;
mod way;

use super::Ask;
use super::account::Account;
use super::headers;
use crate::memory::Receipt;
use crate::upstream::Backend;
use canon::event::{AttemptTrace, Fact, FlowFact};
use canon::fault::{Fault, FaultKind};
use canon::id::ProviderName;
use canon::target::Droppable;
use canon::trace::SpanId;
use ending::Sum;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use routing::claim::{Claim, Ending};
use routing::context::BudgetStatus;
use routing::cost::Bill;
use routing::drift::Severity;
use routing::hops::Hops;
use std::sync::Arc;
use std::time::Instant;

/// Whether the client had seen part of an answer that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It had not: the next provider may answer.
    Before,
    /// It had.
    Midstream,
}

/// When an attempt was begun, and what a trace tells of it.
struct Begun {
    since: Instant,
    traced: Option<Box<AttemptTrace>>,
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
    /// What another provider was taken by that is asked beside the current one.
    rival: Option<Claim>,
    /// What a trace tells of that attempt.
    rival_traced: Option<Box<AttemptTrace>>,
    /// The current attempt's span, where traces are recorded.
    span: Option<SpanId>,
    /// What had come of the current attempt's answer when its relay was dropped.
    partial: Account,
    /// The output in tokens that the budget still bought for the current attempt, where that was less than was asked.
    lowered: Option<u64>,
    /// The fields that were left out of the current attempt.
    left_out: Vec<Droppable>,
    /// Whether it was told that the request waits.
    queued: bool,
    /// Tells once that the money for the attempt is in the store.
    receipt: Option<Receipt>,
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
    sum: Sum,
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
            rival: None,
            rival_traced: None,
            span: None,
            partial: Account::default(),
            lowered: None,
            left_out: Vec::new(),
            queued: false,
            receipt: None,
            bill: Bill::default(),
            context: None,
            drift: None,
            provider: None,
            model: None,
            losses: Vec::new(),
            passed: HeaderMap::new(),
            status: None,
            content_sent: false,
            sum: Sum::default(),
        }
    }

    /// An attempt begins.
    pub fn attempt(&mut self, backend: &Backend, is_last: bool, claim: Claim) {
        self.receipt = claim.reservation().and_then(|held| self.ask.router.memory.secure(held));
        let traced = self.traced(backend);
        self.begin(backend, is_last, claim, Begun { since: Instant::now(), traced });
    }

    /// The current attempt's span, where traces are recorded.
    pub fn span(&self) -> Option<SpanId> {
        self.span
    }

    fn traced(&self, backend: &Backend) -> Option<Box<AttemptTrace>> {
        let span = self.ask.trace.as_ref()?.attempt()?;
        Some(Box::new(AttemptTrace { span, provider: Arc::clone(&backend.provider) }))
    }

    /// An attempt, begun now or a while ago, becomes the one that counts.
    fn begin(&mut self, backend: &Backend, is_last: bool, mut claim: Claim, begun: Begun) {
        let Begun { since, traced } = begun;
        self.span = traced.as_ref().map(|traced| traced.span);
        for fact in claim.facts() {
            self.record(fact);
        }
        self.lowered = claim.lowered_output();
        if let Some(lowered) = self.lowered {
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
        self.drift = None;
        self.partial = Account::default();
        self.left_out.clear();
        self.losses.clear();
        self.passed.clear();
        self.hops.attempting(&provider);
        let native = backend.wire == self.ask.wire;
        self.record(Fact::Attempted { provider, stream: self.ask.stream, native, traced });
    }

    /// Before an attempt that costs money leaves, this has to be waited for: the money is promised in the store.
    pub fn receipt(&mut self) -> Option<Receipt> {
        self.receipt.take()
    }

    /// The output in tokens that the budget still buys, where that is less than the request asks for.
    pub fn lowered_output(&self) -> Option<u64> {
        self.lowered
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
        self.blame(provider, fault);
    }

    /// Takes note of a fault. Of the refusals of one provider for its rate the latest says when to come back.
    fn blame(&mut self, provider: ProviderName, fault: Fault) {
        if fault.kind == FaultKind::RateLimit {
            self.faults.retain(|(name, old)| *name != provider || old.kind != FaultKind::RateLimit);
        }
        self.faults.push((provider, fault));
    }

    /// The relay of the answer is dropped; what had come counts where nobody has settled the attempt.
    pub fn left_off(&mut self, account: Account) {
        self.partial = account;
    }

    /// The headers of an answer as far as it is known who gives it.
    pub fn headers(&self) -> HeaderMap {
        // The library reads the connection's next request into the same map, and it will have as many. A stream keeps
        // the map for long, though.
        let room = if self.ask.stream { 0 } else { self.ask.header_count };
        let mut headers = HeaderMap::with_capacity(room);
        headers.extend(self.passed.iter().map(|(name, value)| (name.clone(), value.clone())));
        if let Ok(id) = HeaderValue::from_bytes(&self.ask.id.text()) {
            headers.insert(headers::REQUEST_ID, id);
        }
        headers::note(&mut headers, headers::PROFILE, self.ask.plan.profile.name.as_str());
        if let Some(provider) = &self.provider {
            headers::note(&mut headers, headers::PROVIDER, provider.as_str());
        }
        if let Some(model) = &self.model {
            headers::note(&mut headers, headers::MODEL, model);
        }
        if !self.losses.is_empty() {
            headers::note(&mut headers, headers::LOSS, &self.losses.join(", "));
        }
        if let Some(status) = self.context {
            headers::note(&mut headers, headers::CONTEXT_BUDGET, status.word());
        }
        if let Some(drift) = self.drift {
            headers::note(&mut headers, headers::DRIFT, drift.word());
        }
        if let Some(lowered) = self.lowered_output() {
            headers::note(&mut headers, headers::MAX_TOKENS, &lowered.to_string());
        }
        for (name, value) in self.hops.headers() {
            headers::note(&mut headers, HeaderName::from_static(name), &value);
        }
        headers
    }

    fn current(&self) -> ProviderName {
        self.provider.clone().unwrap_or_else(|| ProviderName::new(""))
    }

    fn record(&self, fact: Fact) {
        self.ask.router.record(Some(self.ask.id), fact);
    }
}
