//! Chat Completions from outside: golden tables and laws.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

mod crossings;
mod golden;
mod grammar;
mod laws;
mod refused;
mod replies;
mod requests;
mod shaped;
mod streams;
