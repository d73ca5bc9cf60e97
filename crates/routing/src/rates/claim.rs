//! One attempt's place at a provider, and what is learned while it is held.

use super::RateHeaders;
use super::lock;
use super::meter::{Entry, Meter};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

/// A place at a provider. Dropped, it gives its slot back, and its tokens stay counted as they were claimed.
#[derive(Debug)]
#[must_use = "a dropped claim gives its place back"]
pub struct Claim {
    meter: Arc<Mutex<Meter>>,
    entry: Entry,
}

impl Claim {
    pub(super) fn new(meter: Arc<Mutex<Meter>>, entry: Entry) -> Self {
        Self { meter, entry }
    }

    /// The provider's answer, whatever its status, came with these headers.
    pub fn heard(&self, headers: &RateHeaders, now: Instant, wall: SystemTime) {
        lock(&self.meter).forecast.hear(headers, now, wall);
    }

    /// The provider refused: too many requests. It rests for `retry_after`, but at
    /// least a second where it refuses again; where it did not say, until the limit
    /// that its headers call used up is reset; else for a second, and twice as long each time it happens again, up
    /// to a minute. Tell [`Claim::heard`] first. Gives the time until which it rests.
    pub fn refused(&self, retry_after: Option<Duration>, now: Instant) -> Instant {
        let mut meter = lock(&self.meter);
        let told = meter.forecast.exhausted_until(now).map(|reset| reset.saturating_duration_since(now));
        meter.cooling.strike(self.entry.at, retry_after.or(told), now)
    }

    /// The provider answered: refusals before this attempt are forgotten.
    pub fn answered(&self) {
        lock(&self.meter).cooling.relent(self.entry.at);
    }

    /// Gives the place back as if it had never been taken: nothing was sent.
    pub fn withdraw(self) {
        lock(&self.meter).withdraw(&self.entry);
    }

    /// Gives the place back, with the tokens it really took where that is known.
    pub fn release(self, tokens_used: Option<u64>, now: Instant) {
        if let Some(used) = tokens_used {
            lock(&self.meter).correct(&self.entry, used, now);
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        lock(&self.meter).leave();
    }
}
