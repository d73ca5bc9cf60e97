//! What is folded from facts and how it is shown: whole pages against files, the tables by name, and the laws.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

mod attempts;
mod examples;
mod golden;
mod kept;
mod laws;
mod requests;
mod ring;
mod secrets;
mod story;
mod table;
