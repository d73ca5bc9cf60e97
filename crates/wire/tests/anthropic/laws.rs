//! The laws, for whatever comes in.

mod deltas;
mod requests;
mod streams;
