//! What is counted of decisions about requests, and of their way.

use super::{Tally, skipped};
use crate::fact::heading;
use crate::seen::metric::Metric;
use canon::config::Word;
use canon::event::{AutoRoutedBy, Fact, FlowFact, SkipReason};
use canon::id::ProfileName;

impl Tally {
    pub(super) fn plan(&mut self, fact: &Fact) {
        match fact {
            Fact::ModeResolved { profile, .. } => self.count_in(Metric::Modes, profile),
            Fact::AutoRouted(routed) => {
                self.count_in(Metric::AutoRouted, &routed.profile);
                if !matches!(routed.by, AutoRoutedBy::Rule(_)) {
                    self.count(Metric::AutoFallthrough, &[]);
                }
            }
            Fact::PatternsGivenUp { .. } => self.count(Metric::GivenUp, &[]),
            Fact::LocalOnly { profile, .. } => self.count_in(Metric::LocalOnly, profile),
            Fact::ProviderSkipped { provider, reason, .. } => {
                // What it is called says whether it was left out or only went back.
                let is_skip = heading(fact).0.starts_with("skip-");
                let metric = if is_skip { Metric::ProviderSkipped } else { Metric::MovedBack };
                self.count_of(metric, provider, skipped(*reason));
                if !is_skip && *reason == SkipReason::Unhealthy {
                    self.count_at(Metric::Demoted, provider);
                }
            }
            Fact::ChainBlocked { reason, .. } => self.blocked(*reason),
            Fact::UniformAuthFailure { .. } => self.count(Metric::UniformAuth, &[]),
            Fact::ToolLoopSeen(it) => self.guarded(Metric::ToolLoops, &it.profile, it.action.word()),
            Fact::ToolCountSeen(it) => self.guarded(Metric::ToolCounts, &it.profile, it.action.word()),
            Fact::ToolSearch { action, .. } => self.count(Metric::ToolSearch, &[action]),
            _ => {}
        }
    }

    pub(super) fn flow(&mut self, fact: &FlowFact) {
        match fact {
            FlowFact::Reordered { .. } => self.count(Metric::Reordered, &[]),
            FlowFact::LastResort { profile, .. } => self.count_in(Metric::LastResort, profile),
            FlowFact::Queued { provider, .. } => self.count_at(Metric::Queued, provider),
            FlowFact::Hedged { rival, .. } => {
                self.count_at(Metric::Hedges, rival);
                let rival = self.labels.providers.label(rival.as_str());
                self.attempt(rival);
            }
            FlowFact::HedgeWon { provider, .. } => self.count_at(Metric::HedgesWon, provider),
            FlowFact::Resumed { provider, .. } => self.count_at(Metric::Resumed, provider),
            FlowFact::OutputLowered { provider, .. } => self.count_at(Metric::Lowered, provider),
            FlowFact::PrefixBroken { provider, part, .. } => {
                self.count_of(Metric::PrefixBroken, provider, part);
            }
        }
    }

    fn blocked(&mut self, reason: SkipReason) {
        self.count(Metric::ChainBlocked, &[skipped(reason)]);
        let metric = match reason {
            SkipReason::PaidGate => Metric::PaidGateBlocked,
            SkipReason::BudgetExceeded { .. } => Metric::BudgetBlocked,
            SkipReason::MemoryPressure { .. } => Metric::MemoryBlocked,
            _ => return,
        };
        self.count(metric, &[]);
    }

    fn guarded(&mut self, metric: Metric, profile: &ProfileName, action: &str) {
        let profile = self.labels.profiles.label(profile.as_str());
        self.count(metric, &[profile, action]);
    }

    /// Counts something of a profile.
    pub(super) fn count_in(&mut self, metric: Metric, profile: &ProfileName) {
        let profile = self.labels.profiles.label(profile.as_str());
        self.count(metric, &[profile]);
    }
}
