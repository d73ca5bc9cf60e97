//! What is counted of attempts at providers and of their answers.

use super::{Tally, nano};
use crate::seen::metric::Metric;
use canon::event::{CacheObserved, Fact, ToolRepaired};
use canon::id::ProviderName;
use std::time::Duration;

impl Tally {
    pub(super) fn provider(&mut self, fact: &Fact) {
        match fact {
            Fact::Attempted { provider, .. } => {
                let provider = self.labels.providers.label(provider.as_str());
                self.attempt(provider);
            }
            Fact::Answered { provider, took, first_token, .. } => {
                self.answered(provider, *took, *first_token);
            }
            Fact::AttemptFailed { provider, midstream, .. } => {
                let provider = self.labels.providers.label(provider.as_str());
                self.outcome(provider, if *midstream { "failed_midstream" } else { "failed" });
            }
            Fact::Degraded { dropped, .. } => {
                for field in dropped {
                    let field = self.labels.fields.label(field);
                    self.count(Metric::CapabilityDegraded, &[field]);
                }
            }
            Fact::ToolChoiceEmulated(it) => self.count_of(Metric::ToolChoice, &it.provider, it.mode),
            Fact::ToolRepaired(it) => self.repaired(it),
            Fact::ToolReasked { provider, why, .. } => self.count_of(Metric::ToolReasked, provider, why),
            Fact::OutputFiltered { filters, .. } => {
                for filter in filters {
                    self.count(Metric::OutputFilter, &[filter]);
                }
            }
            Fact::CacheControlStripped { provider, markers } => {
                let provider = self.labels.providers.label(provider.as_str());
                self.counters.add(Metric::Stripped, &[provider], *markers as u64);
            }
            Fact::MalformedFrame { provider, .. } => self.count_at(Metric::Malformed, provider),
            Fact::StreamTruncated { provider, action, .. } => {
                self.count_at(Metric::StreamTruncated, provider);
                self.count(Metric::TruncatedBy, &[action]);
            }
            Fact::EmptyAnswer { provider, .. } => self.count_at(Metric::Empty, provider),
            Fact::PartialSurfaced { .. } => self.count(Metric::PartialStitch, &[]),
            Fact::MidstreamError { provider, .. } => self.count_at(Metric::MidstreamErrors, provider),
            Fact::CacheObserved(it) => self.observed(it),
            _ => {}
        }
    }

    fn answered(&mut self, provider: &ProviderName, took: Duration, first_token: Option<Duration>) {
        let provider = self.labels.providers.label(provider.as_str());
        self.outcome(provider, "ok");
        self.counters.observe(Metric::AttemptSeconds, &[provider], took.as_secs_f64());
        if let Some(first_token) = first_token {
            self.counters.observe(Metric::AttemptFirstToken, &[provider], first_token.as_secs_f64());
        }
    }

    fn observed(&mut self, observed: &CacheObserved) {
        let provider = self.labels.providers.label(observed.provider.as_str());
        self.count(Metric::CacheObserved, &[provider, observed.outcome()]);
        let usage = &observed.usage;
        let tokens = [
            ("input", usage.input),
            ("output", usage.output),
            ("cache_read", usage.cache_read),
            ("cache_write", usage.cache_write),
        ];
        for (kind, count) in tokens {
            self.counters.add(Metric::Tokens, &[provider, kind], count.unwrap_or(0));
        }
        self.counters.add(Metric::CacheRead, &[provider], usage.cache_read.unwrap_or(0));
        self.counters.add(Metric::CacheCreation, &[provider], usage.cache_write.unwrap_or(0));
        self.counters.add(Metric::Cost, &[provider], nano(observed.cost));
        self.counters.add(Metric::Savings, &[provider], nano(observed.savings));
        if let Some((tax, _)) = observed.tax {
            self.counters.add(Metric::LanguageTax, &[provider], nano(tax));
        }
    }

    fn repaired(&mut self, repaired: &ToolRepaired) {
        let provider = self.labels.providers.label(repaired.provider.as_str());
        let model = self.labels.model(provider, repaired.model.as_ref().map(|model| model.as_str()));
        self.count(Metric::ToolRepairs, &[provider, model, repaired.outcome]);
        self.count(Metric::ToolFormats, &[repaired.format]);
        for damage in &repaired.damage {
            self.count(Metric::ToolDamage, &[damage]);
        }
    }
}
