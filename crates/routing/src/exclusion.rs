//! One provider that was taken out of the chains until it recovers: since when and for whom, when it is probed
//! next, and when its restart command may run.
//!
//! Not here: the probes and the command themselves, and whether a profile wants any of it.

use crate::health::HealthState;
use canon::id::ProfileName;
use std::time::{Duration, Instant};

/// The shortest wait between two recovery probes, so that no setting makes them run without a pause.
pub const SHORTEST_DELAY: Duration = Duration::from_millis(100);

/// Whether one provider is excluded, and the restarts it has seen. Act on [`HealthState`], whoever brought it
/// about: calling [`Self::exclude`] again for what is excluded already changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exclusion {
    excluded: Option<Excluded>,
    restarts: Restarts,
}

/// Why and since when a provider is excluded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// The moment it was excluded; after a start of the router, the moment it was read in.
    pub at: Instant,
    /// The profile that found it unhealthy, whose settings its recovery follows.
    pub profile: ProfileName,
    /// Failures in a row at that moment.
    pub failures: u32,
}

impl Exclusion {
    /// Excludes the provider. True the first time, when its recovery is to be started and told; false where it
    /// is excluded already.
    pub fn exclude(&mut self, profile: &ProfileName, failures: u32, now: Instant) -> bool {
        if self.excluded.is_some() {
            return false;
        }
        self.restarts.outage_begins(now);
        self.excluded = Some(Excluded { at: now, profile: profile.clone(), failures });
        true
    }

    /// Ends the exclusion after any success, whoever saw it: a recovery probe, a continuous one, an attempt of
    /// another profile. How long it lasted; none where there was none.
    pub fn restore(&mut self, now: Instant) -> Option<Duration> {
        self.excluded.take().map(|excluded| now.saturating_duration_since(excluded.at))
    }

    /// Why and since when the provider is excluded; none where it is not. A recovery under way stops once this
    /// is none.
    pub fn excluded(&self) -> Option<&Excluded> {
        self.excluded.as_ref()
    }

    /// Whether the exclusion keeps the provider out of a profile that excludes and sees it in this state. What
    /// is known of a provider is shared, what is done about it is not: a patient profile goes on where a strict
    /// one has given up.
    pub fn binds(&self, state: HealthState) -> bool {
        self.excluded.is_some() && state == HealthState::Unhealthy
    }

    /// Takes the right to run the restart command, if it may run now; [`Self::end_restart`] gives it back.
    pub fn begin_restart(&mut self, limits: &RestartLimits, now: Instant) -> bool {
        self.excluded.is_some() && self.restarts.begin(limits, now)
    }

    /// The restart command has ended, well or not, or was seen to stay as a server.
    pub fn end_restart(&mut self, now: Instant) {
        self.restarts.end(now);
    }

    /// The wait before the restart command may run again; none where it may not in this outage: nothing is
    /// excluded, it runs, or it has run as often as it may.
    pub fn restart_due_in(&self, limits: &RestartLimits, now: Instant) -> Option<Duration> {
        self.excluded.as_ref()?;
        self.restarts.due_in(limits, now)
    }

    /// What should outlive the process; none where nothing is excluded.
    pub fn snapshot(&self) -> Option<ExclusionSnapshot> {
        let excluded = self.excluded.as_ref()?;
        let (profile, consecutive_failures) = (excluded.profile.clone(), excluded.failures);
        Some(ExclusionSnapshot { profile, consecutive_failures })
    }

    /// Goes on from what was kept, counted from now. True where a recovery is to be started; an exclusion that
    /// is there already stays as it is.
    pub fn resume(&mut self, kept: &ExclusionSnapshot, now: Instant) -> bool {
        self.exclude(&kept.profile, kept.consecutive_failures, now)
    }
}

/// What is kept of an exclusion between two runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExclusionSnapshot {
    /// The profile whose settings its recovery follows.
    pub profile: ProfileName,
    /// Failures in a row when it was excluded.
    pub consecutive_failures: u32,
}

impl ExclusionSnapshot {
    /// Reads what was stored, by whatever program. Without a profile there is nothing to recover by, so there
    /// is no exclusion; a count that is none or negative counts as 0.
    pub fn read(profile: Option<&str>, failures: Option<i64>) -> Option<Self> {
        let profile = profile.filter(|name| !name.is_empty())?;
        let count = failures.map_or(0, |count| u32::try_from(count.max(0)).unwrap_or(u32::MAX));
        Some(Self { profile: profile.into(), consecutive_failures: count })
    }
}

/// The waits between the recovery probes of one outage: each twice the one before, up to the longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveryBackoff {
    next: Duration,
    longest: Duration,
}

impl RecoveryBackoff {
    /// Begins with `initial`, or with `longest` where that is shorter; neither is below [`SHORTEST_DELAY`].
    pub fn new(initial: Duration, longest: Duration) -> Self {
        let longest = longest.max(SHORTEST_DELAY);
        Self { next: initial.clamp(SHORTEST_DELAY, longest), longest }
    }

    /// The wait before the next probe.
    pub fn next_delay(&mut self) -> Duration {
        let delay = self.next;
        self.next = delay.saturating_mul(2).min(self.longest);
        delay
    }

    /// What [`Self::next_delay`] will say, for telling.
    pub fn upcoming(&self) -> Duration {
        self.next
    }
}

/// How often a restart command may run in one outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartLimits {
    /// Between the end of the first run and the second one; twice as long after each further one.
    pub initial: Duration,
    /// The longest wait between two runs.
    pub longest: Duration,
    /// The most runs. A command that has not helped by then needs a person.
    pub runs: u32,
}

impl Default for RestartLimits {
    /// At once, then after 1, 2, 4, 8, 16, 30 and 30 minutes: a night's outage is tried eight times.
    fn default() -> Self {
        let minutes = |count: u64| Duration::from_secs(60 * count);
        Self { initial: minutes(1), longest: minutes(30), runs: 8 }
    }
}

impl RestartLimits {
    fn wait_after(&self, runs: u32) -> Duration {
        let doublings = runs.saturating_sub(1);
        let factor = 1u32.checked_shl(doublings).unwrap_or(u32::MAX);
        self.initial.saturating_mul(factor).min(self.longest)
    }
}

/// The runs of a restart command. They outlive a recovery: a backend that dies again minutes after each restart
/// must not be restarted without a pause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Restarts {
    running: bool,
    runs: u32,
    last_end: Option<Instant>,
}

/// How long after its last restart a backend must have held out for the next outage to be a new one.
const SETTLED: Duration = Duration::from_secs(30 * 60);

impl Restarts {
    fn outage_begins(&mut self, now: Instant) {
        let settled = self.last_end.is_none_or(|end| now.saturating_duration_since(end) >= SETTLED);
        if settled && !self.running {
            *self = Self::default();
        }
    }

    fn due_in(&self, limits: &RestartLimits, now: Instant) -> Option<Duration> {
        if self.running || self.runs >= limits.runs {
            return None;
        }
        let rested = |end| limits.wait_after(self.runs).saturating_sub(now.saturating_duration_since(end));
        Some(self.last_end.map_or(Duration::ZERO, rested))
    }

    fn begin(&mut self, limits: &RestartLimits, now: Instant) -> bool {
        let due = self.due_in(limits, now) == Some(Duration::ZERO);
        if due {
            self.running = true;
            self.runs = self.runs.saturating_add(1);
        }
        due
    }

    fn end(&mut self, now: Instant) {
        if self.running {
            self.running = false;
            self.last_end = Some(now);
        }
    }
}

#[cfg(test)]
mod tests;
