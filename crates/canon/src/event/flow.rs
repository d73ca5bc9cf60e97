//! Facts about the way of a request along its chain, beyond skips and failures.

use super::AttemptTrace;
use crate::id::{ProfileName, ProviderName};
use std::time::Duration;

/// What can happen to a request on its way.
#[derive(Clone, Debug)]
pub enum FlowFact {
    /// The order is another than the profile's.
    Reordered {
        /// The profile's order.
        declared: Vec<ProviderName>,
        /// The order in force.
        effective: Vec<ProviderName>,
        /// What is known of each: median latency, share of failures, samples.
        stats: Vec<(ProviderName, Option<Duration>, f64, u64)>,
    },
    /// Everybody is doubted, and the least bad are tried all the same.
    LastResort {
        /// The chain.
        profile: ProfileName,
        /// Those tried.
        providers: Vec<ProviderName>,
    },
    /// The request waits for a provider that is at its limits.
    Queued {
        /// The provider.
        provider: ProviderName,
        /// The chain.
        profile: ProfileName,
        /// The longest it will wait.
        wait: Duration,
    },
    /// A second provider was started beside a slow one.
    Hedged {
        /// The slow one.
        provider: ProviderName,
        /// The second.
        rival: ProviderName,
        /// After how long.
        after: Duration,
        /// What its trace tells of the second attempt, where traces are recorded.
        traced: Option<Box<AttemptTrace>>,
    },
    /// One of two spoke first, and the other was let go.
    HedgeWon {
        /// Who spoke first.
        provider: ProviderName,
        /// Who was let go.
        loser: ProviderName,
    },
    /// An answer that broke off goes on at another provider.
    Resumed {
        /// Who broke off.
        from: ProviderName,
        /// Who goes on.
        provider: ProviderName,
        /// Characters of text that had been sent.
        text_length: usize,
        /// Characters of the continuation that repeated them and were taken out.
        overlap: usize,
    },
    /// The output was lowered to what a budget still buys.
    OutputLowered {
        /// The provider.
        provider: ProviderName,
        /// What was asked for, in tokens; absent where the request set no limit.
        asked: Option<u64>,
        /// What it may be.
        lowered: u64,
    },
    /// A prompt does not begin with that of the turn before, so that a local server reads the rest of it again.
    PrefixBroken {
        /// The provider.
        provider: ProviderName,
        /// Where the first stretch that differs begins, in bytes of the prompt's text: instructions, then tools, then
        /// turns. A stretch is a text, or 256 bytes of one.
        at: u64,
        /// Where that is: `billing-line`, `system`, `tools` or `messages`.
        part: &'static str,
    },
}
