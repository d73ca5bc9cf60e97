//! The vocabulary every room shares: requests, deltas, replies, faults, events and resolved configuration.
//!
//! Nothing here reads a socket, a file or a clock. How the five dialects map onto these words is told in
//! [`dialect`].

pub mod config;
pub mod delta;
pub mod dialect;
pub mod escape;
pub mod event;
pub mod extra;
pub mod fault;
pub mod id;
pub mod moment;
pub mod money;
pub mod reply;
pub mod request;
pub mod target;
pub mod text;
pub mod trace;
pub mod usage;
