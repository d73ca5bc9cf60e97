//! What is done for a backend that stays away: its restart command.
//!
//! A map only. When it is done is `routing::exclusion`'s.

pub mod restart;
