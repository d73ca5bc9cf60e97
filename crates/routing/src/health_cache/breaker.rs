//! One provider's circuit breaker: counts, its window and the trial after it. Who may call it when is the
//! cache's.

use super::Parameters;
use canon::moment::Now;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The most characters of a reason that are kept.
pub const REASON_LIMIT: usize = 200;

/// What a page shows of a provider. Times are unix seconds, for people: nothing is decided by them, as clocks
/// jump.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderState {
    /// False from the failure that tripped it until the next success, whether its window still runs or not.
    pub healthy: bool,
    /// Failures since the last success.
    pub consecutive_failures: u32,
    /// When a result was reported last; 0 if none was.
    pub last_check: f64,
    /// Why it failed last, at most [`REASON_LIMIT`] characters; none since a success.
    pub last_error: Option<String>,
    /// When its window ends or has ended; 0 while it is healthy.
    pub unhealthy_until: f64,
}

impl Default for ProviderState {
    /// Of a provider that nothing is known about.
    fn default() -> Self {
        let (last_check, last_error, unhealthy_until) = (0.0, None, 0.0);
        Self { healthy: true, consecutive_failures: 0, last_check, last_error, unhealthy_until }
    }
}

/// The window of an unhealthy provider, as a plain value for a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptWindow {
    /// Failures since the last success.
    pub failures: u32,
    /// When the window opened.
    pub opened: SystemTime,
    /// Trials that failed since it first did.
    pub failed_trials: u32,
}

/// A step of a provider from one state to the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transition {
    /// It has failed too often and is left alone.
    Tripped {
        /// Failures in a row.
        failures: u32,
        /// Why it failed last, at most [`REASON_LIMIT`] characters.
        reason: String,
        /// How long it is left alone.
        backoff: Duration,
    },
    /// It is back.
    Recovered,
}

impl Transition {
    /// Whether the provider is healthy from now on.
    pub fn is_recovery(&self) -> bool {
        matches!(self, Self::Recovered)
    }
}

/// The answer to an attempt that is about to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Go on: the provider has not tripped.
    Free,
    /// Go on: this attempt finds out whether the provider is back. Report its result, or abandon the trial.
    Trial(Trial),
    /// Leave the provider alone: its window runs, or somebody else's trial does.
    Wait,
}

/// The right to one trial, good for giving it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial(u64);

/// Who saw a failure.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Witness {
    Traffic,
    Probe,
}

/// A failure as it was reported.
pub(super) struct Report<'a> {
    pub(super) reason: &'a str,
    pub(super) witness: Witness,
    pub(super) now: Instant,
    pub(super) wall: SystemTime,
}

#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    last_check: Option<SystemTime>,
    last_error: Option<String>,
    /// There while the provider is unhealthy, also after its end.
    window: Option<Window>,
}

/// The time in which an unhealthy provider is left alone. Its length is asked for when it is needed, so that
/// changed parameters count at once.
#[derive(Debug)]
struct Window {
    opened: Instant,
    opened_wall: SystemTime,
    failed_trials: u32,
    trial: Option<(Trial, Instant)>,
}

impl Breaker {
    pub(super) fn succeeded(&mut self, wall: SystemTime) -> Option<Transition> {
        let recovered = self.window.is_some().then_some(Transition::Recovered);
        *self = Self { last_check: Some(wall), ..Self::default() };
        recovered
    }

    /// Traffic opens the window anew where one is there, probes never do: whatever they find, the next trial
    /// comes one window after the last one.
    pub(super) fn failed(&mut self, report: &Report<'_>, parameters: &Parameters) -> Option<Transition> {
        self.failures = self.failures.saturating_add(1);
        self.last_check = Some(report.wall);
        self.last_error = Some(cut(report.reason).to_owned());
        match &mut self.window {
            Some(window) if report.witness == Witness::Traffic => window.open_again(report, parameters),
            Some(_) => {}
            None if self.failures >= parameters.failure_threshold() => {
                return Some(self.trip(report, parameters));
            }
            None => {}
        }
        None
    }

    fn trip(&mut self, report: &Report<'_>, parameters: &Parameters) -> Transition {
        let (opened, opened_wall) = (report.now, report.wall);
        self.window = Some(Window { opened, opened_wall, failed_trials: 0, trial: None });
        let reason = cut(report.reason).to_owned();
        Transition::Tripped { failures: self.failures, reason, backoff: parameters.window_after(0) }
    }

    pub(super) fn is_open_to_all(&self, parameters: &Parameters, now: Instant) -> bool {
        self.window.as_ref().is_none_or(|window| window.is_free(parameters, now))
    }

    /// A trial of that number, where this is one.
    pub(super) fn claim(&mut self, parameters: &Parameters, number: u64, now: Instant) -> Admission {
        match &mut self.window {
            None => Admission::Free,
            Some(window) if window.is_free(parameters, now) => {
                window.trial = Some((Trial(number), now));
                Admission::Trial(Trial(number))
            }
            Some(_) => Admission::Wait,
        }
    }

    pub(super) fn abandon(&mut self, trial: Trial) {
        if let Some(window) = &mut self.window {
            window.trial.take_if(|(under_way, _)| *under_way == trial);
        }
    }

    /// What of it is worth keeping between runs.
    pub(super) fn kept(&self) -> Option<KeptWindow> {
        let Window { opened_wall, failed_trials, .. } = *self.window.as_ref()?;
        Some(KeptWindow { failures: self.failures, opened: opened_wall, failed_trials })
    }

    /// A breaker with the window of an earlier run; none where it has run out: then the provider is as good as new.
    pub(super) fn resumed(kept: &KeptWindow, parameters: &Parameters, now: Now) -> Option<Self> {
        // A clock that was set back since makes the window begin now.
        let age = now.wall.duration_since(kept.opened).unwrap_or_default();
        let opened = now.at.checked_sub(age)?;
        let KeptWindow { failures, opened: opened_wall, failed_trials } = *kept;
        let window = Window { opened, opened_wall, failed_trials, trial: None };
        let runs = !window.has_run_out(parameters, now.at);
        runs.then(|| Self { failures, window: Some(window), ..Self::default() })
    }

    pub(super) fn state(&self, parameters: &Parameters) -> ProviderState {
        ProviderState {
            healthy: self.window.is_none(),
            consecutive_failures: self.failures,
            last_check: self.last_check.map_or(0.0, unix_seconds),
            last_error: self.last_error.clone(),
            unhealthy_until: self.window.as_ref().map_or(0.0, |window| {
                unix_seconds(window.opened_wall) + parameters.window_after(window.failed_trials).as_secs_f64()
            }),
        }
    }
}

impl Window {
    /// Requests that began before it tripped may fail within it: that is no failed trial, and makes the next
    /// window no longer.
    fn open_again(&mut self, report: &Report<'_>, parameters: &Parameters) {
        if self.has_run_out(parameters, report.now) {
            self.failed_trials = self.failed_trials.saturating_add(1);
        }
        // Threads may report in another order than they looked at the clock.
        if report.now >= self.opened {
            (self.opened, self.opened_wall) = (report.now, report.wall);
        }
        self.trial = None;
    }

    fn has_run_out(&self, parameters: &Parameters, now: Instant) -> bool {
        now.saturating_duration_since(self.opened) >= parameters.window_after(self.failed_trials)
    }

    fn is_free(&self, parameters: &Parameters, now: Instant) -> bool {
        let expired = |claimed| now.saturating_duration_since(claimed) >= parameters.trial_timeout();
        self.has_run_out(parameters, now) && self.trial.is_none_or(|(_, claimed)| expired(claimed))
    }
}

fn cut(reason: &str) -> &str {
    reason.char_indices().nth(REASON_LIMIT).map_or(reason, |(end, _)| &reason[..end])
}

/// A clock before 1970 shows as 0.
fn unix_seconds(wall: SystemTime) -> f64 {
    wall.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
