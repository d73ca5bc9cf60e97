//! The window of one provider and the levels in it that a profile sets.

use canon::config::{ContextBudget, Provider};

/// A window and its levels, all in tokens: `target < trim <= window` and `warn <= trim` under any
/// configuration that was resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// How much the model reads, answer included; at least 1.
    pub window: u64,
    /// From here on it is told.
    pub warn: u64,
    /// From here on turns are cut or the request is refused.
    pub trim: u64,
    /// Down to here turns are cut.
    pub target: u64,
    /// The latest turns that stay as they are.
    pub preserve_last: usize,
}

impl Room {
    /// The room of a provider under a profile's budget.
    pub fn of(provider: &Provider, budget: &ContextBudget) -> Self {
        let window = u64::from(provider.facts.context_tokens()).max(1);
        Self {
            window,
            warn: share(window, budget.warn),
            trim: share(window, budget.trim),
            target: share(window, budget.target),
            preserve_last: usize::try_from(budget.preserve_last).unwrap_or(usize::MAX),
        }
    }
}

/// A share of a window, rounded down. The little that is added keeps 0.29 of 100 from becoming 28.
fn share(window: u64, share: f64) -> u64 {
    (window as f64 * share + 1e-6) as u64
}
