//! How the prompts of one provider are measured: what counts, and how far the estimates are known to be off.

use super::Calibration;
use crate::estimate::{self, ToolContent};
use canon::request::Request;

/// A measure of prompts. Its tokens are guesses, better ones once the provider's answers have taught it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// Whether tool calls, tool results and thinking count.
    pub tool_content: ToolContent,
    /// What the provider's answers have taught.
    pub calibration: Calibration,
}

impl Measure {
    /// A measure that knows nothing about the provider.
    pub fn untaught(tool_content: ToolContent) -> Self {
        Self { tool_content, calibration: Calibration::UNTAUGHT }
    }

    /// How many tokens a request's prompt has for this provider.
    pub fn request(&self, request: &Request) -> u64 {
        self.calibration.correct(estimate::estimate_tokens(request, self.tool_content))
    }

    /// Quarters of an uncorrected token as tokens.
    pub(super) fn tokens(&self, quarters: u64) -> u64 {
        self.calibration.correct(estimate::tokens(quarters))
    }
}
