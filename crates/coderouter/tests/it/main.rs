//! The router from the outside: real sockets, the real server, scripted backends. Everything here speaks to it as
//! clients do and knows no internals but how to start it.

#![expect(clippy::panic, reason = "a panic is how a test fails, in what tests share too")]

mod ask;
mod auto_router;
mod bodies;
mod broken_http;
mod cache;
#[cfg(feature = "otel")]
mod collector;
mod corpus;
mod counting;
mod crossings;
mod door;
mod explained;
mod fallback;
mod heard;
mod hedge;
mod hostile;
mod house;
mod keeping;
mod last_words;
mod leaving;
mod limits;
mod line;
mod midstream;
mod mistakes;
mod money;
#[cfg(feature = "otel")]
mod otlp;
mod quirks;
mod recovery;
mod repair;
mod resume;
mod routes;
mod secrets;
mod slots;
mod together;
mod trace;
mod verbatim;
mod volume;
mod watching;
