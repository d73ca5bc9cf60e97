//! The budget ledger as memory holds it: what is reserved and what is spent. Caps are not known here, nor is the disk.
//!
//! Every amount stands under the id of its reservation until it is folded into its month, so writing an entry twice
//! changes nothing: that is why no failure can count one twice.

use crate::error::StoreError;
use crate::month::Month;
use canon::id::{ProfileName, ProviderName};
use canon::money::Usd;
use std::collections::{BTreeMap, HashMap};
use std::time::SystemTime;

/// The most reservations that may be open at once.
pub(crate) const OPEN_LIMIT: usize = 65_536;

/// The id of one reservation, unique for good: the caller draws it at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReservationId(pub u64);

/// Money set aside for one paid attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Its id.
    pub id: ReservationId,
    /// The month it counts in, also when it is settled in the next one.
    pub month: Month,
    /// Who will be paid.
    pub provider: ProviderName,
    /// The chain it is spent for; none for money that no chain spent.
    pub profile: Option<ProfileName>,
    /// The most that the attempt can cost.
    pub amount: Usd,
    /// When it was made.
    pub at: SystemTime,
}

/// What is known of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The attempt is under way: the amount is the most it can cost.
    Open,
    /// The amount is what it cost.
    Settled,
}

/// One amount of the ledger, as it is written down.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub reservation: Reservation,
    pub standing: Standing,
}

/// What a month has cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spend {
    /// By provider, open reservations included.
    pub providers: BTreeMap<ProviderName, Usd>,
    /// By profile, open reservations included.
    pub profiles: BTreeMap<ProfileName, Usd>,
    /// All of it, open reservations included.
    pub total: Usd,
    /// The part of the total that is still open.
    pub open: Usd,
}

impl Spend {
    pub(crate) fn add(&mut self, provider: &ProviderName, profile: Option<&ProfileName>, amount: Usd) {
        *self.providers.entry(provider.clone()).or_default() += amount;
        if let Some(profile) = profile {
            *self.profiles.entry(profile.clone()).or_default() += amount;
        }
        self.total += amount;
    }
}

/// What money is spent in, by and for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Account {
    pub month: Month,
    pub provider: ProviderName,
    pub profile: Option<ProfileName>,
}

/// All that is reserved or spent.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    open: HashMap<ReservationId, Reservation>,
    spent: BTreeMap<Account, Usd>,
}

impl Ledger {
    /// A ledger in which so much is spent already.
    pub(crate) fn with_spent(spent: BTreeMap<Account, Usd>) -> Self {
        Self { open: HashMap::new(), spent }
    }

    /// Sets money aside.
    pub(crate) fn reserve(&mut self, reservation: Reservation) -> Result<Entry, StoreError> {
        if self.open.contains_key(&reservation.id) {
            return Err(StoreError::AlreadyOpen);
        }
        if self.open.len() >= OPEN_LIMIT {
            return Err(StoreError::Full(OPEN_LIMIT));
        }
        self.open.insert(reservation.id, reservation.clone());
        Ok(Entry { reservation, standing: Standing::Open })
    }

    /// Replaces what was set aside by what it cost.
    pub(crate) fn settle(
        &mut self,
        id: ReservationId,
        amount: Usd,
        at: SystemTime,
    ) -> Result<Entry, StoreError> {
        let open = self.open.remove(&id).ok_or(StoreError::NotOpen)?;
        Ok(self.spend(Reservation { amount, at, ..open }))
    }

    /// Takes in money that was spent without a reservation.
    pub(crate) fn spend(&mut self, reservation: Reservation) -> Entry {
        let Reservation { month, provider, profile, amount, .. } = &reservation;
        let account = Account { month: *month, provider: provider.clone(), profile: profile.clone() };
        *self.spent.entry(account).or_default() += *amount;
        Entry { reservation, standing: Standing::Settled }
    }

    /// What a month has cost so far.
    pub(crate) fn spend_of(&self, month: Month) -> Spend {
        let mut spend = Spend::default();
        for (account, amount) in self.spent.iter().filter(|(account, _)| account.month == month) {
            spend.add(&account.provider, account.profile.as_ref(), *amount);
        }
        for open in self.open.values().filter(|open| open.month == month) {
            spend.add(&open.provider, open.profile.as_ref(), open.amount);
            spend.open += open.amount;
        }
        spend
    }

    /// Reservations that are open.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Reservation> {
        self.open.values()
    }

    /// What is spent, by account.
    pub(crate) fn spent(&self) -> &BTreeMap<Account, Usd> {
        &self.spent
    }
}

/// The largest amount that is written, a million dollars: up to it nothing is rounded, and sums of thousands of them
/// still fit.
const AMOUNT_LIMIT: i64 = 1_000_000_000_000_000;

/// An amount in billionths of a dollar, as the database counts.
pub(crate) fn nanos(amount: Usd) -> i64 {
    ((amount.dollars() * 1e9).round() as i64).min(AMOUNT_LIMIT)
}

/// An amount given in billionths of a dollar.
pub(crate) fn from_nanos(nanos: i64) -> Usd {
    Usd::from_dollars(nanos as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{at, reservation};

    #[test]
    fn open_reservations_count_until_they_are_settled() {
        let mut ledger = Ledger::default();
        let month = Month::of(at(0));
        ledger.reserve(reservation(1, "paid", 5)).unwrap();
        ledger.reserve(reservation(2, "other", 7)).unwrap();
        assert_eq!(
            (ledger.spend_of(month).total, ledger.spend_of(month).open),
            (from_nanos(12), from_nanos(12))
        );
        ledger.settle(ReservationId(1), from_nanos(2), at(1)).unwrap();
        let spend = ledger.spend_of(month);
        assert_eq!((spend.total, spend.open), (from_nanos(9), from_nanos(7)));
        assert_eq!(spend.providers["paid"], from_nanos(2));
        assert_eq!(spend.profiles["coding"], from_nanos(9));
    }

    #[test]
    fn an_id_is_reserved_once_and_settled_once() {
        let mut ledger = Ledger::default();
        ledger.reserve(reservation(1, "paid", 5)).unwrap();
        assert_eq!(ledger.reserve(reservation(1, "paid", 5)).unwrap_err(), StoreError::AlreadyOpen);
        ledger.settle(ReservationId(1), from_nanos(2), at(1)).unwrap();
        assert_eq!(ledger.settle(ReservationId(1), from_nanos(2), at(1)).unwrap_err(), StoreError::NotOpen);
        assert_eq!(ledger.spend_of(Month::of(at(0))).total, from_nanos(2));
    }

    #[test]
    fn a_reservation_counts_in_its_own_month() {
        let mut ledger = Ledger::default();
        let later = at(40 * 86_400);
        ledger.reserve(reservation(1, "paid", 5)).unwrap();
        ledger.settle(ReservationId(1), from_nanos(4), later).unwrap();
        assert_eq!(ledger.spend_of(Month::of(later)), Spend::default());
        assert_eq!(ledger.spend_of(Month::of(at(0))).total, from_nanos(4));
    }

    #[test]
    fn nanos_stay_exact() {
        for amount in [0, 1, 999_999_999, 123_456_789_012_345, AMOUNT_LIMIT - 1, AMOUNT_LIMIT] {
            assert_eq!(nanos(from_nanos(amount)), amount);
        }
        assert_eq!(nanos(Usd::from_dollars(f64::MAX)), AMOUNT_LIMIT);
    }
}
