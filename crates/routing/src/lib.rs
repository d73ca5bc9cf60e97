//! Decides: whether a request may go on, which profile, which providers in which order and why, how a request is bent
//! for one of them, and what the client hears when all of them have failed.
//!
//! A map only. Nothing here knows a socket, a file or a clock: `now` and the resolved configuration are arguments.

pub mod auto_router;
mod calendar;
mod chain;
pub mod claim;
pub mod context;
pub mod conversation;
pub mod cost;
mod digest;
pub mod drift;
pub mod estimate;
pub mod exclusion;
pub mod guards;
pub mod health;
pub mod health_cache;
pub mod hops;
pub mod needs;
pub mod outcome;
mod passes;
pub mod pattern;
pub mod plan;
pub mod prefix;
pub mod pressure;
pub mod privacy;
mod probed;
pub mod profile;
mod prompt;
pub mod rates;
mod scalars;
pub mod shapes;
pub mod slots;
pub mod speed;
pub mod spend;
pub mod tokens;
pub mod tool_search;
pub mod view;

#[cfg(test)]
mod fixture;
