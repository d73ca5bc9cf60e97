//! Facts about backends: their health, their memory, and what the router does to bring them back.

use crate::id::{ModelName, ProfileName, ProviderName};
use std::time::Duration;

/// What can happen to a backend beside the requests it answers.
#[derive(Clone, Debug)]
pub enum BackendFact {
    /// A run of failures has reached a threshold, or has ended.
    HealthChanged {
        /// The provider.
        provider: ProviderName,
        /// The chain whose threshold it was; absent where a probe saw it.
        profile: Option<ProfileName>,
        /// `HEALTHY`, `DEGRADED` or `UNHEALTHY`.
        old: &'static str,
        /// The same.
        new: &'static str,
        /// Failures in a row.
        failures: u64,
    },
    /// The health cache has taken a provider out, or has it back.
    Flagged {
        /// The provider.
        provider: ProviderName,
        /// What it counts as from now on.
        healthy: bool,
    },
    /// It ran out of memory.
    Pressured {
        /// The provider.
        provider: ProviderName,
        /// The chain.
        profile: ProfileName,
        /// `warn` or `skip`.
        action: &'static str,
        /// How long it is left out, where the action says so.
        cooldown: Duration,
        /// Its words.
        error: String,
    },
    /// It is out of the chains until a probe succeeds.
    Excluded {
        /// The provider.
        provider: ProviderName,
        /// The chain whose action it was.
        profile: ProfileName,
        /// Failures in a row.
        failures: u64,
    },
    /// It is back.
    Restored {
        /// The provider.
        provider: ProviderName,
        /// The chain whose action had taken it out.
        profile: ProfileName,
        /// How long it was out.
        after: Duration,
    },
    /// Its restart command was run.
    Restarted {
        /// The provider.
        provider: ProviderName,
        /// The command, its words joined by blanks.
        command: String,
        /// Whether it ended well or still runs.
        success: bool,
        /// What it said where it failed.
        error: Option<String>,
    },
    /// An excluded one was probed.
    RecoveryProbed {
        /// The provider.
        provider: ProviderName,
        /// Whether it answered.
        success: bool,
        /// Until the next probe; zero after a success.
        next: Duration,
        /// How long the probe took.
        latency: Duration,
    },
    /// The continuous probe runs.
    ProbesStarted {
        /// Between two rounds.
        interval: Duration,
        /// Whether paid providers are probed too.
        paid: bool,
        /// How many are probed.
        providers: usize,
    },
    /// One was probed.
    Probed {
        /// The provider.
        provider: ProviderName,
        /// Whether it answered.
        success: bool,
        /// How long it took.
        latency: Duration,
        /// What went wrong.
        error: Option<String>,
        /// The model it says it is.
        model: Option<ModelName>,
    },
    /// A round of probes is over.
    ProbeRound {
        /// How many were probed.
        probed: usize,
        /// How many of them failed.
        failures: usize,
    },
    /// One answers with another model than was asked for.
    ModelDiffers {
        /// The provider.
        provider: ProviderName,
        /// What was asked for.
        configured: ModelName,
        /// What answered.
        observed: ModelName,
        /// Whether the capability registry knows what answered.
        in_registry: bool,
    },
}
