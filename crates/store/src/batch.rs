//! What goes to the disk in one transaction. A batch can be written again without harm once it was rolled back.

use crate::audit::AuditRow;
use crate::ledger::{Account, Entry, ReservationId};
use crate::request::RequestRow;
use canon::money::Usd;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The name of a state: namespace and key.
pub(crate) type StateKey = (String, String);

/// A state as it is written.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// JSON.
    pub text: Arc<str>,
    /// Microseconds since 1970.
    pub at: i64,
}

/// A row that is added and never changed.
#[derive(Clone, Debug)]
pub(crate) enum Record {
    Request(Box<RequestRow>),
    Audit(AuditRow),
}

/// Everything that waits at one moment.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// States that changed; none where one is forgotten.
    pub states: BTreeMap<StateKey, Option<State>>,
    /// Entries of the ledger that are new or changed.
    pub entries: BTreeMap<ReservationId, Entry>,
    /// What is spent in all, for a database that begins anew; empty otherwise.
    pub spent: BTreeMap<Account, Usd>,
    /// New rows, oldest first.
    pub records: VecDeque<Record>,
}

impl Batch {
    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many things there are to write.
    pub(crate) fn len(&self) -> usize {
        self.states.len() + self.entries.len() + self.spent.len() + self.records.len()
    }
}
