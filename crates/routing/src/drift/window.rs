//! The latest observations of one provider under one profile, and the demotion that came of them.

use super::observation::Observation;
use super::signals::{Severity, Signals, judge};
use super::thresholds::Thresholds;
use canon::config::{Drift, DriftAction};
use canon::id::ProviderName;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The failures to count against a provider that drifts, where its profile is adaptive too.
pub const DEMOTION_STEPS: usize = 2;

/// What one provider answered of late.
///
/// No observation is judged twice: a verdict empties the window, and so does the end of a cooldown. A provider is
/// condemned by what it has done since, or not at all.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// Oldest first, at most as many as the profile looks at.
    recent: VecDeque<Observation>,
    demoted: Option<Demoted>,
}

#[derive(Clone, Copy, Debug)]
struct Demoted {
    since: Instant,
    until: Instant,
    severity: Severity,
}

/// What an observation leads to. It belongs to the request whose answer was observed, and is kept nowhere.
#[derive(Clone, Debug, PartialEq)]
pub enum DriftEvent {
    /// The provider drifts.
    Detected {
        /// How badly.
        severity: Severity,
        /// The signals beyond their limits, with their values.
        reason: String,
        /// All signals.
        signals: Signals,
    },
    /// It was moved back, which promotes the others.
    Promoted {
        /// How long it stays back.
        cooldown: Duration,
        /// Whether its backend should unload the model too; see [`super::Unload`]. Each such event asks for an
        /// unloading of its own.
        reload: bool,
    },
    /// Its cooldown is over; it starts anew.
    Recovered {
        /// How long it was demoted.
        after: Duration,
    },
}

/// The severity that a request's answer is marked with; none where nothing drifted.
pub fn severity(events: &[DriftEvent]) -> Option<Severity> {
    events.iter().find_map(|event| match event {
        DriftEvent::Detected { severity, .. } => Some(*severity),
        DriftEvent::Promoted { .. } | DriftEvent::Recovered { .. } => None,
    })
}

/// The turn of a provider, from 1, in a chain whose demoted ones go last in the order they stand; none where it is
/// not in the chain.
pub fn rank<'a>(
    chain: impl IntoIterator<Item = &'a ProviderName>,
    is_demoted: impl Fn(&ProviderName) -> bool,
    provider: &ProviderName,
) -> Option<usize> {
    let (back, front): (Vec<_>, Vec<_>) = chain.into_iter().partition(|name| is_demoted(name));
    front.into_iter().chain(back).position(|name| name == provider).map(|place| place + 1)
}

impl Window {
    /// Takes an observation in and says what follows. While the provider is demoted nothing is looked at: its
    /// window is empty when it comes back.
    pub fn observe(&mut self, observation: Observation, settings: &Drift, now: Instant) -> Vec<DriftEvent> {
        if settings.action == DriftAction::Off {
            *self = Self::default();
            return Vec::new();
        }
        let mut events: Vec<DriftEvent> = self.recover(now).into_iter().collect();
        if self.demoted.is_none() {
            self.push(observation, settings.window.max(1) as usize);
            self.judge(settings, now, &mut events);
        }
        events
    }

    /// Whether the provider is demoted. A cooldown that is over counts as over, told or not.
    pub fn is_demoted(&self, now: Instant) -> bool {
        self.demotion(now).is_some()
    }

    /// How badly the provider drifted that is demoted; none where it is not.
    pub fn demotion(&self, now: Instant) -> Option<Severity> {
        self.demoted.filter(|demoted| demoted.until > now).map(|demoted| demoted.severity)
    }

    /// Ends a cooldown that is over, whoever sees it first, and tells of it once.
    pub fn recover(&mut self, now: Instant) -> Option<DriftEvent> {
        let demoted = self.demoted.take_if(|demoted| demoted.until <= now)?;
        self.recent.clear();
        Some(DriftEvent::Recovered { after: now.saturating_duration_since(demoted.since) })
    }

    fn push(&mut self, observation: Observation, size: usize) {
        let surplus = (self.recent.len() + 1).saturating_sub(size);
        self.recent.drain(..surplus);
        self.recent.push_back(observation);
    }

    fn judge(&mut self, settings: &Drift, now: Instant, events: &mut Vec<DriftEvent>) {
        let limits = Thresholds::of(settings);
        if self.recent.len() < limits.min_window_fill {
            return;
        }
        let signals = Signals::measured(&self.recent);
        let Some(verdict) = judge(&signals, &limits) else { return };
        self.recent.clear();
        events.push(DriftEvent::Detected { severity: verdict.severity, reason: verdict.reason, signals });
        let reload = settings.action == DriftAction::Reload;
        if reload || settings.action == DriftAction::Promote {
            let cooldown = settings.cooldown;
            self.demoted = Some(Demoted { since: now, until: now + cooldown, severity: verdict.severity });
            events.push(DriftEvent::Promoted { cooldown, reload });
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.recent.len()
    }
}
