//! The guided set-up: what servers say of themselves and their models, which model a machine can hold, and the
//! configuration that follows from it. Asking is done in `asking`; everything else is a function of what was found.

pub mod asking;
mod cures;
pub mod facts;
mod models;
pub mod proposal;

pub use cures::Finding;
pub use facts::{Kind, Model, Server};
pub use models::{Suggestion, suggest};

/// The tokens that agents need: their first request takes 16,000 to 36,000.
pub const NEED: u64 = 32_768;
