//! What each fact counts as. One arm a fact; the arms of one subject are a file under `tally/`.

mod backend;
mod plan;
mod provider;

use super::counters::Counters;
use super::metric::Metric;
use super::names::Labels;
use super::requests::Step;
use super::sorted::Sorted;
use crate::fact::heading;
use canon::event::{Event, Fact, Finished, SkipReason};
use canon::id::ProviderName;
use canon::money::Usd;

/// Everything that is counted, and the names it is counted by.
#[derive(Debug)]
pub(crate) struct Tally {
    /// The counts.
    pub(crate) counters: Counters,
    /// The names.
    pub(super) labels: Labels,
    /// Attempts of each provider of which no outcome is known yet.
    open: Sorted<u64>,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self { counters: Counters::new(), labels: Labels::new(), open: Sorted::default() }
    }

    /// Counts a fact.
    pub(super) fn hear(&mut self, event: &Event, step: &Step) {
        let fact = &event.fact;
        self.count(Metric::Events, &[heading(fact).0]);
        match fact {
            Fact::Started(_) | Fact::Stopped | Fact::Notice(_) => {}
            Fact::ModeResolved { .. }
            | Fact::AutoRouted(_)
            | Fact::PatternsGivenUp { .. }
            | Fact::LocalOnly { .. }
            | Fact::ProviderSkipped { .. }
            | Fact::ChainBlocked { .. }
            | Fact::UniformAuthFailure { .. }
            | Fact::ToolLoopSeen(_)
            | Fact::ToolCountSeen(_)
            | Fact::ToolSearch { .. } => self.plan(fact),
            Fact::Flow(flow) => self.flow(flow),
            Fact::Backend(backend) => self.backend(backend),
            Fact::Quality(quality) => self.quality(quality),
            Fact::Attempted { .. } if step.is_known_attempt => {}
            Fact::Attempted { .. }
            | Fact::Answered { .. }
            | Fact::AttemptFailed { .. }
            | Fact::Degraded { .. }
            | Fact::ToolChoiceEmulated(_)
            | Fact::ToolRepaired(_)
            | Fact::ToolReasked { .. }
            | Fact::OutputFiltered { .. }
            | Fact::CacheControlStripped { .. }
            | Fact::MalformedFrame { .. }
            | Fact::StreamTruncated { .. }
            | Fact::EmptyAnswer { .. }
            | Fact::PartialSurfaced { .. }
            | Fact::MidstreamError { .. }
            | Fact::CacheObserved(_) => self.provider(fact),
            Fact::FellBack { from, reason, .. } => self.count_of(Metric::Fallbacks, from, reason),
            Fact::ClientGone { midstream } => self.count(Metric::Disconnects, &[yes_or_no(*midstream)]),
            Fact::ErrorAnswered { status, kind } => {
                self.count(Metric::Errors, &[&status.to_string(), kind]);
            }
            Fact::TokensCounted { method, .. } => self.count(Metric::TokensCounted, &[method]),
            Fact::Finished(finished) => self.finished(finished, step),
        }
    }

    fn finished(&mut self, finished: &Finished, step: &Step) {
        let Finished { outcome, took, first_token, provider, model, .. } = finished;
        self.count(Metric::ClientRequests, &[outcome]);
        if has_fallen_back(finished) {
            self.count(Metric::FellBack, &[]);
        }
        self.counters.observe(Metric::RequestSeconds, &[outcome], took.as_secs_f64());
        if let Some(first_token) = first_token {
            self.counters.observe(Metric::FirstTokenSeconds, &[], first_token.as_secs_f64());
        }
        let Some(provider) = provider.as_ref().filter(|_| *outcome == "answered") else { return };
        let provider = self.labels.providers.label(provider.as_str());
        let model = self.labels.model(provider, model.as_ref().map(|model| model.as_str()));
        self.count(Metric::Answers, &[provider, model]);
        if let Some((tokens, seconds)) = step.speed {
            self.counters.observe(Metric::Rate, &[provider], tokens as f64 / seconds);
        }
    }

    fn count(&mut self, metric: Metric, labels: &[&str]) {
        self.counters.add(metric, labels, 1);
    }

    /// Counts something of a provider.
    fn count_at(&mut self, metric: Metric, provider: &ProviderName) {
        let provider = self.labels.providers.label(provider.as_str());
        self.counters.add(metric, &[provider], 1);
    }

    /// Counts something of a provider under a word of ours.
    fn count_of(&mut self, metric: Metric, provider: &ProviderName, word: &str) {
        let provider = self.labels.providers.label(provider.as_str());
        self.counters.add(metric, &[provider, word], 1);
    }

    /// An attempt begins.
    fn attempt(&mut self, provider: &str) {
        self.count(Metric::Attempts, &[]);
        self.count(Metric::ProviderAttempts, &[provider]);
        *self.open_of(provider) += 1;
    }

    /// An attempt ends. If the fact of its beginning was lost it is counted now: there are never more ends.
    fn outcome(&mut self, provider: &str, outcome: &str) {
        match self.open_of(provider) {
            0 => {
                self.attempt(provider);
                *self.open_of(provider) -= 1;
            }
            open => *open -= 1,
        }
        self.count(Metric::ProviderOutcomes, &[provider, outcome]);
    }

    fn open_of(&mut self, provider: &str) -> &mut u64 {
        self.open.entry(provider, u64::default)
    }
}

/// Whether a request left a provider because something was wrong with it. Who costs money that may not be spent, or
/// can't do what is asked, was never meant to answer.
pub(super) fn has_fallen_back(finished: &Finished) -> bool {
    const EXPECTED: [&str; 8] = [
        "unknown-provider",
        "paid-gate",
        "local-only",
        "no-tools",
        "no-vision",
        "no-thinking",
        "context-too-small",
        "context-refused",
    ];
    finished.departures.iter().any(|departure| departure.attempted || !EXPECTED.contains(&departure.reason))
}

/// Why a provider was passed over: the Python program's words where it had one.
fn skipped(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::PaidGate => "paid",
        SkipReason::UnknownProvider => "unknown",
        SkipReason::BudgetExceeded { .. } => "budget",
        SkipReason::MemoryPressure { .. } => "memory_pressure",
        reason => reason.word(),
    }
}

/// An amount in billionths of a dollar.
pub(super) fn nano(amount: Usd) -> u64 {
    // Exact up to nine million dollars.
    (amount.dollars() * 1e9).round() as u64
}

fn yes_or_no(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}

/// The beginning of a text from outside, as much as is kept of one. It is redacted later and cut again to much less,
/// so a secret that this cut goes through is not seen.
pub(super) fn clipped(text: &str) -> &str {
    const KEPT: usize = 4_096;
    &text[..text.floor_char_boundary(KEPT)]
}
