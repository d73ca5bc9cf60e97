//! The resolved configuration: every default filled in, every name checked, nothing contradictory.
//!
//! Reading files, merging the capability registry and reporting mistakes happen in the binary; the rooms only
//! ever see these values, shared behind `Arc` and replaced whole on a reload.

mod action;
mod auto_router;
mod endpoint;
mod facts;
mod privacy;
mod profile;
mod provider;
mod server;
mod state;
mod timeouts;
mod word;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use action::{
    BackendHealthAction, BillingBlock, CacheControlAction, ContextBudgetAction, DeferredToolsAction,
    DriftAction, DriftSensitivity, EmptyResponseAction, HealthCacheAction, MemoryPressureAction,
    OutputFilter, PartialStitchAction, SlotFiles, StreamTruncationAction, ToolChoiceAction, ToolLoopAction,
    ToolRepair,
};
pub use auto_router::{AutoRouter, AutoRule, Matcher};
pub use endpoint::{Endpoint, EndpointError, Scheme};
pub use facts::{DEFAULT_CONTEXT_TOKENS, Declared, Facts, Prefill, Suitability, Support};
pub use privacy::{PrivacyMatcher, PrivacyRule};
pub use profile::{
    BackendHealth, ContextBudget, Drift, Hedge, HedgeAfter, MemoryPressure, Profile, SystemPrompt, ToolLoop,
};
pub use provider::{Cost, Credential, ExtraField, Limits, Provider, ProviderKind, Refresh, SlotAffinity};
pub use server::{DEFAULT_PORT, Server, ServerLimits};
pub use state::{HealthCache, Journal, Probing, State};
pub use timeouts::Timeouts;
pub use word::Word;

use crate::id::{ProfileName, ProviderName};
use crate::money::Usd;

/// Everything `providers.yaml`, the environment and the capability registry say, resolved.
#[derive(Clone, Debug)]
pub struct Config {
    /// The providers in file order; names are unique.
    pub providers: Vec<Arc<Provider>>,
    /// The fallback chains in file order; names are unique and every chain entry names a provider above.
    pub profiles: Vec<Arc<Profile>>,
    /// The profile used when a request names none; it is one of `profiles` unless that list is empty.
    pub default_profile: ProfileName,
    /// The classifier; present where `default_profile` was written as `auto`.
    pub auto_router: Option<AutoRouter>,
    /// What must not leave this machine or network: a request that one of these matches goes to local providers only.
    pub local_only: Vec<PrivacyRule>,
    /// Names for `X-CodeRouter-Mode`, each with the profile it stands for.
    pub mode_aliases: BTreeMap<String, ProfileName>,
    /// Whether providers marked `paid` may be used at all.
    pub allow_paid: bool,
    /// What all providers together may cost in a calendar month (UTC); zero lets only free ones answer.
    pub monthly_budget: Option<Usd>,
    /// How the router itself listens.
    pub server: Server,
    /// What outlives the process, and where.
    pub state: State,
    /// Background probes of the providers.
    pub probing: Probing,
    /// The provider health cache.
    pub health_cache: HealthCache,
    /// IANA name of the zone in which times are shown; stored times stay UTC.
    pub display_timezone: Option<String>,
    /// Whether tool calls, tool results and thinking count in the characters-by-four estimate.
    pub estimate_counts_tool_content: bool,
}

impl Default for Config {
    /// No providers and no profiles; everything else is as in a file that sets nothing more.
    fn default() -> Self {
        Self {
            providers: Vec::new(),
            profiles: Vec::new(),
            default_profile: ProfileName::new("default"),
            auto_router: None,
            local_only: Vec::new(),
            mode_aliases: BTreeMap::new(),
            allow_paid: false,
            monthly_budget: None,
            server: Server::default(),
            state: State::default(),
            probing: Probing::default(),
            health_cache: HealthCache::default(),
            display_timezone: None,
            estimate_counts_tool_content: true,
        }
    }
}

impl Config {
    /// The provider of that name.
    pub fn provider(&self, name: &str) -> Option<&Arc<Provider>> {
        self.providers.iter().find(|provider| provider.name.as_str() == name)
    }

    /// The profile of that name.
    pub fn profile(&self, name: &str) -> Option<&Arc<Profile>> {
        self.profiles.iter().find(|profile| profile.name.as_str() == name)
    }

    /// The profile a mode stands for.
    pub fn mode(&self, mode: &str) -> Option<&Arc<Profile>> {
        self.profile(self.mode_aliases.get(mode)?.as_str())
    }

    /// The profile used when a request names none; none only in a configuration without profiles.
    pub fn default_profile(&self) -> Option<&Arc<Profile>> {
        self.profile(self.default_profile.as_str())
    }

    /// The providers of a profile in its order.
    pub fn chain<'a>(&'a self, profile: &'a Profile) -> impl Iterator<Item = &'a Arc<Provider>> + 'a {
        profile.providers.iter().filter_map(|name: &ProviderName| self.provider(name.as_str()))
    }
}
