//! The law of money over many runs: whatever is promised, settled or lost with a run, the next run counts it, and no
//! cap is exceeded.

use super::*;
use proptest::prelude::*;
use routing::spend::{Caps, Payer, Spend};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

const CAP: u64 = 1_000;

/// What happens next.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// An attempt that can cost so much is to begin.
    Begin(u64),
    /// The oldest attempt ends, and did cost this part of its bound, in percent.
    End(u64),
    /// The process is gone, and another one starts.
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..400_u64).prop_map(Step::Begin),
        3 => (0..=100_u64).prop_map(Step::End),
        1 => Just(Step::Restart),
    ];
    proptest::collection::vec(step, 0..24)
}

/// A folder that is gone after the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("coderouter-money-{}-{number}", std::process::id())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn usd(nanos: u64) -> Usd {
    Usd::from_dollars(nanos as f64 / 1e9)
}

/// One process: its memory, and what it knows of money.
struct Run {
    memory: Memory,
    spend: Spend,
    open: VecDeque<(spend::Reservation, u64)>,
    now: Now,
}

impl Run {
    fn start(folder: &Folder, number: u64) -> Self {
        let store = Arc::new(Store::open(&folder.0).unwrap());
        let now = Now { at: Instant::now(), wall: SystemTime::now() };
        let spend = Spend::default();
        restore(&store, &spend, now);
        // Ids of a run begin anywhere; those of different runs must not meet.
        let memory = Memory { store: Some(store), run: u64::MAX - number * 1_000, ..Memory::default() };
        Self { memory, spend, open: VecDeque::new(), now }
    }

    fn begin(&mut self, bound: u64) -> bool {
        let payer = Payer { provider: "paid".into(), profile: "default".into() };
        let caps = Caps { overall: Some(usd(CAP)), ..Caps::default() };
        let Ok(reservation) = self.spend.reserve(payer, usd(bound), caps, self.now.wall) else {
            return false;
        };
        if let Some(Receipt(receipt)) = self.memory.secure(reservation.held()) {
            receipt.blocking_recv().unwrap().unwrap();
        }
        self.open.push_back((reservation, bound));
        true
    }

    /// What the oldest attempt did cost less than it could.
    fn end(&mut self, percent: u64) -> u64 {
        let Some((reservation, bound)) = self.open.pop_front() else { return 0 };
        let real = bound * percent / 100;
        let charge = reservation.settle(usd(real));
        if bound > 0 {
            self.memory.settled(&charge);
        }
        bound - real
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_cap_holds_over_any_number_of_runs(steps in steps()) {
        let folder = Folder::new();
        let (mut run, mut number, mut counted) = (Run::start(&folder, 0), 0, 0);
        for step in steps {
            match step {
                Step::Begin(bound) => counted += if run.begin(bound) { bound } else { 0 },
                Step::End(percent) => counted -= run.end(percent),
                Step::Restart => {
                    number += 1;
                    // The old one's attempts are never settled, neither here nor on disk.
                    drop(run);
                    run = Run::start(&folder, number);
                }
            }
            prop_assert_eq!(run.spend.overall(run.now.wall), usd(counted));
            prop_assert!(counted <= CAP);
        }
    }
}

#[test]
fn what_can_cost_nothing_waits_for_nothing() {
    let folder = Folder::new();
    let mut run = Run::start(&folder, 0);
    assert!(run.begin(0));
    let (reservation, _) = run.open.front().unwrap();
    assert!(run.memory.secure(reservation.held()).is_none());
    assert!(Memory::off().secure(reservation.held()).is_none());
    assert_eq!(run.memory.health().unwrap().waiting, 0);
}

#[test]
fn months_are_the_same_on_both_sides() {
    for seconds in [0, 951_782_399, 951_782_400, 1_798_761_599, 1_798_761_600] {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(month(canon::moment::Month::of(at), SystemTime::UNIX_EPOCH), Month::of(at));
    }
}
