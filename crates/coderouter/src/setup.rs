//! The guided set-up: what servers say of themselves and their models, which model a machine can hold, and the
//! configuration that follows from it. Asking is done in `asking`; everything else is a function of what was found.

pub mod asking;
mod cures;
pub mod facts;
mod models;
pub mod proposal;

pub use cures::Finding;
pub use facts::{Model, Server};
pub use models::{Suggestion, suggest};

/// The tokens that agents need.
pub const NEED: u64 = crate::servers::AGENT_CONTEXT as u64;
