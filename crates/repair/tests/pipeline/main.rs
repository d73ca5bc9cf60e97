//! The pipeline from outside: deltas in, deltas out.

mod calls;
mod fixture;
mod laws;
mod text;
