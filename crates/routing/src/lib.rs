//! Decides: which profile, which providers in which order and why, how a request is bent for one of them, and
//! what the client hears when all of them have failed.
//!
//! A map only. Nothing here knows a socket, a file or a clock: `now` and the resolved configuration are arguments.

pub mod calendar;
mod chain;
pub mod conversation;
pub mod cost;
pub mod estimate;
pub mod hops;
pub mod outcome;
mod passes;
pub mod plan;
pub mod profile;
mod prompt;
pub mod rates;
pub mod shapes;
pub mod spend;
pub mod tokens;
pub mod tool_search;
pub mod view;

#[cfg(test)]
mod fixture;
