//! What can be written, the receipt for it, and how memory takes it. How it gets to the disk is not known here.

use crate::audit::AuditRow;
use crate::batch::{Record, State, StateKey};
use crate::error::StoreError;
use crate::ledger::{Reservation, ReservationId};
use crate::moment::micros;
use crate::request::RequestRow;
use canon::money::Usd;
use serde_json::Value;
use std::time::SystemTime;

/// Hears once whether a write is on the disk. It is called on the writer's thread, or on the caller's own where the
/// answer is known at once; it must not wait, and not flush the store.
pub type Receipt = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// One thing to remember.
#[derive(Clone, Debug)]
pub enum Write {
    /// The state of something, by name; the last one wins.
    State {
        /// Whose state, as `health`.
        namespace: String,
        /// Which of its states.
        key: String,
        /// The state; none forgets it.
        value: Option<Value>,
        /// Since when it is so.
        at: SystemTime,
    },
    /// Money is set aside for an attempt.
    Reserve(Reservation),
    /// An attempt is over, and this is what it cost.
    Settle {
        /// The reservation.
        id: ReservationId,
        /// The real amount; may be more than was reserved.
        amount: Usd,
        /// When.
        at: SystemTime,
    },
    /// Money was spent without a reservation. Told again under the same id within a day, it replaces itself on disk.
    Spent(Reservation),
    /// A client's request is over.
    Request(Box<RequestRow>),
    /// A fact for the audit.
    Audit(AuditRow),
}

/// A write as memory takes it. Made before memory is locked, as turning a large state into text takes its time.
pub(crate) enum Change {
    State(StateKey, Option<State>),
    Reserve(Reservation),
    Settle(ReservationId, Usd, SystemTime),
    Spent(Reservation),
    Record(Record),
}

impl From<Write> for Change {
    fn from(write: Write) -> Self {
        match write {
            Write::State { namespace, key, value, at } => {
                let state = value.map(|value| State { text: value.to_string().into(), at: micros(at) });
                Self::State((namespace, key), state)
            }
            Write::Reserve(reservation) => Self::Reserve(reservation),
            Write::Settle { id, amount, at } => Self::Settle(id, amount, at),
            Write::Spent(reservation) => Self::Spent(reservation),
            Write::Request(row) => Self::Record(Record::Request(row)),
            Write::Audit(row) => Self::Record(Record::Audit(row)),
        }
    }
}
