//! Small configurations and requests for tests, so that a test names only what it is about.

use canon::config::{
    BackendHealth, BackendHealthAction, BillingBlock, CacheControlAction, Config, ContextBudget,
    ContextBudgetAction, Cost, Credential, DeferredToolsAction, Drift, DriftAction, DriftSensitivity,
    EmptyResponseAction, Facts, HealthCache, HealthCacheAction, Hedge, HedgeAfter, Journal, Limits,
    MemoryPressure, MemoryPressureAction, PartialStitchAction, Probing, Profile, Provider, ProviderKind,
    Server, SlotAffinity, SlotFiles, State, StreamTruncationAction, SystemPrompt, Timeouts, ToolChoiceAction,
    ToolLoop, ToolLoopAction, ToolRepair,
};
use canon::dialect::Dialect;
use canon::extra::Extra;
use canon::id::ProviderName;
use canon::request::{Content, Message, Part, Request, Role, Sourced, Tool, ToolKind};
use canon::text::{Json, Text};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Declared providers by name, and profiles with their chains; the first profile is the default.
pub(crate) fn config(providers: &[Provider], profiles: &[(&str, &[&str])]) -> Config {
    let journal = Journal { active: false, max_bytes: 0 };
    Config {
        providers: providers.iter().cloned().map(Arc::new).collect(),
        profiles: profiles.iter().map(|(name, chain)| Arc::new(profile(name, chain))).collect(),
        default_profile: profiles.first().map_or("none", |(name, _)| name).into(),
        auto_router: None,
        local_only: Vec::new(),
        mode_aliases: BTreeMap::new(),
        allow_paid: false,
        monthly_budget: None,
        server: Server::default(),
        state: State { dir: None, audit: journal, requests: journal },
        probing: Probing { active: false, interval: HOUR, paid: false, timeout: HOUR },
        health_cache: HealthCache {
            action: HealthCacheAction::Off,
            failure_threshold: 2,
            unhealthy_backoff: HOUR,
        },
        display_timezone: None,
        estimate_counts_tool_content: true,
    }
}

/// A free chat backend on this machine.
pub(crate) fn provider(name: &str) -> Provider {
    Provider {
        name: name.into(),
        kind: ProviderKind::OpenAiCompat,
        endpoint: "http://127.0.0.1:8080/v1".parse().expect("the URL above is one"),
        local: true,
        model: "qwen".into(),
        credential: Credential::None,
        paid: false,
        timeouts: Timeouts::LOCAL,
        first_token: None,
        extra_body: Vec::new(),
        anthropic_version: None,
        append_system_prompt: None,
        billing_block: BillingBlock::Auto,
        slot_affinity_slots: SlotAffinity::Off,
        slot_files: SlotFiles::Off,
        output_filters: Vec::new(),
        tool_repair: None,
        declared: canon::config::Declared::default(),
        facts: Facts::default(),
        cost: Cost::default(),
        monthly_budget: None,
        limits: Limits::default(),
        tokenizer: None,
        restart_command: Vec::new(),
    }
}

/// A backend that speaks Anthropic Messages at a host.
pub(crate) fn native(name: &str, url: &str) -> Provider {
    let endpoint = url.parse().expect("tests name whole URLs");
    Provider { kind: ProviderKind::Anthropic, endpoint, local: false, ..provider(name) }
}

/// A profile with everything off that can be off.
pub(crate) fn profile(name: &str, chain: &[&str]) -> Profile {
    Profile {
        name: name.into(),
        providers: chain.iter().map(|name| ProviderName::from(*name)).collect(),
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
        queue_timeout: Duration::ZERO,
        monthly_budget: None,
        tool_loop: ToolLoop { action: ToolLoopAction::Warn, window: 5, threshold: 3, max_tool_calls: 50 },
        memory_pressure: MemoryPressure { action: MemoryPressureAction::Off, cooldown: HOUR },
        backend_health: BackendHealth {
            action: BackendHealthAction::Off,
            threshold: 3,
            half_open: HOUR,
            recovery_initial: HOUR,
            recovery_max: HOUR,
            restart_timeout: HOUR,
        },
        context_budget: ContextBudget {
            action: ContextBudgetAction::Off,
            warn: 0.8,
            trim: 0.9,
            target: 0.75,
            preserve_last: 4,
        },
        drift: Drift {
            action: DriftAction::Off,
            window: 10,
            cooldown: HOUR,
            sensitivity: DriftSensitivity::Normal,
            goal_mode: false,
        },
    }
}

/// A request whose system texts are a list of blocks and whose turns are lists of one text, each with a source.
pub(crate) fn request(dialect: Dialect, system: &[&str], turns: &[(Role, &str)]) -> Request {
    let mut request = Request::new(dialect);
    if !system.is_empty() {
        let parts = system.iter().map(|text| Part::text(*text)).collect();
        request.system = Some(sourced(Content::Parts(parts)));
    }
    let turns = turns.iter().map(|(role, text)| turn(*role, Content::Parts(vec![Part::text(*text)])));
    request.messages = sourced(turns.collect());
    request
}

/// A turn with a source.
pub(crate) fn turn(role: Role, content: Content) -> Sourced<Message> {
    sourced(Message { role, content, extra: Extra::default() })
}

/// A tool with a source.
pub(crate) fn tool(name: &str, kind: ToolKind) -> Sourced<Tool> {
    sourced(Tool {
        name: Text::from(name),
        description: Some("does things".into()),
        schema: Some(Json::EMPTY_OBJECT),
        kind,
        strict: None,
        cache_control: None,
        extra: Extra::default(),
    })
}

/// A value that was read; what it was read from does not matter to the tests.
pub(crate) fn sourced<T>(value: T) -> Sourced<T> {
    Sourced::read(value, Json::fixed("0"))
}

const HOUR: Duration = Duration::from_secs(3600);
