//! What is remembered while the process lives, and what of it waits for the disk. Neither threads nor SQLite are known
//! here.
//!
//! Waiting is bounded without losing what counts: of a state only the last value waits, of a reservation only its last
//! standing. Rows are the only thing that can be too many; then the oldest go, and are counted.

use crate::batch::{Batch, State, StateKey};
use crate::error::StoreError;
use crate::ledger::{Entry, Ledger, Standing};
use crate::sqlite::Loaded;
use crate::write::{Change, Receipt};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

/// Rows that may wait.
pub(crate) const RECORDS_LIMIT: usize = 16_384;

/// Receipts that may wait.
pub(crate) const RECEIPTS_LIMIT: usize = 16_384;

/// States that are kept.
pub(crate) const STATES_LIMIT: usize = 4_096;

/// The longest state that is kept, in bytes of JSON.
pub(crate) const STATE_BYTES: usize = 1024 * 1024;

/// How the store is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreHealth {
    /// Whether the last commit worked.
    pub condition: Condition,
    /// Transactions that were committed.
    pub commits: u64,
    /// Transactions that failed; what they held waits for the next.
    pub failed_commits: u64,
    /// Writes that were not taken or whose rows were dropped: too many, too large, or of no open reservation.
    pub dropped: u64,
    /// Writes that wait for the disk.
    pub waiting: usize,
    /// What went wrong last, and when; stays after it went well again.
    pub last_error: Option<(SystemTime, StoreError)>,
    /// Where a damaged database was put, the last one.
    pub moved_aside: Option<PathBuf>,
}

/// Whether the disk takes what it is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// It does.
    #[default]
    Working,
    /// It does not; memory goes on, and all of it is written once it does.
    Failing,
}

/// Everything behind the store's one lock.
#[derive(Default)]
pub(crate) struct Memory {
    states: BTreeMap<StateKey, State>,
    pub ledger: Ledger,
    changed: BTreeSet<StateKey>,
    waiting: Batch,
    receipts: Vec<Receipt>,
    /// What callers may read; `waiting` is filled in when they do.
    pub health: StoreHealth,
}

impl Memory {
    /// Begins with what was remembered.
    pub(crate) fn new(loaded: Loaded) -> Self {
        let Loaded { states, spent, moved_aside } = loaded;
        let health = StoreHealth { moved_aside, ..StoreHealth::default() };
        Self { states, ledger: Ledger::with_spent(spent), health, ..Self::default() }
    }

    /// Takes in a write; what is not taken is counted.
    pub(crate) fn take_in(&mut self, change: Change) -> Result<(), StoreError> {
        let taken = self.sort(change);
        self.health.dropped += u64::from(taken.is_err());
        taken
    }

    fn sort(&mut self, change: Change) -> Result<(), StoreError> {
        match change {
            Change::State(key, state) => return self.state(key, state),
            Change::Reserve(reservation) => {
                let entry = self.ledger.reserve(reservation)?;
                self.entry(entry);
            }
            Change::Settle(id, amount, at) => {
                let entry = self.ledger.settle(id, amount, at)?;
                self.entry(entry);
            }
            Change::Spent(reservation) => {
                let entry = self.ledger.spend(reservation);
                self.entry(entry);
            }
            Change::Record(record) => {
                self.waiting.records.push_back(record);
                self.shed();
            }
        }
        Ok(())
    }

    fn state(&mut self, key: StateKey, state: Option<State>) -> Result<(), StoreError> {
        match state {
            Some(State { text, .. }) if text.len() > STATE_BYTES => {
                return Err(StoreError::TooLarge(text.len()));
            }
            Some(_) if self.states.len() >= STATES_LIMIT && !self.states.contains_key(&key) => {
                return Err(StoreError::Full(STATES_LIMIT));
            }
            Some(state) => {
                self.states.insert(key.clone(), state);
            }
            None => {
                self.states.remove(&key);
            }
        }
        self.changed.insert(key);
        Ok(())
    }

    fn entry(&mut self, entry: Entry) {
        self.waiting.entries.insert(entry.reservation.id, entry);
    }

    fn shed(&mut self) {
        let surplus = self.waiting.records.len().saturating_sub(RECORDS_LIMIT);
        self.waiting.records.drain(..surplus);
        self.health.dropped += surplus as u64;
    }

    /// Keeps a receipt for the next commit, or gives it back where too many wait.
    pub(crate) fn keep(&mut self, receipt: Receipt) -> Result<(), Receipt> {
        if self.receipts.len() >= RECEIPTS_LIMIT {
            return Err(receipt);
        }
        self.receipts.push(receipt);
        Ok(())
    }

    /// Hands out all that waits, and who waits for it.
    pub(crate) fn hand_out(&mut self) -> (Batch, Vec<Receipt>) {
        let mut batch = std::mem::take(&mut self.waiting);
        let changed = std::mem::take(&mut self.changed);
        batch.states = changed.into_iter().map(|key| (key.clone(), self.states.get(&key).cloned())).collect();
        (batch, std::mem::take(&mut self.receipts))
    }

    /// Takes a batch back that could not be written. What changed since is newer and stays.
    pub(crate) fn take_back(&mut self, batch: Batch) {
        let Batch { states, entries, spent, records } = batch;
        self.changed.extend(states.into_keys());
        for (id, entry) in entries {
            self.waiting.entries.entry(id).or_insert(entry);
        }
        self.waiting.spent.extend(spent);
        let newer = std::mem::replace(&mut self.waiting.records, records);
        self.waiting.records.extend(newer);
        self.shed();
    }

    /// Makes all that memory knows wait, for a database that begins anew. What is spent is written as sums: entries
    /// that wait and are in them already must not be written beside them.
    pub(crate) fn write_all_again(&mut self) {
        self.changed.extend(self.states.keys().cloned());
        self.waiting.spent = self.ledger.spent().clone();
        let open = self.ledger.open().cloned();
        let entries =
            open.map(|reservation| (reservation.id, Entry { reservation, standing: Standing::Open }));
        self.waiting.entries = entries.collect();
    }

    /// The last value of a state, as JSON.
    pub(crate) fn state_text(&self, namespace: &str, key: &str) -> Option<Arc<str>> {
        // A borrowed pair is no key of a map of owned pairs; states are few and read at the start.
        let mut of_this = self.states.iter().filter(|((space, name), _)| space == namespace && name == key);
        of_this.next().map(|(_, state)| Arc::clone(&state.text))
    }

    /// The keys of a namespace.
    pub(crate) fn keys(&self, namespace: &str) -> Vec<String> {
        let of_this = self.states.keys().filter(|(space, _)| space == namespace);
        of_this.map(|(_, key)| key.clone()).collect()
    }

    /// How many writes wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len() + self.changed.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Record;
    use crate::fixture::{at, request, reservation};
    use crate::ledger::ReservationId;
    use crate::write::Write;
    use canon::money::Usd;
    use serde_json::json;

    fn state(key: &str, value: u64) -> Change {
        let (namespace, value) = ("health".into(), Some(json!(value)));
        Write::State { namespace, key: key.into(), value, at: at(0) }.into()
    }

    fn value(batch: &Batch, key: &str) -> Option<String> {
        let state = batch.states.get(&("health".to_owned(), key.to_owned()))?;
        state.as_ref().map(|state| state.text.to_string())
    }

    #[test]
    fn the_last_value_of_a_state_wins_also_over_one_that_failed() {
        let mut memory = Memory::default();
        memory.take_in(state("a", 1)).unwrap();
        memory.take_in(state("b", 1)).unwrap();
        let (failed, _) = memory.hand_out();
        memory.take_in(state("a", 2)).unwrap();
        memory.take_back(failed);
        let (batch, _) = memory.hand_out();
        assert_eq!((value(&batch, "a").as_deref(), value(&batch, "b").as_deref()), (Some("2"), Some("1")));
        assert!(memory.hand_out().0.is_empty());
    }

    #[test]
    fn a_settled_entry_is_not_undone_by_a_batch_that_failed() {
        let mut memory = Memory::default();
        memory.take_in(Write::Reserve(reservation(1, "paid", 5)).into()).unwrap();
        let (failed, _) = memory.hand_out();
        memory.take_in(Write::Settle { id: ReservationId(1), amount: Usd::ZERO, at: at(1) }.into()).unwrap();
        memory.take_back(failed);
        let (batch, _) = memory.hand_out();
        assert_eq!(batch.entries[&ReservationId(1)].standing, Standing::Settled);
    }

    #[test]
    fn surplus_rows_go_oldest_first_and_are_counted() {
        let mut memory = Memory::default();
        let limit = RECORDS_LIMIT as u64;
        for number in 0..limit {
            memory.take_in(Write::Request(Box::new(request(number, "a"))).into()).unwrap();
        }
        let (failed, _) = memory.hand_out();
        for number in limit..limit + 10 {
            memory.take_in(Write::Request(Box::new(request(number, "a"))).into()).unwrap();
        }
        memory.take_back(failed);
        let (batch, _) = memory.hand_out();
        let Record::Request(oldest) = &batch.records[0] else { panic!("a request") };
        assert_eq!((batch.records.len(), oldest.id.number()), (RECORDS_LIMIT, 10));
        assert_eq!(memory.health.dropped, 10);
    }

    #[test]
    fn states_are_bounded_in_number_and_size() {
        let mut memory = Memory::default();
        for number in 0..STATES_LIMIT {
            memory.take_in(state(&number.to_string(), 1)).unwrap();
        }
        assert_eq!(memory.take_in(state("one more", 1)), Err(StoreError::Full(STATES_LIMIT)));
        assert_eq!(memory.take_in(state("7", 2)), Ok(()));
        let long = Some(json!("x".repeat(STATE_BYTES)));
        let long = Write::State { namespace: "health".into(), key: "7".into(), value: long, at: at(0) };
        assert_eq!(memory.take_in(long.into()), Err(StoreError::TooLarge(STATE_BYTES + 2)));
        assert_eq!(memory.health.dropped, 2);
        assert_eq!(memory.state_text("health", "7").as_deref(), Some("2"));
    }
}
