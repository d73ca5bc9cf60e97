//! The sums themselves, of one month, without the lock.

use super::{Cap, Caps, Exceeded, OpenReservation, Payer, ReservationId, Snapshot};
use canon::id::{ProfileName, ProviderName};
use canon::moment::Month;
use canon::money::Usd;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// One month's accounts, and every open reservation of any month.
///
/// Sums saturate; an account with a cap never gets near that, since what would take it there is refused.
#[derive(Debug)]
pub(super) struct Ledger {
    /// Never goes back: a clock that is set back must not open a budget anew.
    month: Month,
    providers: BTreeMap<ProviderName, Account>,
    profiles: BTreeMap<ProfileName, Account>,
    overall: Account,
    open: BTreeMap<ReservationId, OpenReservation>,
    next: u64,
}

/// What was charged to somebody in the month, and what is promised.
#[derive(Clone, Copy, Debug, Default)]
struct Account {
    settled: Usd,
    open: Usd,
}

impl Account {
    fn held(self) -> Usd {
        self.settled + self.open
    }
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            month: Month::of(SystemTime::UNIX_EPOCH),
            providers: BTreeMap::new(),
            profiles: BTreeMap::new(),
            overall: Account::default(),
            open: BTreeMap::new(),
            next: 0,
        }
    }
}

impl Ledger {
    pub(super) fn month(&self) -> Month {
        self.month
    }

    /// Begins a month. Reservations of the month before stay open and will be charged there.
    pub(super) fn turn_to(&mut self, month: Month) {
        if month > self.month {
            let (open, next) = (std::mem::take(&mut self.open), self.next);
            *self = Self { month, open, next, ..Self::default() };
        }
    }

    pub(super) fn of_provider(&self, provider: &ProviderName) -> Usd {
        self.providers.get(provider).copied().unwrap_or_default().held()
    }

    pub(super) fn of_profile(&self, profile: &ProfileName) -> Usd {
        self.profiles.get(profile).copied().unwrap_or_default().held()
    }

    pub(super) fn overall(&self) -> Usd {
        self.overall.held()
    }

    /// Each cap that is set, with what is held against it.
    fn held(&self, payer: &Payer, caps: Caps) -> impl Iterator<Item = (Cap, Usd, Usd)> {
        [
            (Cap::Provider, caps.provider, self.of_provider(&payer.provider)),
            (Cap::Profile, caps.profile, self.of_profile(&payer.profile)),
            (Cap::Overall, caps.overall, self.overall()),
        ]
        .into_iter()
        .filter_map(|(cap, limit, held)| limit.map(|limit| (cap, limit, held)))
    }

    pub(super) fn judge(&self, payer: &Payer, bound: Usd, caps: Caps) -> Result<(), Exceeded> {
        let forbids = |(cap, limit, held): &(Cap, Usd, Usd)| {
            // A free provider goes on answering when the money for others is gone.
            let matters = *cap == Cap::Provider || bound > Usd::ZERO;
            matters && (*held >= *limit || *held + bound > *limit)
        };
        match self.held(payer, caps).find(forbids) {
            Some((cap, limit, spent)) => Err(Exceeded { cap, limit, spent }),
            None => Ok(()),
        }
    }

    pub(super) fn remaining(&self, payer: &Payer, caps: Caps) -> Option<Usd> {
        self.held(payer, caps).map(|(_, limit, held)| limit - held).min()
    }

    pub(super) fn open(&mut self, payer: Payer, bound: Usd) -> ReservationId {
        let id = ReservationId(self.next);
        self.next += 1;
        self.each_account(&payer, |account| account.open += bound);
        self.open.insert(id, OpenReservation { id, month: self.month, payer, bound });
        id
    }

    /// Ends a reservation. The sums of a month that is over are kept no longer, so its charges change none.
    pub(super) fn close(&mut self, id: ReservationId, amount: Usd) {
        let Some(OpenReservation { month, payer, bound, .. }) = self.open.remove(&id) else { return };
        if month == self.month {
            self.each_account(&payer, |account| {
                account.open = account.open - bound;
                account.settled += amount;
            });
        }
    }

    fn each_account(&mut self, payer: &Payer, change: impl Fn(&mut Account)) {
        change(self.providers.entry(payer.provider.clone()).or_default());
        change(self.profiles.entry(payer.profile.clone()).or_default());
        change(&mut self.overall);
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let settled = |account: &Account| account.settled;
        Snapshot {
            month: self.month,
            providers: self.providers.iter().map(|(name, sum)| (name.clone(), settled(sum))).collect(),
            profiles: self.profiles.iter().map(|(name, sum)| (name.clone(), settled(sum))).collect(),
            overall: self.overall.settled,
            open: self.open.values().cloned().collect(),
        }
    }

    pub(super) fn restore(&mut self, snapshot: &Snapshot) {
        self.turn_to(snapshot.month);
        // Ids of this run must not meet those that a store still has from the last one.
        let highest = snapshot.open.iter().map(|open| open.id.0.saturating_add(1)).max();
        self.next = self.next.max(highest.unwrap_or(0));
        if snapshot.month == self.month {
            for (name, amount) in &snapshot.providers {
                self.providers.entry(name.clone()).or_default().settled += *amount;
            }
            for (name, amount) in &snapshot.profiles {
                self.profiles.entry(name.clone()).or_default().settled += *amount;
            }
            self.overall.settled += snapshot.overall;
        }
        let month = self.month;
        for open in snapshot.open.iter().filter(|open| open.month == month) {
            self.each_account(&open.payer, |account| account.settled += open.bound);
        }
    }

    pub(super) fn forget_settled(&mut self) {
        let accounts = self.providers.values_mut().chain(self.profiles.values_mut());
        accounts.chain([&mut self.overall]).for_each(|account| account.settled = Usd::ZERO);
    }
}
