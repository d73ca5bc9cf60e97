//! Money in the store: an attempt's reservation is there before it leaves, and what it did cost afterwards.

use super::Memory;
use crate::router::Router;
use canon::moment::Now;
use canon::money::Usd;
use routing::spend::{self, OpenReservation};
use std::time::{Duration, SystemTime};
use store::{Month, Reservation, ReservationId, Store, StoreError, Write};
use tokio::sync::oneshot;

/// How long an attempt waits for its receipt. A commit takes a millisecond; a disk that hangs must hold up nobody.
const PATIENCE: Duration = Duration::from_secs(2);

/// Tells once whether the store has a reservation.
pub struct Receipt(oneshot::Receiver<Result<(), StoreError>>);

impl Receipt {
    /// Waits for it. Where the store fails, the attempt goes on from memory and people are told. Dropping the future
    /// leaves the reservation in the store.
    pub async fn arrived(self, router: &Router) {
        let failure = match tokio::time::timeout(PATIENCE, self.0).await {
            Ok(Ok(Ok(()))) => return,
            Ok(Ok(Err(error))) => error.to_string(),
            Ok(Err(_)) => "the store has ended".to_owned(),
            Err(_) => "the disk does not answer".to_owned(),
        };
        router.memory.failed(router, &failure);
    }
}

impl Memory {
    /// Puts a reservation into the store; the attempt leaves when the receipt has arrived. None where there is nothing
    /// to wait for: the attempt can cost nothing, or there is no store.
    pub fn secure(&self, held: &OpenReservation) -> Option<Receipt> {
        let store = self.store.as_ref().filter(|_| held.bound > Usd::ZERO)?;
        let at = SystemTime::now();
        let reservation = Reservation {
            id: self.id(held.id),
            month: month(held.month, at),
            provider: held.payer.provider.clone(),
            profile: Some(held.payer.profile.clone()),
            amount: held.bound,
            at,
        };
        let (sender, receiver) = oneshot::channel();
        // Whoever asked may be gone when the receipt comes.
        store.secure(Write::Reserve(reservation), Box::new(move |outcome| drop(sender.send(outcome))));
        Some(Receipt(receiver))
    }

    /// Puts down what an attempt did cost whose reservation is in the store.
    pub fn settled(&self, charge: &spend::Settlement) {
        let Some(store) = &self.store else { return };
        let (id, amount, at) = (self.id(charge.id), charge.amount, SystemTime::now());
        store.remember(Write::Settle { id, amount, at });
    }

    /// Reservations are counted within a run, and told apart between runs by where the count began.
    fn id(&self, id: spend::ReservationId) -> ReservationId {
        ReservationId(self.run.wrapping_add(id.0))
    }
}

/// Takes over what this month has cost by now, open reservations of runs that are over included.
pub(super) fn restore(store: &Store, spend: &spend::Spend, now: Now) {
    let sums = store.spend(Month::of(now.wall));
    spend.restore(
        &spend::Snapshot {
            month: now.month(),
            providers: sums.providers.into_iter().collect(),
            profiles: sums.profiles.into_iter().collect(),
            overall: sums.total,
            open: Vec::new(),
        },
        now.wall,
    );
}

/// The month of a reservation, as the store has it.
fn month(month: canon::moment::Month, at: SystemTime) -> Month {
    month.to_string().parse().unwrap_or_else(|_| Month::of(at))
}

#[cfg(test)]
mod tests;
