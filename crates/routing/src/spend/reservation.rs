//! A promise of money to one attempt, from its start to its settlement.

use super::{OpenReservation, Spend};
use canon::id::{ProfileName, ProviderName};
use canon::moment::Month;
use canon::money::Usd;

/// Whose accounts an attempt is charged to, beside the overall one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Payer {
    /// The provider that is asked.
    pub provider: ProviderName,
    /// The profile it is asked under.
    pub profile: ProfileName,
}

/// Tells the reservations of one run apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReservationId(pub u64);

/// Money that is promised to an attempt and counts as spent until it is settled or released.
///
/// Dropped without either, it is settled at its bound: an attempt that vanished may have cost all of it.
#[derive(Debug)]
#[must_use = "a dropped reservation is settled at its bound"]
pub struct Reservation {
    spend: Spend,
    held: OpenReservation,
    settled: bool,
}

/// How a reservation ended, for whoever keeps a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The reservation that is open no more.
    pub id: ReservationId,
    /// The month it was made in, and which the amount belongs to.
    pub month: Month,
    /// The accounts that were charged.
    pub payer: Payer,
    /// What was charged; nothing if it was released.
    pub amount: Usd,
}

impl Reservation {
    pub(super) fn new(spend: Spend, held: OpenReservation) -> Self {
        Self { spend, held, settled: false }
    }

    /// What is promised, as a store keeps it until the settlement.
    pub fn held(&self) -> &OpenReservation {
        &self.held
    }

    /// Charges what the attempt really cost, in the month the reservation was made in. More than the bound is charged
    /// too: it was spent.
    pub fn settle(mut self, real: Usd) -> Settlement {
        self.close(real);
        let OpenReservation { id, month, payer, .. } = self.held.clone();
        Settlement { id, month, payer, amount: real }
    }

    /// Gives the money back: the attempt never reached the provider, or its answer cost nothing.
    pub fn release(self) -> Settlement {
        self.settle(Usd::ZERO)
    }

    fn close(&mut self, amount: Usd) {
        self.settled = true;
        self.spend.lock().close(self.held.id, amount);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if !self.settled {
            self.close(self.held.bound);
        }
    }
}
