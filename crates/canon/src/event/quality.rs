//! Facts about the quality of a provider's answers and about prompts near its context window.

use crate::id::{ProfileName, ProviderName};
use std::time::Duration;

/// What can happen to quality and context.
#[derive(Clone, Debug)]
pub enum QualityFact {
    /// The latest answers are worse than they should be.
    DriftDetected {
        /// The provider.
        provider: ProviderName,
        /// The chain.
        profile: ProfileName,
        /// `mild` or `severe`.
        severity: &'static str,
        /// The signals that fired, in words.
        reason: String,
        /// `warn`, `promote` or `reload`.
        action: &'static str,
        /// Every signal with its value.
        signals: Vec<(&'static str, f64)>,
    },
    /// It goes last for a while.
    DriftPromoted {
        /// The provider.
        provider: ProviderName,
        /// The chain.
        profile: ProfileName,
        /// Its place in the chain meanwhile, from 1.
        rank: usize,
        /// How long.
        cooldown: Duration,
    },
    /// Its backend was told to unload the model.
    DriftReloaded {
        /// The provider.
        provider: ProviderName,
        /// Whether it did.
        success: bool,
    },
    /// Its time is over, and it is judged anew.
    DriftRecovered {
        /// The provider.
        provider: ProviderName,
        /// The chain.
        profile: ProfileName,
        /// How long it went last.
        after: Duration,
    },
    /// A prompt is near a context window.
    ContextWarning {
        /// The provider.
        provider: ProviderName,
        /// The chain.
        profile: ProfileName,
        /// The prompt in tokens, estimated.
        estimated: u64,
        /// The window in tokens.
        window: u64,
        /// The share of it.
        ratio: f64,
        /// `warn`, `trim` or `reject`.
        action: &'static str,
    },
    /// Old messages were dropped or shortened for a provider.
    ContextTrimmed {
        /// The provider.
        provider: ProviderName,
        /// The chain.
        profile: ProfileName,
        /// Messages before and after.
        messages: (usize, usize),
        /// Tokens before and after, estimated.
        estimated: (u64, u64),
        /// The window in tokens.
        window: u64,
        /// Whether it is still more than was aimed at.
        missed_target: bool,
    },
}
