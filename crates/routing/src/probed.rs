//! What a probe found out, remembered as the results of attempts are.

use crate::claim::Settled;
use crate::exclusion::RestartLimits;
use crate::health::{HealthState, Transition};
use crate::view::View;
use canon::config::{BackendHealthAction, Config, Profile, Provider};
use canon::event::{BackendFact, Fact};
use canon::id::{ProfileName, ProviderName};
use canon::moment::Now;
use std::sync::Arc;
use std::time::Duration;

/// Failures in a row by which the transitions of probes are told, which no profile's threshold stands behind.
const PROBE_THRESHOLD: u32 = 3;

impl View {
    /// A probe of a provider succeeded, or failed with these words. What follows for it is that of every profile that
    /// excludes: who is seen to be unhealthy is taken out, whoever saw it.
    pub fn probed(
        &self,
        config: &Config,
        provider: &Arc<Provider>,
        result: Result<(), &str>,
        now: Now,
    ) -> Settled {
        let name = &provider.name;
        let _ = match result {
            Ok(()) => self.health_cache.mark_healthy(name, now.wall),
            Err(reason) => self.health_cache.mark_unhealthy_by_probe(name, reason, now.at, now.wall),
        };
        let mut settled = Settled::default();
        let mut memory = self.memory();
        let record = memory.record_of(provider);
        let before = record.health.failures_in_row();
        match result {
            Ok(()) => {
                record.health.success(now.at);
                let out = record.exclusion.excluded().map(|excluded| excluded.profile.clone());
                if let (Some(profile), Some(after)) = (out, record.exclusion.restore(now.at)) {
                    settled.facts.push(restored(name, profile, after));
                }
            }
            Err(_) => record.health.failure(now.at),
        }
        let after = record.health.failures_in_row();
        let is_back = result.is_ok() && before >= PROBE_THRESHOLD;
        settled.facts.extend(Transition::between(before, after, PROBE_THRESHOLD).map(|change| {
            Fact::Backend(Box::new(BackendFact::HealthChanged {
                provider: name.clone(),
                profile: None,
                old: change.old.word(),
                new: change.new.word(),
                failures: u64::from(change.failures),
            }))
        }));
        for profile in excluders(config, name) {
            let state = record.health.state(profile.backend_health.threshold);
            if state == HealthState::Unhealthy && record.exclusion.exclude(&profile.name, after, now.at) {
                settled.excluded = true;
                settled.facts.push(excluded(name, &profile.name, after));
            }
        }
        if is_back {
            memory.homes.is_back(name);
        }
        settled
    }

    /// The providers that are out, in the order of their names, each with the profile by whose settings it is
    /// brought back.
    pub fn excluded(&self) -> Vec<(ProviderName, ProfileName)> {
        let memory = self.memory();
        let excluded = memory.records.iter().filter_map(|(name, record)| {
            let excluded = record.exclusion.excluded()?;
            Some((name.clone(), excluded.profile.clone()))
        });
        excluded.collect()
    }

    /// The profile by whose settings a provider is brought back; none where it is not out.
    pub fn excluded_by(&self, provider: &ProviderName) -> Option<ProfileName> {
        self.memory().record(provider)?.exclusion.excluded().map(|excluded| excluded.profile.clone())
    }

    /// Takes the right to run a provider's restart command, if it may run now; [`Self::end_restart`] gives it back.
    pub fn begin_restart(&self, provider: &Provider, now: Now) -> bool {
        self.memory().record_of(provider).exclusion.begin_restart(&RestartLimits::default(), now.at)
    }

    /// The restart command has ended, well or not, or was seen to stay as a server.
    pub fn end_restart(&self, provider: &Provider, now: Now) {
        self.memory().record_of(provider).exclusion.end_restart(now.at);
    }
}

/// The profiles that take an unhealthy provider out.
fn excluders<'a>(config: &'a Config, name: &'a ProviderName) -> impl Iterator<Item = &'a Arc<Profile>> {
    config.profiles.iter().filter(move |profile| {
        profile.backend_health.action == BackendHealthAction::Exclude && profile.providers.contains(name)
    })
}

/// What is told of a provider that is back.
pub(crate) fn restored(provider: &ProviderName, profile: ProfileName, after: Duration) -> Fact {
    Fact::Backend(Box::new(BackendFact::Restored { provider: provider.clone(), profile, after }))
}

/// What is told of a provider that is taken out.
pub(crate) fn excluded(provider: &ProviderName, profile: &ProfileName, failures: u32) -> Fact {
    let (provider, profile, failures) = (provider.clone(), profile.clone(), u64::from(failures));
    Fact::Backend(Box::new(BackendFact::Excluded { provider, profile, failures }))
}
