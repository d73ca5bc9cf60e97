//! What outlives a run about the health of providers, as plain values for a store. Whether a provider is still the one
//! that it was kept of, the caller knows.

use super::View;
use crate::exclusion::ExclusionSnapshot;
use crate::health::{Health, HealthSnapshot, HealthState};
use canon::config::Provider;
use canon::id::ProviderName;
use canon::moment::Now;

/// How a provider has been.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Failures since the last success.
    pub failures: u32,
    /// Whether it is out of the chains until a probe succeeds.
    pub exclusion: Option<ExclusionSnapshot>,
}

impl View {
    /// What is worth keeping, by provider in the order of their names; nothing of those that have nothing against
    /// them.
    pub fn kept(&self) -> Vec<(ProviderName, Kept)> {
        let memory = self.memory();
        let kept = memory.records.iter().map(|(name, record)| {
            let failures = record.health.failures_in_row();
            (name.clone(), Kept { failures, exclusion: record.exclusion.snapshot() })
        });
        kept.filter(|(_, kept)| *kept != Kept::default()).collect()
    }

    /// Takes over what an earlier run kept of a provider. What has been seen of it since counts more.
    pub fn take_over(&self, provider: &Provider, kept: &Kept, now: Now) {
        let mut memory = self.memory();
        let record = memory.record_of(provider);
        if record.health == Health::default() {
            // Only the count matters; what state it means depends on who asks.
            let (state, consecutive_failures) = (HealthState::Healthy, kept.failures);
            record.health = Health::restored(HealthSnapshot { state, consecutive_failures });
        }
        if let Some(exclusion) = &kept.exclusion {
            record.exclusion.resume(exclusion, now.at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use std::sync::Arc;
    use std::time::{Instant, SystemTime};

    fn now() -> Now {
        Now { at: Instant::now(), wall: SystemTime::now() }
    }

    #[test]
    fn what_one_run_keeps_the_next_one_takes_over() {
        let provider = Arc::new(fixture::provider("a"));
        let config = fixture::config(&[(*provider).clone()], &[("default", &["a"])]);
        let (before, after) = (View::default(), View::default());
        assert_eq!(before.kept(), []);
        for _ in 0..3 {
            let _ = before.probed(&config, &provider, Err("gone"), now());
        }
        let exclusion = Some(ExclusionSnapshot { profile: "default".into(), consecutive_failures: 3 });
        let kept = Kept { exclusion, ..before.kept()[0].1.clone() };
        assert_eq!(kept.failures, 3);
        after.take_over(&provider, &kept, now());
        assert_eq!(after.kept(), [(provider.name.clone(), kept)]);
        assert_eq!(after.excluded(), [(provider.name.clone(), "default".into())]);
    }

    #[test]
    fn what_was_seen_since_counts_more() {
        let provider = Arc::new(fixture::provider("a"));
        let config = fixture::config(&[(*provider).clone()], &[("default", &["a"])]);
        let view = View::default();
        let _ = view.probed(&config, &provider, Ok(()), now());
        view.take_over(&provider, &Kept { failures: 9, exclusion: None }, now());
        assert_eq!(view.kept(), []);
    }
}
