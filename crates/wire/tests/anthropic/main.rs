//! Anthropic Messages from outside: golden tables and laws.

#[path = "../openai/golden.rs"]
mod golden;

mod grammar;
mod laws;
mod replies;
mod requests;
mod streams;
