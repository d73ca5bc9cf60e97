//! What outlives a run about one provider, as plain values for a store.

use std::time::SystemTime;

/// Requests of the last day and the pause under way. Windows of a minute are not worth keeping.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RateSnapshot {
    /// When requests were sent, to a quarter of an hour, and how many; oldest first, at most 97 entries.
    pub requests: Vec<(SystemTime, u64)>,
    /// The end of its pause after a refusal.
    pub rests_until: Option<SystemTime>,
}
