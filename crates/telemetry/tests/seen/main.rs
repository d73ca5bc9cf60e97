//! What is folded from facts and how it is shown: whole pages against files, the tables by name, and the laws.

#![expect(clippy::panic, reason = "a panic is how a test fails, in what tests share too")]

mod attempts;
mod golden;
mod kept;
mod laws;
mod requests;
mod ring;
mod secrets;
mod story;
mod table;
