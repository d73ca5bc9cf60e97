//! The thread that owns the disk: what waits goes there together, at once where somebody wants a receipt, a little
//! later where nobody does, and again later where it failed.

use crate::batch::Batch;
use crate::disk::Disk;
use crate::error::StoreError;
use crate::memory::{Condition, Memory, RECEIPTS_LIMIT};
use crate::write::{Change, Receipt};
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// How long a write that nobody waits for may gather others; with the commit it is on disk within 250 ms.
const GATHER: Duration = Duration::from_millis(150);

/// Between a failed commit and the next try, at first and at most.
const FIRST_RETRY: Duration = Duration::from_millis(250);
const LAST_RETRY: Duration = Duration::from_secs(5);

/// Rows written between two looks at what is too old or too much; a look deletes more than that.
const PRUNED_AFTER: usize = 1_024;

/// What callers and the writer share.
#[derive(Default)]
pub(crate) struct Shared {
    desk: Mutex<Desk>,
    wake: Condvar,
}

/// Memory, and what the writer is asked to do with it.
#[derive(Default)]
pub(crate) struct Desk {
    pub memory: Memory,
    /// When what waits has to be written; none while nothing does.
    due: Option<Instant>,
    /// While the disk fails: not before, unless somebody asks for it.
    not_before: Option<Instant>,
    /// Somebody asks for it.
    asked: bool,
    stopping: bool,
}

impl Shared {
    pub(crate) fn new(memory: Memory) -> Self {
        Self { desk: Mutex::new(Desk { memory, ..Desk::default() }), wake: Condvar::new() }
    }

    /// A thread that panicked while it held the desk left a memory that is whole: each write is taken in by itself.
    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in a write that nobody waits for.
    pub(crate) fn remember(&self, change: Change) {
        let mut desk = self.desk();
        // What is not taken is counted; there is nobody to tell.
        let _ = desk.memory.take_in(change);
        if desk.due.is_none() {
            desk.due = Some(Instant::now() + GATHER);
            self.wake.notify_one();
        }
    }

    /// Takes in a write and the receipt for it.
    pub(crate) fn secure(&self, change: Change, receipt: Receipt) {
        let mut desk = self.desk();
        let refused = match desk.memory.take_in(change) {
            Err(error) => Some((receipt, error)),
            // It is kept and will be written, but whoever waits for it should not wait for a disk that fails.
            Ok(()) if desk.memory.health.condition == Condition::Failing => Some((receipt, desk.failing())),
            Ok(()) => desk.await_commit(receipt),
        };
        self.wake.notify_one();
        drop(desk);
        if let Some((receipt, error)) = refused {
            receipt(Err(error));
        }
    }

    /// Asks for a commit at once, also from a disk that fails.
    pub(crate) fn flush(&self, receipt: Receipt) {
        let mut desk = self.desk();
        desk.asked = true;
        let refused = desk.await_commit(receipt);
        self.wake.notify_one();
        drop(desk);
        if let Some((receipt, error)) = refused {
            receipt(Err(error));
        }
    }

    /// Asks the writer to write what is left and end.
    pub(crate) fn stop(&self) {
        self.desk().stopping = true;
        self.wake.notify_one();
    }

    /// The writer's whole life.
    pub(crate) fn write(&self, mut disk: impl Disk) {
        let (mut retry, mut rows) = (FIRST_RETRY, PRUNED_AFTER);
        loop {
            let Job { batch, receipts, last } = self.next();
            rows += batch.records.len() + batch.entries.len();
            let outcome = save(&mut disk, &batch);
            let aside = matches!(outcome, Err(StoreError::Corrupt(_))).then(|| disk.renew().ok()).flatten();
            self.conclude(batch, &outcome, aside, retry);
            tell(receipts, &outcome);
            retry = if outcome.is_ok() { FIRST_RETRY } else { (retry * 2).min(LAST_RETRY) };
            if last {
                return;
            }
            while outcome.is_ok() && rows >= PRUNED_AFTER {
                // Too much on the disk is no failure, and the next rows try again.
                let _ = disk.prune();
                rows -= PRUNED_AFTER;
            }
        }
    }

    /// Waits until there is something to do.
    fn next(&self) -> Job {
        let mut desk = self.desk();
        loop {
            let now = Instant::now();
            let at = desk.due.map(|due| desk.not_before.map_or(due, |earliest| due.max(earliest)));
            if desk.stopping || desk.asked || at.is_some_and(|at| at <= now) {
                let (batch, receipts) = desk.memory.hand_out();
                (desk.due, desk.asked) = (None, false);
                return Job { batch, receipts, last: desk.stopping };
            }
            desk = match at {
                Some(at) => {
                    let waited = self.wake.wait_timeout(desk, at - now);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.wake.wait(desk).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Writes down how it went. What could not be written waits again; where a damaged database was put aside, all
    /// that memory knows goes into the fresh one.
    fn conclude(
        &self,
        batch: Batch,
        outcome: &Result<(), StoreError>,
        aside: Option<PathBuf>,
        retry: Duration,
    ) {
        let mut desk = self.desk();
        let Err(error) = outcome else {
            desk.memory.health.condition = Condition::Working;
            desk.memory.health.commits += u64::from(!batch.is_empty());
            desk.not_before = None;
            return;
        };
        desk.memory.health.condition = Condition::Failing;
        desk.memory.health.failed_commits += 1;
        desk.memory.health.last_error = Some((SystemTime::now(), error.clone()));
        desk.memory.take_back(batch);
        // The next try needs no write that wakes it.
        desk.due.get_or_insert_with(Instant::now);
        desk.not_before = Some(Instant::now() + retry);
        if aside.is_some() {
            desk.memory.health.moved_aside = aside;
            desk.memory.write_all_again();
            desk.not_before = None;
        }
    }
}

/// What the writer does next.
struct Job {
    batch: Batch,
    receipts: Vec<Receipt>,
    last: bool,
}

impl Desk {
    fn await_commit(&mut self, receipt: Receipt) -> Option<(Receipt, StoreError)> {
        self.due = Some(Instant::now());
        let full = StoreError::Full(RECEIPTS_LIMIT);
        self.memory.keep(receipt).err().map(|receipt| (receipt, full))
    }

    fn failing(&self) -> StoreError {
        let last = self.memory.health.last_error.as_ref();
        StoreError::Failing(last.map(|(_, error)| error.to_string()).unwrap_or_default())
    }
}

fn save(disk: &mut impl Disk, batch: &Batch) -> Result<(), StoreError> {
    if batch.is_empty() { Ok(()) } else { disk.save(batch) }
}

/// Tells everybody who waited. One who panics must not end the writer.
fn tell(receipts: Vec<Receipt>, outcome: &Result<(), StoreError>) {
    for receipt in receipts {
        let outcome = outcome.clone();
        let _ = panic::catch_unwind(AssertUnwindSafe(move || receipt(outcome)));
    }
}
