//! The raw record of one provider's results. What it means is asked with a profile's own numbers, so that one
//! profile's thresholds never change what another one sees.
//!
//! Not here: which results count (a client that left and a request refused with 400 do not; an answer counts as
//! a success once it has ended, not at its first byte), what is done about a state (`passes`), locks.

use std::time::{Duration, Instant};

/// What a profile makes of a provider's failures in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HealthState {
    /// Fewer than the threshold; a provider that nobody has asked yet is here.
    Healthy,
    /// At least the threshold.
    Degraded,
    /// At least twice the threshold.
    Unhealthy,
}

impl HealthState {
    /// The state after so many failures in a row. A threshold of 0 counts as 1.
    pub fn after(failures: u32, threshold: u32) -> Self {
        let threshold = threshold.max(1);
        match failures {
            _ if failures >= threshold.saturating_mul(2) => Self::Unhealthy,
            _ if failures >= threshold => Self::Degraded,
            _ => Self::Healthy,
        }
    }

    /// The word in log lines and in what is stored.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Healthy => "HEALTHY",
            Self::Degraded => "DEGRADED",
            Self::Unhealthy => "UNHEALTHY",
        }
    }

    /// The state of a word, in capitals or not.
    pub fn named(word: &str) -> Option<Self> {
        let all = [Self::Healthy, Self::Degraded, Self::Unhealthy];
        all.into_iter().find(|state| state.word().eq_ignore_ascii_case(word))
    }
}

/// A step from one state to another, for telling only: decisions look at the state, which a probe or a restart
/// of the router may have changed while nobody watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The state before.
    pub old: HealthState,
    /// The state now; never `old`.
    pub new: HealthState,
    /// Failures in a row now.
    pub failures: u32,
}

impl Transition {
    /// The step between two counts of failures in a row; none where the state stayed.
    pub fn between(before: u32, after: u32, threshold: u32) -> Option<Self> {
        let (old, new) = (HealthState::after(before, threshold), HealthState::after(after, threshold));
        (old != new).then_some(Self { old, new, failures: after })
    }
}

/// The results of one provider, whoever asked it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    failures_in_row: u32,
    successes: u64,
    failures: u64,
    last_success: Option<Instant>,
    last_failure: Option<Instant>,
    trial: Trial,
}

/// The latest trial of a provider that failed too often. One under way and one that failed hold the next one
/// back alike, so a trial whose result never came is over by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Trial {
    /// There was none since the last success.
    #[default]
    Untried,
    /// Claimed then, no result yet.
    UnderWay(Instant),
    /// Failed then.
    Failed(Instant),
}

impl Health {
    /// The provider answered. Whoever saw it (an attempt, a probe, another profile), everything is well again.
    pub fn success(&mut self, now: Instant) {
        self.failures_in_row = 0;
        self.successes = self.successes.saturating_add(1);
        self.last_success = self.last_success.max(Some(now));
        self.trial = Trial::Untried;
    }

    /// The provider failed. Ends the trial under way; further failures do not hold the next trial back, so that
    /// probes and requests begun earlier can't put it off for ever.
    pub fn failure(&mut self, now: Instant) {
        self.failures_in_row = self.failures_in_row.saturating_add(1);
        self.failures = self.failures.saturating_add(1);
        self.last_failure = self.last_failure.max(Some(now));
        if let Trial::UnderWay(claimed) = self.trial {
            self.trial = Trial::Failed(claimed.max(now));
        }
    }

    /// What a profile with this threshold makes of it.
    pub fn state(&self, threshold: u32) -> HealthState {
        HealthState::after(self.failures_in_row, threshold)
    }

    /// Whether an attempt may be made: the provider is not unhealthy, or is due for a trial.
    pub fn may_try(&self, threshold: u32, half_open: Duration, now: Instant) -> bool {
        self.state(threshold) != HealthState::Unhealthy || self.is_rested(half_open, now)
    }

    /// Whether the provider is unhealthy and a trial should be made, although others serve: without one, a
    /// provider that was moved to the end of a chain would stay there while the chain works.
    pub fn is_due_for_trial(&self, threshold: u32, half_open: Duration, now: Instant) -> bool {
        self.state(threshold) == HealthState::Unhealthy && self.is_rested(half_open, now)
    }

    /// Takes the trial. To be called when the attempt begins, not when it is planned: a provider that stands
    /// behind one that answers was not tried.
    pub fn claim_trial(&mut self, now: Instant) {
        self.trial = Trial::UnderWay(now);
    }

    /// [`Self::may_try`] and, where the attempt is a trial, [`Self::claim_trial`] in one step: of many attempts
    /// that were planned at the same time, one is let through.
    pub fn admit(&mut self, threshold: u32, half_open: Duration, now: Instant) -> bool {
        let admitted = self.may_try(threshold, half_open, now);
        if admitted && self.state(threshold) == HealthState::Unhealthy {
            self.claim_trial(now);
        }
        admitted
    }

    /// Gives back a trial that ended without saying anything about the provider (the client left, or the
    /// request itself was wrong). Does nothing where the trial claimed then has been decided or taken over.
    pub fn abandon_trial(&mut self, claimed: Instant) {
        if self.trial == Trial::UnderWay(claimed) {
            self.trial = Trial::Untried;
        }
    }

    /// Failures since the last success.
    pub fn failures_in_row(&self) -> u32 {
        self.failures_in_row
    }

    /// All successes since the start.
    pub fn successes(&self) -> u64 {
        self.successes
    }

    /// All failures since the start.
    pub fn failures(&self) -> u64 {
        self.failures
    }

    /// The latest success since the start.
    pub fn last_success(&self) -> Option<Instant> {
        self.last_success
    }

    /// The latest failure since the start.
    pub fn last_failure(&self) -> Option<Instant> {
        self.last_failure
    }

    /// What should outlive the process, with the state as a profile of this threshold sees it. Trials are not
    /// kept: the first attempt after a start is one.
    pub fn snapshot(&self, threshold: u32) -> HealthSnapshot {
        HealthSnapshot { state: self.state(threshold), consecutive_failures: self.failures_in_row }
    }

    /// Goes on from what was kept.
    pub fn restored(snapshot: HealthSnapshot) -> Self {
        Self { failures_in_row: snapshot.consecutive_failures, ..Self::default() }
    }

    fn is_rested(&self, half_open: Duration, now: Instant) -> bool {
        match self.trial {
            Trial::Untried => true,
            Trial::UnderWay(at) | Trial::Failed(at) => now.saturating_duration_since(at) >= half_open,
        }
    }
}

/// What is kept of a provider between two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthSnapshot {
    /// For whoever reads the store; the count alone is gone on from.
    pub state: HealthState,
    /// Failures since the last success.
    pub consecutive_failures: u32,
}

impl HealthSnapshot {
    /// Reads what was stored, by whatever program. A word that is no state makes the whole entry healthy, a
    /// count that is none or negative counts as 0.
    pub fn read(state: Option<&str>, failures: Option<i64>) -> Self {
        let known = state.and_then(HealthState::named);
        let count = failures.map_or(0, |count| u32::try_from(count.max(0)).unwrap_or(u32::MAX));
        Self {
            state: known.unwrap_or(HealthState::Healthy),
            consecutive_failures: if known.is_some() { count } else { 0 },
        }
    }
}

#[cfg(test)]
mod tests;
