//! Anthropic Messages from outside: golden tables and laws.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

#[path = "../openai/golden.rs"]
mod golden;

mod grammar;
mod laws;
mod refused;
mod replies;
mod requests;
mod streams;
