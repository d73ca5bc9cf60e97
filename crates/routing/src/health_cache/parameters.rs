//! The numbers of a health cache, checked once.

use canon::config;
use std::fmt;
use std::time::Duration;

/// When a provider trips, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// At least 1.
    failure_threshold: u32,
    unhealthy_backoff: Duration,
    /// At least `unhealthy_backoff`.
    longest_backoff: Duration,
    trial_timeout: Duration,
}

impl Parameters {
    /// After how many failures in a row a provider trips, and for how many seconds; 0 seconds count and tell,
    /// and leave nobody out. The window stays as long however often a trial fails, and a trial may take as
    /// long.
    pub fn new(failure_threshold: u32, unhealthy_backoff_s: f64) -> Result<Self, HealthCacheError> {
        if failure_threshold < 1 {
            return Err(HealthCacheError::Threshold(failure_threshold));
        }
        let backoff = seconds(unhealthy_backoff_s).ok_or(HealthCacheError::Backoff(unhealthy_backoff_s))?;
        Ok(Self::constant(failure_threshold, backoff))
    }

    /// Doubles the window with each failed trial, up to so many seconds; never below the first window.
    pub fn growing_to(self, longest_backoff_s: f64) -> Result<Self, HealthCacheError> {
        let longest =
            seconds(longest_backoff_s).ok_or(HealthCacheError::LongestBackoff(longest_backoff_s))?;
        Ok(Self { longest_backoff: longest.max(self.unhealthy_backoff), ..self })
    }

    /// Lets others have a trial once one has taken this long without a result.
    pub fn trying_for(self, trial_timeout: Duration) -> Self {
        Self { trial_timeout, ..self }
    }

    /// Failures in a row until a provider trips; at least 1.
    pub fn failure_threshold(&self) -> u32 {
        self.failure_threshold
    }

    /// How long the first window is.
    pub fn unhealthy_backoff(&self) -> Duration {
        self.unhealthy_backoff
    }

    /// How long a window can get; [`Self::unhealthy_backoff`] unless windows grow.
    pub fn longest_backoff(&self) -> Duration {
        self.longest_backoff
    }

    /// How long a trial holds others off.
    pub fn trial_timeout(&self) -> Duration {
        self.trial_timeout
    }

    /// How long the window is after so many failed trials.
    pub(super) fn window_after(&self, failed_trials: u32) -> Duration {
        let factor = 1u32.checked_shl(failed_trials).unwrap_or(u32::MAX);
        self.unhealthy_backoff.saturating_mul(factor).min(self.longest_backoff)
    }

    fn constant(failure_threshold: u32, backoff: Duration) -> Self {
        Self {
            failure_threshold,
            unhealthy_backoff: backoff,
            longest_backoff: backoff,
            trial_timeout: backoff,
        }
    }
}

impl From<&config::HealthCache> for Parameters {
    /// What the configuration says; it has been checked where it was read.
    fn from(settings: &config::HealthCache) -> Self {
        Self::constant(settings.failure_threshold.max(1), settings.unhealthy_backoff)
    }
}

/// Seconds of any size; none where they are negative or no number.
fn seconds(count: f64) -> Option<Duration> {
    (count >= 0.0).then(|| Duration::try_from_secs_f64(count).unwrap_or(Duration::MAX))
}

/// Numbers that no cache can have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HealthCacheError {
    /// No failure at all would trip.
    Threshold(u32),
    /// The window is negative or no number.
    Backoff(f64),
    /// The longest window is negative or no number.
    LongestBackoff(f64),
}

impl fmt::Display for HealthCacheError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Threshold(given) => write!(f, "failure_threshold must be >= 1, got {given}"),
            Self::Backoff(given) => write!(f, "unhealthy_backoff_sec must be >= 0, got {given}"),
            Self::LongestBackoff(given) => write!(f, "longest_backoff_sec must be >= 0, got {given}"),
        }
    }
}

impl std::error::Error for HealthCacheError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(made: Result<Parameters, HealthCacheError>) -> String {
        made.map_or_else(|error| error.to_string(), |parameters| format!("{parameters:?}"))
    }

    #[test]
    fn numbers_that_make_no_sense_are_refused() {
        let table = [
            (Parameters::new(0, 60.0), "failure_threshold must be >= 1, got 0"),
            (Parameters::new(1, -0.5), "unhealthy_backoff_sec must be >= 0, got -0.5"),
            (Parameters::new(1, f64::NAN), "unhealthy_backoff_sec must be >= 0, got NaN"),
            (Parameters::new(1, f64::NEG_INFINITY), "unhealthy_backoff_sec must be >= 0, got -inf"),
        ];
        for (made, message) in table {
            assert_eq!(told(made), message);
        }
        let plain = Parameters::new(2, 60.0).expect("it is legal");
        assert_eq!(told(plain.growing_to(-1.0)), "longest_backoff_sec must be >= 0, got -1");
    }

    #[test]
    fn all_other_numbers_are_taken_and_readable() {
        for (threshold, backoff) in [(1, 0.0), (1, -0.0), (2, 60.0), (u32::MAX, f64::INFINITY)] {
            let parameters = Parameters::new(threshold, backoff).expect("it is legal");
            assert_eq!(parameters.failure_threshold(), threshold);
            let expected = Duration::try_from_secs_f64(backoff).unwrap_or(Duration::MAX);
            let windows = [parameters.unhealthy_backoff(), parameters.longest_backoff()];
            assert_eq!(windows, [expected; 2]);
            assert_eq!(parameters.trial_timeout(), expected);
        }
    }

    #[test]
    fn windows_grow_only_where_it_is_said_and_up_to_the_longest() {
        let windows = |parameters: Parameters| [0, 1, 2, 3, 40].map(|failed| parameters.window_after(failed));
        let plain = Parameters::new(2, 60.0).expect("it is legal");
        assert_eq!(windows(plain), [60; 5].map(Duration::from_secs));
        let growing = plain.growing_to(300.0).expect("it is legal");
        assert_eq!(windows(growing), [60, 120, 240, 300, 300].map(Duration::from_secs));
        let lower = plain.growing_to(10.0).expect("it is legal");
        assert_eq!(windows(lower), [60; 5].map(Duration::from_secs));
        assert_eq!(windows(Parameters::new(1, 0.0).expect("it is legal")), [Duration::ZERO; 5]);
    }

    #[test]
    fn the_configurations_numbers_are_the_usual_ones() {
        let parameters = Parameters::from(&config::HealthCache::default());
        assert_eq!(Ok(parameters), Parameters::new(2, 60.0));
    }
}
