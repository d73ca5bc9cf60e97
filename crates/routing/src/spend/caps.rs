//! The three caps on a month's spending, and how one of them says no.

use canon::config::{Config, Profile, Provider};
use canon::money::Usd;
use std::fmt;

/// The caps that hold for an attempt; none is no cap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caps {
    /// What the provider may cost in a month, whoever asks it.
    pub provider: Option<Usd>,
    /// What the profile may cost in a month, whoever answers.
    pub profile: Option<Usd>,
    /// What everything may cost in a month.
    pub overall: Option<Usd>,
}

impl Caps {
    /// The caps that the configuration sets for an attempt.
    pub fn of(config: &Config, profile: &Profile, provider: &Provider) -> Self {
        Self {
            provider: provider.monthly_budget,
            profile: profile.monthly_budget,
            overall: config.monthly_budget,
        }
    }
}

/// One of the three caps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cap {
    /// The provider's.
    Provider,
    /// The profile's.
    Profile,
    /// That on everything.
    Overall,
}

impl Cap {
    /// Its name in logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Profile => "profile",
            Self::Overall => "overall",
        }
    }
}

/// The cap that forbids an attempt; of several the narrowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// Which cap.
    pub cap: Cap,
    /// The most that may be spent in a month.
    pub limit: Usd,
    /// What is spent already, open reservations counted as spent; may lie under the limit where the attempt's own
    /// bound is what would exceed it.
    pub spent: Usd,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cap, limit, spent } = self;
        write!(f, "the {} budget of {limit} USD a month has {} USD left", cap.as_str(), *limit - *spent)
    }
}

impl std::error::Error for Exceeded {}
