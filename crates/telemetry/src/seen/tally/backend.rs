//! What is counted of backends, of answers that get worse, and of prompts that get too long.

use super::{Tally, yes_or_no};
use crate::seen::metric::Metric;
use canon::event::{BackendFact, QualityFact};

impl Tally {
    pub(super) fn backend(&mut self, fact: &BackendFact) {
        match fact {
            BackendFact::HealthChanged { provider, new, .. } => {
                self.count_of(Metric::HealthTransitions, provider, new);
            }
            BackendFact::Flagged { provider, healthy } => {
                self.count_of(Metric::Flagged, provider, yes_or_no(*healthy));
            }
            BackendFact::Pressured { provider, action, .. } => {
                self.count_of(Metric::Pressured, provider, action);
            }
            BackendFact::Excluded { provider, .. } => self.count_at(Metric::Excluded, provider),
            BackendFact::Restored { provider, .. } => self.count_at(Metric::Restored, provider),
            BackendFact::Restarted { provider, success, .. } => {
                self.count_of(Metric::Restarts, provider, yes_or_no(*success));
            }
            BackendFact::RecoveryProbed { provider, success, .. } => {
                self.count_of(Metric::RecoveryProbes, provider, yes_or_no(*success));
            }
            BackendFact::ProbesStarted { .. } => {}
            BackendFact::Probed { provider, success, latency, .. } => {
                self.count_at(Metric::Probes, provider);
                let outcome = if *success { "success" } else { "failure" };
                self.count_of(Metric::ProbeOutcomes, provider, outcome);
                let provider = self.labels.providers.label(provider.as_str());
                let tenths = (latency.as_secs_f64() * 1e4).round() as u64;
                self.counters.set(Metric::ProbeLatency, &[provider], tenths);
            }
            BackendFact::ProbeRound { .. } => self.count(Metric::ProbeRounds, &[]),
            BackendFact::ModelDiffers { provider, .. } => self.count_at(Metric::ProbeDrift, provider),
        }
    }

    pub(super) fn quality(&mut self, fact: &QualityFact) {
        match fact {
            QualityFact::DriftDetected { provider, .. } => self.count_at(Metric::DriftDetected, provider),
            QualityFact::DriftPromoted { .. } => self.count(Metric::DriftPromoted, &[]),
            QualityFact::DriftReloaded { success, .. } => {
                self.count(Metric::DriftReload, &[]);
                if *success {
                    self.count(Metric::DriftReloadOk, &[]);
                }
            }
            QualityFact::DriftRecovered { provider, .. } => self.count_at(Metric::DriftRecovered, provider),
            QualityFact::ContextWarning { profile, ratio, .. } => {
                self.count_in(Metric::ContextWarnings, profile);
                let profile = self.labels.profiles.label(profile.as_str());
                self.counters.set(Metric::ContextRatio, &[profile], (ratio * 1e4).round() as u64);
            }
            QualityFact::ContextTrimmed { profile, estimated, .. } => {
                self.count_in(Metric::ContextTrims, profile);
                let saved = estimated.0.saturating_sub(estimated.1);
                self.counters.add(Metric::TokensSaved, &["trim"], saved);
            }
        }
    }
}
