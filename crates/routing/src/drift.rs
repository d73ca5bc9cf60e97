//! Falling quality: what answers are watched for, when a provider counts as drifting, and what that leads to.
//!
//! Here are the windows of all providers. One window is in `window`, what is looked at in `observation` and
//! `signals`, how early it counts in `thresholds`. Moving providers back in a chain is the caller's.

mod fingerprint;
mod listener;
mod observation;
mod reload;
mod signals;
mod stop_words;
mod thresholds;
mod window;

pub use fingerprint::{Fingerprint, Fingerprinter, TEXT_LIMIT, fingerprint};
pub use listener::Listener;
pub use observation::{Answer, Ending, Observation, Offer};
pub use reload::{UNLOAD_TIMEOUT, Unload};
pub use signals::{Severity, Signal, Signals, Verdict, judge};
pub use thresholds::Thresholds;
pub use window::{DEMOTION_STEPS, DriftEvent, Window, rank, severity};

use canon::config::{Config, DriftAction, Profile};
use canon::id::{ProfileName, ProviderName};
use std::collections::HashMap;
use std::time::Instant;

/// The windows of every provider under every profile.
///
/// Profiles are apart: their prompts and tools differ, and so do their settings. What one finds drifting is
/// demoted in that one alone.
#[derive(Clone, Debug, Default)]
pub struct Windows(HashMap<ProfileName, HashMap<ProviderName, Window>>);

impl Windows {
    /// Takes in what a provider answered under a profile, and says what follows for this answer's request; see
    /// [`Window::observe`]. Nothing is kept where the profile does not watch.
    pub fn observe(
        &mut self,
        profile: &Profile,
        provider: &ProviderName,
        observation: Observation,
        now: Instant,
    ) -> Vec<DriftEvent> {
        if profile.drift.action == DriftAction::Off {
            self.0.remove(&profile.name);
            return Vec::new();
        }
        let windows = self.0.entry(profile.name.clone()).or_default();
        windows.entry(provider.clone()).or_default().observe(observation, &profile.drift, now)
    }

    /// Whether a provider is demoted under a profile. A cooldown that is over counts as over, told or not.
    pub fn is_demoted(&self, profile: &Profile, provider: &ProviderName, now: Instant) -> bool {
        self.demotion(profile, provider, now).is_some()
    }

    /// How badly a provider drifted that is demoted under a profile; none where it is not.
    pub fn demotion(&self, profile: &Profile, provider: &ProviderName, now: Instant) -> Option<Severity> {
        let window = self.0.get(&profile.name).and_then(|windows| windows.get(provider))?;
        window.demotion(now).filter(|_| profile.drift.action != DriftAction::Off)
    }

    /// Ends the cooldowns of a profile that are over, and tells of each. For the start of an attempt: a provider
    /// that nobody asks would otherwise recover in silence. In the order of their names.
    pub fn recover(&mut self, profile: &ProfileName, now: Instant) -> Vec<(ProviderName, DriftEvent)> {
        let windows = self.0.get_mut(profile).into_iter().flatten();
        let over = windows.filter_map(|(name, window)| Some((name.clone(), window.recover(now)?)));
        let mut over: Vec<_> = over.collect();
        over.sort_by(|(one, _), (other, _)| one.cmp(other));
        over
    }

    /// Forgets what the configuration no longer has or no longer watches.
    pub fn retain(&mut self, config: &Config) {
        let watches = |profile: &Profile| profile.drift.action != DriftAction::Off;
        self.0.retain(|profile, windows| {
            windows.retain(|provider, _| config.provider(provider.as_str()).is_some());
            config.profile(profile.as_str()).is_some_and(|profile| watches(profile))
        });
    }

    /// Forgets a provider: the name belongs to another one now.
    pub fn forget(&mut self, provider: &ProviderName) {
        self.0.values_mut().for_each(|windows| drop(windows.remove(provider)));
    }
}

#[cfg(test)]
mod tests;
