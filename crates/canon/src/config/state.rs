//! Settings of what is remembered and of what runs in the background.

use std::path::PathBuf;
use std::time::Duration;

use super::action::HealthCacheAction;

/// Where memory is kept, and which journals are written there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The folder; none means memory only.
    pub dir: Option<PathBuf>,
    /// The audit journal.
    pub audit: Journal,
    /// The request journal.
    pub requests: Journal,
}

/// One journal file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Journal {
    /// Whether it is written.
    pub active: bool,
    /// The size in bytes at which it is rotated.
    pub max_bytes: u64,
}

/// Background probes with one token each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probing {
    /// Whether probes run.
    pub active: bool,
    /// Between two rounds.
    pub interval: Duration,
    /// Whether paid providers are probed too.
    pub paid: bool,
    /// The limit of one probe.
    pub timeout: Duration,
}

/// The provider health cache: a circuit breaker that is fed by attempts and probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthCache {
    /// What happens to an unhealthy provider.
    pub action: HealthCacheAction,
    /// Failures in a row until a provider counts as unhealthy; at least 1.
    pub failure_threshold: u32,
    /// How long it then does.
    pub unhealthy_backoff: Duration,
}

impl Default for State {
    /// Memory only, no journals.
    fn default() -> Self {
        Self {
            dir: None,
            audit: Journal { active: false, max_bytes: 10 * 1024 * 1024 },
            requests: Journal { active: false, max_bytes: 50 * 1024 * 1024 },
        }
    }
}

impl Default for Probing {
    fn default() -> Self {
        Self {
            active: false,
            interval: Duration::from_secs(60),
            paid: false,
            timeout: Duration::from_secs(10),
        }
    }
}

impl Default for HealthCache {
    fn default() -> Self {
        Self {
            action: HealthCacheAction::Demote,
            failure_threshold: 2,
            unhealthy_backoff: Duration::from_secs(60),
        }
    }
}
