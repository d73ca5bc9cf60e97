//! Chat Completions from outside: golden tables and laws.

mod golden;
mod grammar;
mod laws;
mod replies;
mod requests;
mod streams;
