//! Decides: which profile, which providers in which order and why, how a request is bent for one of them, and
//! what the client hears when all of them have failed.
//!
//! A map only. Nothing here knows a socket, a file or a clock: `now` and the resolved configuration are arguments.

pub mod auto_router;
mod chain;
pub mod conversation;
pub mod cost;
pub mod estimate;
pub mod hops;
pub mod outcome;
mod passes;
pub mod pattern;
pub mod plan;
pub mod privacy;
pub mod profile;
mod scalars;
pub mod shapes;
pub mod tool_search;
pub mod view;

#[cfg(test)]
mod fixture;
