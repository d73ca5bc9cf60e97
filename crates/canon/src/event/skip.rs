//! Why a provider is passed over, or is tried later than its place in the profile says.

use crate::moment::Month;
use crate::money::Usd;
use std::fmt;
use std::time::Duration;

/// Why a provider is passed over or moved back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SkipReason {
    /// The chain names a provider that is not declared.
    UnknownProvider,
    /// It costs money and paid providers are not allowed.
    PaidGate,
    /// The request may not leave this machine and network.
    LocalOnly,
    /// Its budget, or that of the profile or of all, is spent.
    BudgetExceeded {
        /// The cap that is reached.
        cap: Usd,
        /// What was spent and is promised under it.
        spent: Usd,
        /// The month both belong to.
        month: Month,
    },
    /// The request needs what it is known not to do.
    Incapable(Capability),
    /// Its limits, or what it said about them, are reached.
    RateLimited {
        /// Until it is free again.
        wait: Duration,
    },
    /// It ran out of memory a short while ago.
    MemoryPressure {
        /// Until it counts as free again.
        wait: Duration,
    },
    /// The prompt does not fit its context window.
    ContextTooSmall {
        /// The window in tokens.
        window: u64,
    },
    /// The prompt is nearer to its context window than the profile allows.
    ContextRefused {
        /// The prompt in tokens, estimated.
        estimate: u64,
        /// From how many on it is refused.
        limit: u64,
        /// The window in tokens.
        window: u64,
    },
    /// It has failed too often in a row.
    Unhealthy,
    /// It is out of the chain until a probe succeeds.
    Excluded,
    /// Others are quicker or fail less.
    Adaptive,
    /// The quality of its answers has fallen.
    Drifting,
    /// The conversation's prompt is cached at another one.
    Session,
    /// It has just failed this conversation in mid-answer.
    JustFailed,
}

/// What a request may need of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Capability {
    /// Calling tools.
    Tools,
    /// Seeing pictures.
    Vision,
    /// Thinking as the request asks for it.
    Thinking,
}

impl SkipReason {
    /// The word in headers, logs and metrics.
    pub fn word(self) -> &'static str {
        match self {
            Self::UnknownProvider => "unknown-provider",
            Self::PaidGate => "paid-gate",
            Self::LocalOnly => "local-only",
            Self::BudgetExceeded { .. } => "budget-exceeded",
            Self::Incapable(Capability::Tools) => "no-tools",
            Self::Incapable(Capability::Vision) => "no-vision",
            Self::Incapable(Capability::Thinking) => "no-thinking",
            Self::RateLimited { .. } => "rate-limited",
            Self::MemoryPressure { .. } => "memory-pressure",
            Self::ContextTooSmall { .. } => "context-too-small",
            Self::ContextRefused { .. } => "context-refused",
            Self::Unhealthy => "backend-unhealthy",
            Self::Excluded => "self-healing-excluded",
            Self::Adaptive => "adaptive",
            Self::Drifting => "drift",
            Self::Session => "session-elsewhere",
            Self::JustFailed => "just-failed",
        }
    }

    /// Whether it is no more than a doubt: where all are doubted, the least bad is tried all the same. Money,
    /// privacy and what can't be done are a hard no.
    pub fn is_doubt(self) -> bool {
        !matches!(
            self,
            Self::UnknownProvider
                | Self::PaidGate
                | Self::LocalOnly
                | Self::BudgetExceeded { .. }
                | Self::ContextRefused { .. }
                | Self::Incapable(_)
        )
    }

    /// Whether it only says that another one suits better: who is moved back for it was not passed over.
    pub fn is_preference(self) -> bool {
        matches!(self, Self::Adaptive | Self::Session | Self::Incapable(Capability::Thinking))
    }
}

/// The word, and the numbers behind it.
impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        match self {
            Self::BudgetExceeded { cap, spent, month } => {
                write!(f, " (${:.4} of ${:.2} in {month})", spent.dollars(), cap.dollars())
            }
            Self::RateLimited { wait } | Self::MemoryPressure { wait } => {
                write!(f, " (for {:.1} s)", wait.as_secs_f64())
            }
            Self::ContextTooSmall { window } => write!(f, " (its window is {window} tokens)"),
            Self::ContextRefused { estimate, limit, .. } => {
                write!(f, " ({estimate} tokens, at most {limit})")
            }
            _ => Ok(()),
        }
    }
}
