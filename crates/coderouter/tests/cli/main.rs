//! The program from outside: its commands, what they print, how they end, and what a running server notices.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

mod commands;
mod memory;
mod otlp;
mod past;
mod process;
mod reference;
mod repair;
#[cfg(unix)]
mod run;
mod serving;
mod terminal;
mod whole;
