//! Money that was spent, and money that is promised to attempts under way, held against the caps.
//!
//! A paid attempt reserves the most it can cost before it leaves and settles what it did cost at its end, so that
//! no number of attempts at once can go over a cap. Prices are `cost`'s business; keeping the sums between runs is
//! the store's, which gets [`Snapshot`]s and [`Settlement`]s.

mod caps;
mod ledger;
mod reservation;
mod snapshot;

pub use self::caps::{Cap, Caps, Exceeded};
pub use self::reservation::{Payer, Reservation, ReservationId, Settlement};
pub use self::snapshot::{OpenReservation, Snapshot};

use self::ledger::Ledger;
use canon::id::{ProfileName, ProviderName};
use canon::moment::Month;
use canon::money::Usd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// All spending of the current month, behind one short lock. Clones share it.
///
/// For every account and every cap it was asked with: settled and open amounts together never exceed the cap, as
/// long as no attempt costs more than it reserved.
#[derive(Clone, Debug, Default)]
pub struct Spend {
    ledger: Arc<Mutex<Ledger>>,
}

impl Spend {
    /// Promises an attempt the most it can cost, or tells which cap forbids it. Checking and promising are one step.
    ///
    /// # Errors
    /// If a cap would be exceeded. The provider's own cap also blocks once it is reached, so that 0 blocks always;
    /// the wider caps let attempts pass that cost nothing.
    pub fn reserve(
        &self,
        payer: Payer,
        bound: Usd,
        caps: Caps,
        wall: SystemTime,
    ) -> Result<Reservation, Exceeded> {
        let mut ledger = self.lock();
        ledger.turn_to(Month::of(wall));
        ledger.judge(&payer, bound, caps)?;
        let (id, month) = (ledger.open(payer.clone(), bound), ledger.month());
        drop(ledger);
        Ok(Reservation::new(self.clone(), OpenReservation { id, month, payer, bound }))
    }

    /// Whether a reservation would be granted now, for a plan that shows it; only [`Spend::reserve`] promises.
    ///
    /// # Errors
    /// As [`Spend::reserve`].
    pub fn check(&self, payer: &Payer, bound: Usd, caps: Caps, wall: SystemTime) -> Result<(), Exceeded> {
        let mut ledger = self.lock();
        ledger.turn_to(Month::of(wall));
        ledger.judge(payer, bound, caps)
    }

    /// What the tightest cap leaves, open reservations counted as spent; none where there is no cap.
    pub fn remaining(&self, payer: &Payer, caps: Caps, wall: SystemTime) -> Option<Usd> {
        let mut ledger = self.lock();
        ledger.turn_to(Month::of(wall));
        ledger.remaining(payer, caps)
    }

    /// What a provider has cost this month, open reservations counted as spent.
    pub fn of_provider(&self, provider: &ProviderName, wall: SystemTime) -> Usd {
        let mut ledger = self.lock();
        ledger.turn_to(Month::of(wall));
        ledger.of_provider(provider)
    }

    /// What a profile has cost this month, open reservations counted as spent.
    pub fn of_profile(&self, profile: &ProfileName, wall: SystemTime) -> Usd {
        let mut ledger = self.lock();
        ledger.turn_to(Month::of(wall));
        ledger.of_profile(profile)
    }

    /// What everything has cost this month, open reservations counted as spent.
    pub fn overall(&self, wall: SystemTime) -> Usd {
        let mut ledger = self.lock();
        ledger.turn_to(Month::of(wall));
        ledger.overall()
    }

    /// All there is to keep between runs.
    pub fn snapshot(&self, wall: SystemTime) -> Snapshot {
        let mut ledger = self.lock();
        ledger.turn_to(Month::of(wall));
        ledger.snapshot()
    }

    /// Takes over what an earlier run kept, in addition to what was spent since. Nobody will settle that run's open
    /// reservations any more, so they count as spent. A snapshot of an earlier month changes nothing; one of a later
    /// month is believed, as the clock is likelier to be wrong than the snapshot.
    pub fn restore(&self, snapshot: &Snapshot, wall: SystemTime) {
        let mut ledger = self.lock();
        ledger.turn_to(Month::of(wall));
        ledger.restore(snapshot);
    }

    /// Forgets what was spent. Attempts under way stay reserved and will be settled.
    pub fn reset(&self) {
        self.lock().forget_settled();
    }

    /// No write panics between two of its steps, so a poisoned lock still guards whole sums.
    fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
