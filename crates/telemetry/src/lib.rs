//! Tells: turns facts into the lines of a log, without secrets.
//!
//! A map only. Facts are made elsewhere and written elsewhere; here is only what they say.

mod fact;
pub mod line;
mod moment;
pub mod redact;
