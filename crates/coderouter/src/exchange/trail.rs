//! The facts of one request as it goes along: attempts, hops, headers, and how it ended.

use super::Ask;
use super::account::Account;
use super::attempt::Notes;
use super::headers;
use super::relay::Terms;
use super::resume::Seam;
use crate::recent::Recent;
use crate::upstream::Backend;
use canon::config::{EmptyResponseAction, Provider, StreamTruncationAction, Word};
use canon::event::{CacheObserved, Fact, Finished, FlowFact, QualityFact, SkipReason, ToolRepaired};
use canon::fault::{Fault, FaultKind};
use canon::id::{ModelName, ProviderName};
use canon::money::Usd;
use canon::target::Droppable;
use http::HeaderMap;
use repair::damage::Damage;
use repair::pipeline::{Complaint, Finding, Outcome};
use routing::claim::{Claim, Ending, Settlement};
use routing::context::trim::{Aim, Trimmed};
use routing::context::{BudgetStatus, Judgement, Standing};
use routing::cost::Bill;
use routing::drift::Severity;
use routing::hops::Hops;
use routing::rates::RateHeaders;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::codec::{self, Wire};

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

    /// The request was bent for a provider, and some of it may be lost.
    pub fn noted(&mut self, provider: &Provider, notes: Notes) {
        for note in &notes.shapes {
            if let Some(fact) = note.fact(&provider.name) {
                self.record(fact);
            }
        }
        if let Some((judgement, trimmed)) = &notes.context {
            self.near_the_window(judgement, trimmed.as_ref());
        }
        if !notes.losses.is_empty() {
            self.losses.clone_from(&notes.losses);
            let (provider, dropped) = (provider.name.clone(), notes.losses);
            self.record(Fact::Degraded { provider, dropped, reason: "translation-lossy" });
        }
    }

    /// The prompt is near the window of the current provider.
    fn near_the_window(&mut self, judgement: &Judgement, trimmed: Option<&Trimmed>) {
        self.context = BudgetStatus::of(judgement, trimmed);
        let profile = &self.ask.plan.profile;
        let provider = judgement.provider.clone();
        if judgement.standing != Standing::Fits {
            self.record(Fact::Quality(Box::new(QualityFact::ContextWarning {
                provider: provider.clone(),
                profile: profile.name.clone(),
                estimated: judgement.estimate,
                window: judgement.room.window,
                ratio: judgement.ratio(),
                action: profile.context_budget.action.word(),
            })));
        }
        let Some(trimmed) = trimmed else { return };
        self.record(Fact::Quality(Box::new(QualityFact::ContextTrimmed {
            provider,
            profile: profile.name.clone(),
            messages: (trimmed.messages_before, trimmed.messages_after),
            estimated: (trimmed.tokens_before, trimmed.tokens_after),
            window: trimmed.window,
            missed_target: trimmed.aim == Aim::Missed,
        })));
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

    /// What had been said of a broken answer was given as a short one.
    pub fn surfaced(&mut self, backend: &Backend, account: &Account) {
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

    fn accounted(&mut self, account: Account) {
        let Some(provider) = self.provider.clone() else { return };
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

    /// What the language of the prompt cost beyond its characters, where that is known by now.
    fn language_tax(&self) -> Option<(Usd, f64)> {
        let provider = self.ask.config().provider(self.provider.as_ref()?.as_str())?;
        provider.tokenizer.as_ref()?;
        let (accurate, by_length) = self.ask.counts.get()?;
        let tax = routing::cost::language_tax(*accurate, *by_length, &provider.cost);
        Some((tax.cost, tax.multiplier))
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
