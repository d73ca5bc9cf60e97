//! What the guards over a whole request saw, and what a forced tool choice became. A call's arguments are never told.

use crate::config::ToolLoopAction;
use crate::id::{ProfileName, ProviderName};

/// The same calls were made over and over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolLoopSeen {
    /// The chain.
    pub profile: ProfileName,
    /// The tool that was called last.
    pub tool: String,
    /// How often the block of calls stands at the end of the history; at least the threshold.
    pub repeat_count: usize,
    /// How many calls the block has, 1 to 4; none where one call kept failing in one way with others in between.
    pub period: Option<usize>,
    /// From how many repeats on it is a loop.
    pub threshold: u32,
    /// How many of the latest calls are looked at.
    pub window: u32,
    /// What it led to.
    pub action: ToolLoopAction,
}

/// More calls than allowed were made since a person last spoke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolCountSeen {
    /// The chain.
    pub profile: ProfileName,
    /// The calls since a person last spoke.
    pub total_count: usize,
    /// How many are allowed.
    pub max_allowed: u32,
    /// What it led to; only `break` stops the request.
    pub action: ToolLoopAction,
}

/// A forced tool choice was turned into a directive, as the provider can't force one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolChoiceEmulated {
    /// The provider.
    pub provider: ProviderName,
    /// The tool that must be called; none where any will do.
    pub tool: Option<String>,
    /// `tool` or `any`.
    pub mode: &'static str,
}
