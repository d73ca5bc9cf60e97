//! How often and how much each provider is asked: the limits a file sets, those a provider tells in its headers,
//! and the pauses after it has said no.
//!
//! An attempt claims its place before it leaves and gives it back at its end. Nothing here waits: who finds no room
//! is told until when, and what becomes of it is decided elsewhere.

mod claim;
mod cooling;
mod forecast;
mod headers;
mod meter;
mod reset;
mod snapshot;
mod window;

pub use self::claim::Claim;
pub use self::headers::{Allowance, Class, RateHeaders};
pub use self::reset::Reset;
pub use self::snapshot::RateSnapshot;

use self::meter::Meter;
use canon::config::Limits;
use canon::id::ProviderName;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// The longest wait that anything a provider says can lead to.
pub const MAX_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Priority {
    /// Somebody waits for the answer.
    Main,
    /// Probes, titles, summaries: they leave a quarter of a provider's slots, at least one, to others. Where there
    /// is but one slot, they may have it.
    Background,
}

/// What an attempt needs.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The provider's limits as the file sets them.
    pub limits: &'a Limits,
    /// The tokens it will take, as well as one can know: prompt and answer.
    pub tokens: u64,
    /// Who asks.
    pub priority: Priority,
}

/// Why there is no room now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// There is room from this time on, as far as anyone can tell; at most a little over [`MAX_WAIT`] away.
    Until(Instant),
    /// As many are under way as may be: until one of them ends.
    ForSlot,
}

/// All providers' meters. Memory is bounded for each of them.
#[derive(Debug, Default)]
pub struct Rates {
    meters: Mutex<BTreeMap<ProviderName, Arc<Mutex<Meter>>>>,
}

impl Rates {
    /// Whether an attempt could go to a provider now; it holds nothing, so only [`Rates::claim`] is sure.
    ///
    /// # Errors
    /// If there is no room, with the wait.
    pub fn check(&self, provider: &ProviderName, ask: &Ask<'_>, now: Instant) -> Result<(), Wait> {
        match self.known(provider) {
            Some(meter) => lock(&meter).judge(ask, now),
            None => Ok(()),
        }
    }

    /// Takes a place at a provider for one attempt.
    ///
    /// # Errors
    /// If there is no room, with the wait; then nothing is counted.
    pub fn claim(&self, provider: &ProviderName, ask: &Ask<'_>, now: Instant) -> Result<Claim, Wait> {
        let meter = self.meter(provider, now);
        let mut locked = lock(&meter);
        locked.judge(ask, now)?;
        let entry = locked.enter(ask.tokens, now);
        drop(locked);
        Ok(Claim::new(meter, entry))
    }

    /// Takes a place whether there is room or not: the last resort where nobody else is left to ask.
    pub fn claim_anyway(&self, provider: &ProviderName, ask: &Ask<'_>, now: Instant) -> Claim {
        let meter = self.meter(provider, now);
        let entry = lock(&meter).enter(ask.tokens, now);
        Claim::new(meter, entry)
    }

    /// How many attempts are under way at a provider, and how long it still rests after a refusal.
    pub fn occupancy(&self, provider: &ProviderName, now: Instant) -> (u32, Option<Duration>) {
        self.known(provider).map_or((0, None), |meter| lock(&meter).occupancy(now))
    }

    /// What is worth keeping between runs, by provider in the order of their names: requests of the last day and
    /// pauses under way.
    pub fn snapshot(&self, now: Instant, wall: SystemTime) -> Vec<(ProviderName, RateSnapshot)> {
        let meters: Vec<_> =
            self.lock().iter().map(|(name, meter)| (name.clone(), Arc::clone(meter))).collect();
        let kept = |meter: &Mutex<Meter>| lock(meter).snapshot(now, wall);
        meters.into_iter().filter_map(|(name, meter)| kept(&meter).map(|kept| (name, kept))).collect()
    }

    /// Takes over what an earlier run kept.
    pub fn restore(&self, kept: &[(ProviderName, RateSnapshot)], now: Instant, wall: SystemTime) {
        for (name, snapshot) in kept {
            lock(&self.meter(name, now)).restore(snapshot, now, wall);
        }
    }

    /// Forgets every provider that is not to be kept, as after a reload. Attempts under way end as they would have.
    pub fn forget(&self, keep: impl Fn(&ProviderName) -> bool) {
        self.lock().retain(|name, _| keep(name));
    }

    fn known(&self, provider: &ProviderName) -> Option<Arc<Mutex<Meter>>> {
        self.lock().get(provider).map(Arc::clone)
    }

    fn meter(&self, provider: &ProviderName, now: Instant) -> Arc<Mutex<Meter>> {
        let mut meters = self.lock();
        let meter = meters.entry(provider.clone()).or_insert_with(|| Arc::new(Mutex::new(Meter::new(now))));
        Arc::clone(meter)
    }

    /// A panic under this lock can only come from the allocator; the map is whole.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<ProviderName, Arc<Mutex<Meter>>>> {
        self.meters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts may be off by one attempt after a panic, which the windows forget in time.
fn lock(meter: &Mutex<Meter>) -> MutexGuard<'_, Meter> {
    meter.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
