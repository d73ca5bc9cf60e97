//! The corpus under `golden/repair`: every family of formats, clean and damaged, and texts that are no calls.

#![expect(clippy::panic, reason = "a panic is how a test fails, in what tests share too")]

mod case;
mod formats;
mod mutations;
mod negatives;
mod outcome;
mod page;
