//! A process that is killed in the middle of its writes: all it has receipts for is there.

use crate::child::{Folder, numbers, start};
use canon::money::Usd;
use std::path::Path;
use std::process;
use std::sync::mpsc;
use std::time::SystemTime;
use store::{Month, Reservation, ReservationId, Store, Write};

/// What an even number is settled with.
const SETTLED: f64 = 0.001;

/// Numbers count from 1 in each process, and ids must be unique.
fn reservation(number: u64) -> Reservation {
    let (now, provider, profile) = (SystemTime::now(), "paid".into(), Some("coding".into()));
    let (id, amount) = (id(number), reserved(number));
    Reservation { id, month: Month::of(now), provider, profile, amount, at: now }
}

fn id(number: u64) -> ReservationId {
    ReservationId(u64::from(process::id()) << 32 | number)
}

fn reserved(number: u64) -> Usd {
    Usd::from_dollars(0.01 * (number % 7) as f64)
}

/// Reserves without end, many at once, settles every second one, and tells each number whose last receipt has fired.
pub(crate) fn secure_for_ever(folder: &Path) {
    let store = Store::open(folder).unwrap();
    let (sender, receiver) = mpsc::channel();
    for number in 1_u64.. {
        let told = sender.clone();
        let receipt = move |outcome: Result<(), _>| {
            outcome.unwrap();
            told.send(number).unwrap();
        };
        if number.is_multiple_of(2) {
            store.remember(Write::Reserve(reservation(number)));
            let (amount, at) = (Usd::from_dollars(SETTLED), SystemTime::now());
            store.secure(Write::Settle { id: id(number), amount, at }, Box::new(receipt));
        } else {
            store.secure(Write::Reserve(reservation(number)), Box::new(receipt));
        }
        if number.is_multiple_of(50) {
            (0..50).for_each(|_| println!("told {}", receiver.recv().unwrap()));
        }
    }
}

#[test]
fn what_has_a_receipt_outlives_a_kill() {
    let folder = Folder::new();
    let mut secured = Usd::ZERO;
    for round in 1..=3_usize {
        let mut child = start("secure", &folder);
        let told: Vec<u64> = numbers(&mut child).take(333 * round).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(told.len(), 333 * round, "the child ended by itself");
        let of = |number: &u64| {
            if number.is_multiple_of(2) { Usd::from_dollars(SETTLED) } else { reserved(*number) }
        };
        secured += told.iter().map(of).sum();
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(store.health().moved_aside, None);
        let spend = store.spend(Month::of(SystemTime::now()));
        assert_eq!((spend.open, spend.providers["paid"]), (Usd::ZERO, spend.total));
        assert_eq!(store.reader().unwrap().spend(Month::of(SystemTime::now())).unwrap(), spend);
        assert!(spend.total >= secured, "round {round}: {} of {secured}", spend.total);
    }
}
