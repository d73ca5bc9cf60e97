//! The facts of one request as it goes along: attempts, hops, headers, and how it ended.

mod ending;

use super::Ask;
use super::account::Account;
use super::headers;
use super::relay::Terms;
use super::resume::Seam;
use crate::memory::Receipt;
use crate::upstream::Backend;
use canon::config::{EmptyResponseAction, Provider, StreamTruncationAction, Word};
use canon::event::{Fact, FlowFact, SkipReason, ToolRepaired};
use canon::fault::{Fault, FaultKind};
use canon::id::{ModelName, ProviderName};
use canon::target::Droppable;
use ending::Sum;
use http::HeaderMap;
use repair::damage::Damage;
use repair::pipeline::{Complaint, Finding, Outcome};
use routing::claim::{Claim, Ending};
use routing::cost::Bill;
use routing::drift::Severity;
use routing::hops::Hops;
use routing::rates::RateHeaders;
use routing::shapes::ShapeNote;
use std::sync::Arc;
use std::time::Instant;
use wire::codec::Wire;

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
    /// Tells once that the money for the attempt is in the store.
    receipt: Option<Receipt>,
    /// What the answer cost that is settled already.
    bill: Bill,
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
            receipt: None,
            bill: Bill::default(),
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
    pub fn attempt(&mut self, backend: &Backend, is_last: bool, mut claim: Claim) {
        for fact in claim.facts() {
            self.record(fact);
        }
        if let Some(lowered) = claim.lowered_output() {
            let asked = self.ask.max_output;
            let provider = backend.provider.name.clone();
            self.record(Fact::Flow(Box::new(FlowFact::OutputLowered { provider, asked, lowered })));
        }
        self.receipt = claim.reservation().and_then(|held| self.ask.router.memory.secure(held));
        self.claim = Some(claim);
        let provider = backend.provider.name.clone();
        self.attempts += 1;
        self.attempt_started = Instant::now();
        self.is_last = is_last;
        self.provider = Some(provider.clone());
        self.model = None;
        self.losses.clear();
        self.passed.clear();
        self.hops.attempting(&provider);
        let native = backend.wire == self.ask.wire;
        self.record(Fact::Attempted { provider, stream: self.ask.stream, native });
    }

    /// Before an attempt that costs money leaves, this has to be waited for: the money is promised in the store.
    pub fn receipt(&mut self) -> Option<Receipt> {
        self.receipt.take()
    }

    /// The output in tokens that the budget still buys, where that is less than the request asks for.
    pub fn lowered_output(&self) -> Option<u64> {
        self.claim.as_ref().and_then(Claim::lowered_output)
    }

    /// The provider's answer, whatever it is, came with these headers.
    pub fn heard(&self, headers: &HeaderMap) {
        if let Some(claim) = &self.claim {
            let told = headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
            claim.heard(&RateHeaders::read(told), super::ask::now());
        }
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

    /// Whether an answer without content is taken: when the profile doesn't mind, or nobody is left to ask.
    pub fn accepts_empty(&mut self) -> bool {
        let action = self.ask.plan.profile.empty_response;
        if action == EmptyResponseAction::Off {
            return true;
        }
        self.record(Fact::EmptyAnswer {
            provider: self.current(),
            action: action.word(),
            stream: self.ask.stream,
            exhausted: self.is_last,
        });
        action == EmptyResponseAction::Warn || self.is_last
    }

    /// A shape has changed the request.
    pub fn shaped(&mut self, provider: &Provider, notes: &[ShapeNote]) {
        for note in notes {
            if let Some(fact) = note.fact(&provider.name) {
                self.record(fact);
            }
        }
    }

    /// Fields could not be said to the provider.
    pub fn lost(&mut self, provider: &Provider, losses: &[String]) {
        if losses.is_empty() {
            return;
        }
        self.losses = losses.to_vec();
        let dropped = losses.to_vec();
        self.record(Fact::Degraded { provider: provider.name.clone(), dropped, reason: "translation-lossy" });
    }

    /// Thinking was kept from a client that did not ask for it.
    pub fn thinking_dropped(&self) {
        let dropped = vec!["reasoning".to_owned(), "reasoning_content".to_owned()];
        self.record(Fact::Degraded { provider: self.current(), dropped, reason: "non-standard-field" });
    }

    /// Something was found in the answer that is a call, or has the form of one.
    pub fn found(&self, finding: &Finding) {
        self.record(Fact::ToolRepaired(Box::new(ToolRepaired {
            provider: self.current(),
            model: self.model.clone().map(ModelName::from),
            tool: self.ask.router.clean(&finding.tool),
            format: finding.format.name(),
            damage: finding.damage.iter().map(Damage::id).collect(),
            repaired: finding.outcome == Outcome::Called,
            outcome: finding.outcome.word(),
        })));
    }

    /// A call that can't be run is asked for again.
    pub fn reasked(&self, complaint: &Complaint) {
        let tool = self.ask.router.clean(&complaint.tool);
        self.record(Fact::ToolReasked { provider: self.current(), tool, why: complaint.word });
    }

    /// Filters changed what the client sees.
    pub fn filtered(&self, filters: Vec<&'static str>) {
        if !filters.is_empty() {
            self.record(Fact::OutputFiltered { provider: self.current(), filters, stream: self.ask.stream });
        }
    }

    /// The provider refused a field; the request is tried again without it.
    pub fn refused(&mut self, provider: &Provider, field: Droppable) {
        let dropped = vec![field.name().to_owned()];
        let provider = provider.name.clone();
        self.record(Fact::Degraded { provider, dropped, reason: "provider-does-not-support" });
    }

    /// Keeps what of the backend's headers the client may see.
    pub fn pass_headers(&mut self, from: &HeaderMap) {
        headers::pass(from, &mut self.passed, |text| self.ask.router.clean(text));
    }

    /// The model that answers, in the backend's words.
    pub fn model(&mut self, name: &str) {
        self.model = Some(self.ask.router.clean(name));
    }

    /// Content goes to the client from here on.
    pub fn committed(&mut self) {
        self.content_sent = true;
        self.ask.forget_request();
    }

    /// A stream ended without its end.
    pub fn truncated(&mut self, terms: &Terms, account: &Account) {
        if terms.truncation == StreamTruncationAction::Off {
            return;
        }
        self.record(Fact::StreamTruncated {
            provider: self.current(),
            action: terms.truncation.word(),
            wire: match terms.wire {
                Wire::Anthropic => "anthropic",
                Wire::OpenAi => "openai",
            },
            events: account.events,
            call_in_flight: account.call_open,
        });
    }

    /// A frame could not be read and was passed over. The first of an answer is told; all are counted.
    pub fn unreadable(&self, account: &mut Account) {
        account.unreadable += 1;
        if account.unreadable == 1 {
            let error = "a frame of the stream is not readable".to_owned();
            self.record(Fact::MalformedFrame { provider: self.current(), error });
        }
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

    fn current(&self) -> ProviderName {
        self.provider.clone().unwrap_or_else(|| ProviderName::new(""))
    }

    fn record(&self, fact: Fact) {
        self.ask.router.record(Some(self.ask.id), fact);
    }
}
