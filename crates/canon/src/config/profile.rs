//! A fallback chain and how it behaves.

use std::sync::Arc;
use std::time::Duration;

use super::action::{
    BackendHealthAction, CacheControlAction, ContextBudgetAction, DeferredToolsAction, DriftAction,
    DriftSensitivity, EmptyResponseAction, MemoryPressureAction, PartialStitchAction, StreamTruncationAction,
    ToolChoiceAction, ToolLoopAction, ToolRepair,
};
use crate::id::{ProfileName, ProviderName};
use crate::money::Usd;

/// One entry under `profiles:`.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Its name; never `auto`.
    pub name: ProfileName,
    /// The providers in the order they are tried. Empty only where every entry is of a kind that is not built.
    pub providers: Vec<ProviderName>,
    /// Replaces the providers' `timeout_s`, for each phase by itself.
    pub timeout: Option<Duration>,
    /// What becomes of the providers' `append_system_prompt`.
    pub append_system_prompt: SystemPrompt,
    /// When a client that has got nothing yet is sent headers and an opening frame.
    pub keepalive_after: Duration,
    /// How far broken tool calls are mended, where the provider does not say.
    pub tool_repair: ToolRepair,
    /// How a stream that dies after content was sent ends.
    pub partial_stitch: PartialStitchAction,
    /// What a stream without its end leads to.
    pub stream_truncation: StreamTruncationAction,
    /// What an answer without content leads to.
    pub empty_response: EmptyResponseAction,
    /// What a forced tool choice meets at a provider that cannot force one.
    pub tool_choice: ToolChoiceAction,
    /// What cache markers meet at a provider without prompt cache.
    pub cache_control: CacheControlAction,
    /// What a request with deferred tools meets.
    pub deferred_tools: DeferredToolsAction,
    /// Whether the chain is reordered by latency and failures.
    pub adaptive: bool,
    /// Starting the next provider before the first has failed.
    pub hedge: Hedge,
    /// How long a request waits for a rate-limited provider where nothing else can answer.
    pub queue_timeout: Duration,
    /// What its requests may cost in a calendar month (UTC); zero lets only free providers answer.
    pub monthly_budget: Option<Usd>,
    /// Loops and counts of tool calls.
    pub tool_loop: ToolLoop,
    /// Out-of-memory answers.
    pub memory_pressure: MemoryPressure,
    /// Runs of failures.
    pub backend_health: BackendHealth,
    /// Prompts near the context window.
    pub context_budget: ContextBudget,
    /// Falling answer quality.
    pub drift: Drift,
}

impl Profile {
    /// A chain where everything else is as in a file that sets nothing more.
    pub fn new(name: ProfileName, providers: Vec<ProviderName>) -> Self {
        Self {
            name,
            providers,
            timeout: None,
            append_system_prompt: SystemPrompt::Inherit,
            keepalive_after: Duration::from_secs(20),
            tool_repair: ToolRepair::Repair,
            partial_stitch: PartialStitchAction::Off,
            stream_truncation: StreamTruncationAction::Error,
            empty_response: EmptyResponseAction::Fallback,
            tool_choice: ToolChoiceAction::Off,
            cache_control: CacheControlAction::Off,
            deferred_tools: DeferredToolsAction::Auto,
            adaptive: false,
            hedge: Hedge { after: HedgeAfter::Never, paid: false },
            queue_timeout: Duration::from_secs(60),
            monthly_budget: None,
            tool_loop: ToolLoop::default(),
            memory_pressure: MemoryPressure::default(),
            backend_health: BackendHealth::default(),
            context_budget: ContextBudget::default(),
            drift: Drift::default(),
        }
    }
}

/// A profile's word on the providers' `append_system_prompt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SystemPrompt {
    /// The provider's own is used.
    Inherit,
    /// Nothing is appended.
    Clear,
    /// This is appended in place of the provider's own.
    Replace(Arc<str>),
}

/// When a second provider is started beside the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hedge {
    /// The wait for the first token.
    pub after: HedgeAfter,
    /// Whether a paid provider may be the second.
    pub paid: bool,
}

/// The wait before a hedge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HedgeAfter {
    /// There is no hedge.
    Never,
    /// This long.
    Delay(Duration),
    /// The provider's own 95th percentile.
    Auto,
}

/// The tool-loop guard and the cap on tool calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToolLoop {
    /// What a loop or an exceeded cap leads to.
    pub action: ToolLoopAction,
    /// The latest calls that are looked at; not below `threshold`.
    pub window: u32,
    /// Repeats at the end of the history that make a loop.
    pub threshold: u32,
    /// The cap on tool calls since a person last spoke; 0 is none.
    pub max_tool_calls: u32,
}

impl Default for ToolLoop {
    fn default() -> Self {
        Self { action: ToolLoopAction::Warn, window: 5, threshold: 3, max_tool_calls: 50 }
    }
}

/// The memory-pressure guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryPressure {
    /// What an out-of-memory answer leads to.
    pub action: MemoryPressureAction,
    /// How long the provider is left out.
    pub cooldown: Duration,
}

impl Default for MemoryPressure {
    fn default() -> Self {
        Self { action: MemoryPressureAction::Warn, cooldown: Duration::from_secs(120) }
    }
}

/// The health guard and self-healing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackendHealth {
    /// What a run of failures leads to.
    pub action: BackendHealthAction,
    /// Failures in a row until degraded; twice as many until unhealthy.
    pub threshold: u32,
    /// Between two trials of an unhealthy provider.
    pub half_open: Duration,
    /// The wait before the first recovery probe; not above `recovery_max`.
    pub recovery_initial: Duration,
    /// The longest wait between two recovery probes.
    pub recovery_max: Duration,
    /// The limit of a restart command.
    pub restart_timeout: Duration,
}

impl Default for BackendHealth {
    fn default() -> Self {
        Self {
            action: BackendHealthAction::Warn,
            threshold: 3,
            half_open: Duration::from_secs(30),
            recovery_initial: Duration::from_secs(30),
            recovery_max: Duration::from_secs(300),
            restart_timeout: Duration::from_secs(30),
        }
    }
}

/// The context-budget guard. Shares are of the window, between 0.1 and 1; target < trim, warn <= trim.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContextBudget {
    /// What a prompt near the window leads to.
    pub action: ContextBudgetAction,
    /// The share from which it is told.
    pub warn: f64,
    /// The share from which messages are dropped or the request is refused.
    pub trim: f64,
    /// The share down to which messages are dropped.
    pub target: f64,
    /// The latest messages that are never dropped.
    pub preserve_last: u32,
}

impl Default for ContextBudget {
    fn default() -> Self {
        Self { action: ContextBudgetAction::Off, warn: 0.80, trim: 0.90, target: 0.75, preserve_last: 4 }
    }
}

/// The drift guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drift {
    /// What drift leads to.
    pub action: DriftAction,
    /// The number of answers looked at.
    pub window: u32,
    /// How long a provider stays demoted.
    pub cooldown: Duration,
    /// How early drift is seen.
    pub sensitivity: DriftSensitivity,
    /// Whether the thresholds for long goal-driven runs replace those of `sensitivity`.
    pub goal_mode: bool,
}

impl Default for Drift {
    fn default() -> Self {
        Self {
            action: DriftAction::Off,
            window: 20,
            cooldown: Duration::from_secs(300),
            sensitivity: DriftSensitivity::Normal,
            goal_mode: false,
        }
    }
}
