//! The store between processes: killed ones, and several at once.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::print_stdout, reason = "how a child tells its parent")]

mod child;
mod kill;
mod together;
