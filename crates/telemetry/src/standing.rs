//! How things stand at one moment: what is configured and what the router's memory says, filled in by whoever knows it.
//! Beside what was seen it is all that a page shows.

use canon::id::{ProfileName, ProviderName};
use canon::money::Usd;
use serde_json::Value;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How things stand.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The moment.
    pub now: SystemTime,
    /// The program's version.
    pub version: &'static str,
    /// The profile of requests that name none.
    pub default_profile: ProfileName,
    /// Whether paid providers may be used.
    pub allow_paid: bool,
    /// The zone that people read times in, by its IANA name.
    pub display_timezone: Option<String>,
    /// The providers, in the order of the configuration.
    pub providers: Vec<ProviderStanding>,
    /// The profiles, in the order of the configuration.
    pub profiles: Vec<ProfileStanding>,
    /// What was spent in this month, where a ledger knows it; else it is what was seen.
    pub month_spent: Option<Usd>,
    /// The caps on money in force.
    pub caps: Vec<CapStanding>,
    /// How the store does; absent where there is none.
    pub store: Option<StoreCondition>,
    /// The chains as they would be tried now: a list, made elsewhere and shown as it is.
    pub chains: Value,
}

/// A provider as it is configured and as it does.
#[derive(Clone, Debug)]
pub struct ProviderStanding {
    /// Its name.
    pub name: ProviderName,
    /// The model that is asked for; absent where the backend decides.
    pub model: Option<String>,
    /// Its context window in tokens, where someone has said it.
    pub context_tokens: Option<u32>,
    /// Its kind, in the word of the configuration.
    pub kind: &'static str,
    /// What asking it means.
    pub class: ProviderClass,
    /// Whether the configuration calls it paid.
    pub paid: bool,
    /// Its address, without what nobody may read.
    pub base_url: String,
    /// `HEALTHY`, `DEGRADED` or `UNHEALTHY`.
    pub health: &'static str,
    /// Whether the health cache lets requests go to it.
    pub healthy: bool,
    /// For how long it has been out of the chains; absent where it is in.
    pub excluded: Option<Duration>,
    /// For how long it still rests, as it said itself or for want of memory; absent where it does not.
    pub resting: Option<Duration>,
    /// `mild` or `severe`, while its answers are worse than they should be.
    pub drift: Option<&'static str>,
    /// Requests that are there now.
    pub in_flight: u64,
}

/// What asking a provider means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderClass {
    /// It is on this machine or network.
    Local,
    /// It is elsewhere and costs nothing.
    Free,
    /// It costs money.
    Paid,
}

impl ProviderClass {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Free => "free",
            Self::Paid => "paid",
        }
    }
}

/// A profile as it is configured.
#[derive(Clone, Debug)]
pub struct ProfileStanding {
    /// Its name.
    pub name: ProfileName,
    /// Its chain.
    pub providers: Vec<ProviderName>,
}

/// A cap on what may be spent in a month, and how near it is.
#[derive(Clone, Debug)]
pub struct CapStanding {
    /// `all`, `profile` or `provider`.
    pub scope: &'static str,
    /// The name of the profile or provider; absent where it is for all.
    pub name: Option<String>,
    /// The most that may be spent.
    pub cap: Usd,
    /// What was spent and is promised.
    pub spent: Usd,
    /// What is left.
    pub left: Usd,
}

/// How the store does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreCondition {
    /// It keeps what it is given.
    Working,
    /// It could not write lately; what it was given waits.
    Failing,
}

impl StoreCondition {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Failing => "failing",
        }
    }
}

/// Nothing configured, in 1970.
impl Default for Standing {
    fn default() -> Self {
        Self {
            now: UNIX_EPOCH,
            version: "",
            default_profile: ProfileName::new(""),
            allow_paid: false,
            display_timezone: None,
            providers: Vec::new(),
            profiles: Vec::new(),
            month_spent: None,
            caps: Vec::new(),
            store: None,
            chains: Value::Array(Vec::new()),
        }
    }
}
