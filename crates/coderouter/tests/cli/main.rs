//! The program from outside: its commands, what they print, how they end, and what a running server notices.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

#[cfg(unix)]
mod commands;
mod configuration;
mod docs;
mod doctor;
mod import;
mod init;
mod ledger;
mod memory;
mod model;
mod otlp;
mod pages;
mod past;
mod process;
mod reference;
mod repair;
mod rollback;
mod roster;
mod run;
mod serving;
mod terminal;
mod vscode_init;
mod whole;
