//! The backend as a client sees it, byte by byte. Everything here speaks to it over a socket and knows no
//! internals.

mod agent;
mod bench;
mod breaks;
mod client;
mod dialects;
mod framing;
mod quirks;
mod requests;
mod scenarios;
