//! Tells: turns facts into the lines of a log and into what is counted and shown, without secrets.
//!
//! A map only. Facts are made elsewhere and written elsewhere; here is only what they say.

pub mod attribute;
mod fact;
pub mod line;
mod moment;
pub mod redact;
pub mod seen;
pub mod shown;
pub mod standing;
pub mod traces;
mod under_way;
