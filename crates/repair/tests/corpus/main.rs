//! The corpus under `golden/repair`: every family of formats, clean and damaged, and texts that are no calls.

mod case;
mod formats;
mod mutations;
mod negatives;
mod outcome;
mod page;
