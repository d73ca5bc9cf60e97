//! Remembers: what outlives a process, in one SQLite file and two journals.
//!
//! A map only. What is worth remembering is decided elsewhere; a store that fails never stops anybody.

mod audit;
mod batch;
mod database;
mod disk;
mod error;
mod folder;
pub mod import;
pub mod journal;
mod ledger;
mod lock;
mod memory;
pub mod moment;
mod month;
mod prune;
mod reader;
pub mod replay;
mod request;
mod schema;
mod sqlite;
mod store;
pub mod suggest;
mod write;
mod writer;

pub use audit::{AuditFilter, AuditRow};
pub use error::StoreError;
pub use folder::line_file;
pub use ledger::{Reservation, ReservationId, Spend};
pub use memory::{Condition, StoreHealth};
pub use month::Month;
pub use prune::Limits;
pub use reader::Reader;
pub use request::{Hop, RequestFilter, RequestRow, Shape, Tokens};
pub use store::Store;
pub use write::{Receipt, Write};

#[cfg(test)]
mod fixture;
