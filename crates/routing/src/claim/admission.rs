//! Trials of providers that failed too often: of all requests that were planned to make one, one makes it.

use super::{Claiming, View};
use crate::health_cache::{Admission, Trial};
use crate::speed;
use canon::config::{BackendHealthAction, HealthCacheAction, Profile, Provider};
use canon::event::SkipReason;
use canon::id::ProviderName;
use std::time::Instant;

/// The trials that an attempt is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Trials {
    /// By the profile's threshold: since when.
    health: Option<Instant>,
    /// By the health cache.
    cache: Option<Trial>,
}

impl View {
    /// Takes the trials where the attempt is one.
    pub(super) fn trials(&self, claiming: &Claiming<'_>) -> Result<Trials, SkipReason> {
        let mut trials = Trials::default();
        let in_place = Self::is_in_place(claiming);
        if claiming.config.health_cache.action != HealthCacheAction::Off {
            trials.cache = self.cache_trial(claiming, in_place)?;
        }
        let taken = self.health_trial(claiming, in_place);
        match taken {
            Ok(health) => trials.health = health,
            Err(reason) => {
                self.give_back(claiming.provider, trials);
                return Err(reason);
            }
        }
        Ok(trials)
    }

    fn cache_trial(&self, claiming: &Claiming<'_>, in_place: bool) -> Result<Option<Trial>, SkipReason> {
        match self.health_cache.claim_trial(&claiming.provider.name, claiming.now.at) {
            Admission::Free => Ok(None),
            Admission::Trial(trial) => Ok(Some(trial)),
            // Who comes to it last, or for want of anybody else, asks all the same.
            Admission::Wait if in_place => Err(SkipReason::Unhealthy),
            Admission::Wait => Ok(None),
        }
    }

    fn health_trial(&self, claiming: &Claiming<'_>, in_place: bool) -> Result<Option<Instant>, SkipReason> {
        let Claiming { plan, provider, now, .. } = *claiming;
        let policy = &plan.profile.backend_health;
        let mut memory = self.memory();
        if let Some(order) = plan.order.as_ref().filter(|_| plan.profile.adaptive) {
            let claimed = memory.speeds.commit(&plan.profile.name, order, &provider.name, now.at);
            if claimed == speed::Claim::TrialTaken && in_place {
                return Err(SkipReason::Adaptive);
            }
        }
        let health = &mut memory.record_of(provider).health;
        let watches = matches!(policy.action, BackendHealthAction::Demote | BackendHealthAction::Skip);
        if !watches {
            return Ok(None);
        }
        if health.is_due_for_trial(policy.threshold, policy.half_open, now.at) {
            health.claim_trial(now.at);
            return Ok(Some(now.at));
        }
        let may_try = health.may_try(policy.threshold, policy.half_open, now.at);
        if !may_try && in_place { Err(SkipReason::Unhealthy) } else { Ok(None) }
    }

    /// Whether asking a provider now would be a trial.
    pub fn is_trial(&self, provider: &ProviderName, profile: &Profile, now: Instant) -> bool {
        let policy = &profile.backend_health;
        let flagged = self.health_cache.state(provider).is_some_and(|state| !state.healthy);
        let memory = self.memory();
        let health = memory.record(provider).map(|record| &record.health);
        flagged || health.is_some_and(|it| it.is_due_for_trial(policy.threshold, policy.half_open, now))
    }

    /// Gives trials back that said nothing about the provider.
    pub(super) fn give_back(&self, provider: &Provider, trials: Trials) {
        if let Some(trial) = trials.cache {
            self.health_cache.abandon_trial(&provider.name, trial);
        }
        if let Some(claimed) = trials.health {
            self.memory().record_of(provider).health.abandon_trial(claimed);
        }
    }
}
