//! The law of the ledger: whatever happens in whatever order, crashes and broken disks among it, no settled amount is
//! lost and none counts twice.

use super::Store;
use super::tests::{breakable, secured};
use crate::fixture::{Folder, at, reservation};
use crate::ledger::{ReservationId, from_nanos};
use crate::month::Month;
use crate::write::Write;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::Ordering;

#[derive(Clone, Debug)]
enum Step {
    Reserve {
        provider: bool,
        amount: i64,
    },
    Settle {
        which: usize,
        amount: i64,
    },
    Flush,
    Break(bool),
    /// The process is killed: only what is in the files stays.
    Crash,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let amount = 0..2_000_000_000_i64;
    let step = prop_oneof![
        4 => (any::<bool>(), amount.clone()).prop_map(|(provider, amount)| Step::Reserve { provider, amount }),
        4 => (any::<usize>(), amount).prop_map(|(which, amount)| Step::Settle { which, amount }),
        1 => Just(Step::Flush),
        1 => any::<bool>().prop_map(Step::Break),
        1 => Just(Step::Crash),
    ];
    proptest::collection::vec(step, 1..30)
}

/// What must be true, kept the plain way.
#[derive(Clone, Default)]
struct Books {
    spent: BTreeMap<String, i64>,
    open: BTreeMap<u64, (String, i64)>,
}

impl Books {
    fn total(&self) -> BTreeMap<String, i64> {
        let mut total = self.spent.clone();
        for (provider, amount) in self.open.values() {
            *total.entry(provider.clone()).or_default() += amount;
        }
        total.into_iter().collect()
    }

    /// The open ones of a process that is gone are spent.
    fn crashed(&self) -> Self {
        Self { spent: self.total(), open: BTreeMap::new() }
    }
}

fn told(store: &Store) -> BTreeMap<String, i64> {
    let spend = store.spend(Month::of(at(0)));
    let providers = spend.providers.iter();
    let told: BTreeMap<_, _> =
        providers.map(|(name, amount)| (name.to_string(), crate::ledger::nanos(*amount))).collect();
    assert_eq!(crate::ledger::nanos(spend.total), told.values().sum::<i64>());
    told
}

/// The files as they lie there at this moment, in another folder.
fn copy(from: &Folder) -> Folder {
    let to = Folder::new();
    for name in ["state.db", "state.db-wal"] {
        fs::copy(from.path().join(name), to.path().join(name)).unwrap();
    }
    to
}

/// Runs the steps beside the books. While the disk works every write is waited for, so it is on disk.
fn check(steps: Vec<Step>) {
    let mut folder = Folder::new();
    let (mut store, mut broken) = breakable(&folder);
    let (mut now, mut on_disk, mut next) = (Books::default(), Books::default(), 0);
    for step in steps {
        match step {
            Step::Reserve { provider, amount } => {
                let provider = if provider { "a" } else { "b" };
                next += 1;
                now.open.insert(next, (provider.to_owned(), amount));
                let _ = secured(&store, Write::Reserve(reservation(next, provider, amount)));
            }
            Step::Settle { which, amount } => {
                let Some(id) = now.open.keys().copied().nth(which % now.open.len().max(1)) else { continue };
                let (provider, _) = now.open.remove(&id).unwrap();
                *now.spent.entry(provider).or_default() += amount;
                let _ = secured(
                    &store,
                    Write::Settle { id: ReservationId(id), amount: from_nanos(amount), at: at(1) },
                );
            }
            Step::Flush => drop(store.flush()),
            Step::Break(is_broken) => broken.store(is_broken, Ordering::SeqCst),
            Step::Crash => {
                let copy = copy(&folder);
                drop(store);
                folder = copy;
                (store, broken) = breakable(&folder);
                now = on_disk.crashed();
            }
        }
        if !broken.load(Ordering::SeqCst) {
            store.flush().unwrap();
            on_disk = now.clone();
        }
        assert_eq!(told(&store), now.total());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_settled_amount_is_lost_and_none_counts_twice(steps in steps()) {
        check(steps);
    }
}
