//! What is told of a request for one provider and of its answer while it comes.

use super::super::account::Account;
use super::super::attempt::Notes;
use super::super::headers;
use super::super::relay::Terms;
use super::Trail;
use canon::config::{EmptyResponseAction, Provider, StreamTruncationAction, Word};
use canon::event::{Fact, QualityFact, ToolRepaired};
use canon::id::ModelName;
use canon::money::Usd;
use canon::target::Droppable;
use http::HeaderMap;
use repair::damage::Damage;
use repair::pipeline::{Complaint, Finding, Outcome};
use routing::context::trim::{Aim, Trimmed};
use routing::context::{BudgetStatus, Judgement, Standing};
use routing::rates::RateHeaders;
use wire::codec::Wire;

impl Trail {
    /// Whether the prompt was trimmed for the current provider.
    pub(super) fn is_trimmed(&self) -> bool {
        self.context == Some(BudgetStatus::Trimmed)
    }

    /// The provider's answer, whatever it is, came with these headers.
    pub fn heard(&self, headers: &HeaderMap) {
        if let Some(claim) = &self.claim {
            let told = headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
            claim.heard(&RateHeaders::read(told), super::super::ask::now());
        }
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
        self.left_out = notes.dropped;
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

    /// The fields that were left out of the current attempt.
    pub fn left_out(&self) -> &[Droppable] {
        &self.left_out
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

    /// What the language of the prompt cost beyond its characters, where that is known by now.
    pub(super) fn language_tax(&self) -> Option<(Usd, f64)> {
        let provider = self.ask.config().provider(self.provider.as_ref()?.as_str())?;
        provider.tokenizer.as_ref()?;
        let (accurate, by_length) = self.ask.counts.get()?;
        let tax = routing::cost::language_tax(*accurate, *by_length, &provider.cost);
        Some((tax.cost, tax.multiplier))
    }
}
