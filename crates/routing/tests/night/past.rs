//! What the night remembers of one provider, to know what the router should think of it.

use std::time::Duration;

/// One provider's past. Times count from the night's beginning.
#[derive(Clone, Copy, Debug, Default)]
pub struct Past {
    /// The end of the latest attempt or probe that failed through the provider's fault.
    pub failure: Duration,
    /// The end of the latest attempt or probe that succeeded.
    pub success: Option<Duration>,
    /// When it last said that it was out of memory.
    pub pressed: Option<Duration>,
    /// The end of the latest attempt that told nothing about it.
    pub void: Option<Duration>,
    /// The end of the latest answer that took far longer than usual.
    pub slow: Option<Duration>,
    /// When each profile last moved it back for its answers.
    pub moved_back: [Option<Duration>; 3],
    /// Good answers that each profile has got of it since anything else.
    pub good: [u32; 3],
    /// Attempts under way.
    pub under_way: u32,
}

impl Past {
    /// Whether it succeeded after a time.
    pub fn succeeded_since(&self, time: Duration) -> bool {
        self.success.is_some_and(|success| success > time)
    }

    /// Whether all of some times are so long ago.
    pub fn is_over(times: &[Option<Duration>], length: Duration, now: Duration) -> bool {
        times.iter().flatten().all(|time| *time + length <= now)
    }
}
