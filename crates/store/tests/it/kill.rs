//! A process that is killed in the middle of its writes: all it has receipts for is there.

use crate::child::{Folder, numbers, start};
use canon::money::Usd;
use std::io::{Write as _, stdout};
use std::path::Path;
use std::sync::mpsc;
use std::time::SystemTime;
use store::{Month, Reservation, ReservationId, Store, Write};

fn reservation(id: u64) -> Reservation {
    let now = SystemTime::now();
    let (provider, profile) = ("paid".into(), Some("coding".into()));
    Reservation {
        id: ReservationId(id),
        month: Month::of(now),
        provider,
        profile,
        amount: cents(id),
        at: now,
    }
}

fn cents(id: u64) -> Usd {
    Usd::from_dollars(0.01 * (id % 7) as f64)
}

/// Reserves without end, many at once, settles every second one, and tells each id whose last receipt has fired.
pub(crate) fn secure_for_ever(folder: &Path) {
    let store = Store::open(folder).unwrap();
    let (sender, receiver) = mpsc::channel();
    for id in 1_u64.. {
        let told = sender.clone();
        let receipt = move |outcome: Result<(), _>| {
            outcome.unwrap();
            // The reader may be gone before this process is.
            let _ = told.send(id);
        };
        if id % 2 == 0 {
            store.remember(Write::Reserve(reservation(id)));
            let (amount, at) = (Usd::from_dollars(0.001), SystemTime::now());
            store.secure(Write::Settle { id: ReservationId(id), amount, at }, Box::new(receipt));
        } else {
            store.secure(Write::Reserve(reservation(id)), Box::new(receipt));
        }
        if id % 50 == 0 {
            (0..50).for_each(|_| writeln!(stdout(), "told {}", receiver.recv().unwrap()).unwrap());
        }
    }
}

#[test]
fn what_has_a_receipt_outlives_a_kill() {
    let folder = Folder::new();
    let mut spent_before = Usd::ZERO;
    for round in 1..=3_usize {
        let mut child = start("secure", &folder);
        let told: Vec<u64> = numbers(&mut child).take(333 * round).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(told.len(), 333 * round, "the child ended by itself");
        let month = Month::of(SystemTime::now());
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(store.health().moved_aside, None);
        let spend = store.spend(month);
        assert_eq!(spend.open, Usd::ZERO);
        // Ids of a later round are those of the one before: each is one entry, whichever process wrote it last.
        let counts = |id: &u64| if id % 2 == 0 { Usd::from_dollars(0.001) } else { cents(*id) };
        let secured: Usd = told.iter().map(counts).sum();
        assert!(spend.total >= secured, "round {round}: {} of {secured}", spend.total);
        assert!(spend.total >= spent_before, "round {round}: {} after {spent_before}", spend.total);
        assert_eq!(spend.providers["paid"], spend.total);
        spent_before = spend.total;
        drop(store);
    }
}
