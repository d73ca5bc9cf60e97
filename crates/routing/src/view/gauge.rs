//! How a provider stands at one moment, for people who look. Nothing is decided by it.

use super::View;
use crate::drift::Severity;
use crate::health::HealthState;
use canon::config::{Config, Provider};
use canon::moment::Now;
use std::time::Duration;

/// How a provider stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gauge {
    /// Its state by its failures in a row, as the strictest profile that names it sees it.
    pub state: HealthState,
    /// Whether the health cache finds it healthy.
    pub is_healthy: bool,
    /// For how long it has been out of the chains; none where it is in.
    pub excluded: Option<Duration>,
    /// For how long it still rests after a refusal for its rate, or because it ran out of memory.
    pub resting: Option<Duration>,
    /// How badly its answers drift, where a profile has moved it back for that.
    pub drift: Option<Severity>,
    /// Attempts under way.
    pub in_flight: u32,
}

impl View {
    /// How a provider stands now.
    pub fn gauge(&self, config: &Config, provider: &Provider, now: Now) -> Gauge {
        let (in_flight, limited) = self.rates.occupancy(&provider.name, now.at);
        let profiles = || config.profiles.iter().filter(|it| it.providers.contains(&provider.name));
        let threshold = profiles().map(|profile| profile.backend_health.threshold).min();
        let is_healthy = self.health_cache.is_healthy(&provider.name, now.at);
        let memory = self.memory();
        let record = memory.record(&provider.name);
        let pressured = record.and_then(|record| record.pressure.remaining(now.at));
        let excluded = record.and_then(|record| record.exclusion.excluded());
        let state = record.zip(threshold).map(|(record, threshold)| record.health.state(threshold));
        Gauge {
            state: state.unwrap_or(HealthState::Healthy),
            is_healthy,
            excluded: excluded.map(|excluded| now.at.saturating_duration_since(excluded.at)),
            resting: limited.max(pressured),
            drift: profiles()
                .filter_map(|profile| memory.drift.demotion(profile, &provider.name, now.at))
                .max(),
            in_flight,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::rates::{Ask, Priority};
    use std::time::{Instant, SystemTime};

    #[test]
    fn a_gauge_tells_of_attempts_failures_and_rests() {
        let config = fixture::config(&[fixture::provider("a")], &[("p", &["a"])]);
        let (view, provider) = (View::new(&config), &config.providers[0]);
        let now = Now { at: Instant::now(), wall: SystemTime::now() };
        let well = Gauge {
            state: HealthState::Healthy,
            is_healthy: true,
            excluded: None,
            resting: None,
            drift: None,
            in_flight: 0,
        };
        assert_eq!(view.gauge(&config, provider, now), well);
        let ask = Ask { limits: &provider.limits, tokens: 1, priority: Priority::Main };
        let claim = view.rates.claim(&provider.name, &ask, now.at).unwrap();
        assert_eq!(view.gauge(&config, provider, now).in_flight, 1);
        claim.refused(Some(Duration::from_secs(9)), now.at);
        claim.release(None, now.at);
        {
            let mut memory = view.memory();
            let record = memory.record_of(provider);
            (0..10).for_each(|_| record.health.failure(now.at));
            record.exclusion.exclude(&config.profiles[0].name, 10, now.at);
        }
        let later = Now { at: now.at + Duration::from_secs(2), ..now };
        let gauge = view.gauge(&config, provider, later);
        assert_eq!((gauge.state, gauge.in_flight), (HealthState::Unhealthy, 0));
        assert_eq!(gauge.excluded, Some(Duration::from_secs(2)));
        assert!(gauge.resting.is_some_and(|rest| rest > Duration::from_secs(5)), "{gauge:?}");
    }
}
