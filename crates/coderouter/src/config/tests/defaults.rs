//! What holds where the file says nothing.

use std::time::Duration;

use canon::config::*;

use super::*;

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn the_top_level() {
    let Loaded { config, notices, unbuilt, mode_source, .. } = load_right(&minimal("", ""));
    assert!(notices.is_empty() && unbuilt.is_empty());
    assert_eq!(mode_source, ModeSource::File);
    assert!(!config.allow_paid);
    assert_eq!(config.monthly_budget, None);
    assert_eq!(config.default_profile.as_str(), "default");
    assert!(config.auto_router.is_none() && config.mode_aliases.is_empty());
    assert_eq!(config.display_timezone, None);
    assert!(config.estimate_counts_tool_content);
    assert_eq!(config.probing, Probing { active: false, interval: secs(60), paid: false, timeout: secs(10) });
    assert_eq!(
        config.health_cache,
        HealthCache { action: HealthCacheAction::Demote, failure_threshold: 2, unhealthy_backoff: secs(60) }
    );
    let journal = |max_bytes| Journal { active: false, max_bytes };
    let state = State { dir: None, audit: journal(10_485_760), requests: journal(52_428_800) };
    assert_eq!(config.state, state);
    assert_eq!(config.server, Server::default());
    assert_eq!((config.server.host.as_str(), config.server.port), ("127.0.0.1", 4000));
    assert_eq!(config.server.token_env, "CODEROUTER_TOKEN");
    assert_eq!(config.server.limits.body_bytes, 67_108_864);
}

#[test]
fn a_provider() {
    let config = load_right(&minimal("", "")).config;
    let provider = config.provider("p").unwrap();
    assert_eq!(provider.kind, ProviderKind::OpenAiCompat);
    assert_eq!(provider.credential, Credential::None);
    assert!(!provider.paid && provider.local);
    assert_eq!(provider.first_token, None);
    assert!(provider.extra_body.is_empty() && provider.output_filters.is_empty());
    assert_eq!(provider.append_system_prompt, None);
    assert_eq!(provider.billing_block, BillingBlock::Auto);
    assert_eq!(provider.slot_affinity_slots, SlotAffinity::Auto);
    assert_eq!(provider.slot_files, SlotFiles::Off);
    assert_eq!(provider.tool_repair, None);
    assert_eq!(provider.facts, Facts::default());
    assert_eq!(provider.facts.context_tokens(), 128_000);
    assert_eq!(provider.cost, Cost::default());
    assert_eq!((provider.cost.cache_read_factor, provider.cost.cache_write_factor), (0.10, 1.25));
    assert_eq!(provider.monthly_budget, None);
    assert_eq!(provider.limits, Limits::default());
    assert!(provider.restart_command.is_empty());
}

#[test]
fn a_profile() {
    let config = load_right(&minimal("", "")).config;
    let profile = config.profile("default").unwrap();
    assert_eq!(profile.timeout, None);
    assert_eq!(profile.append_system_prompt, SystemPrompt::Inherit);
    assert_eq!(profile.keepalive_after, secs(20));
    assert_eq!(profile.tool_repair, ToolRepair::Repair);
    assert_eq!(profile.partial_stitch, PartialStitchAction::Off);
    assert_eq!(profile.stream_truncation, StreamTruncationAction::Error);
    assert_eq!(profile.empty_response, EmptyResponseAction::Fallback);
    assert_eq!(profile.tool_choice, ToolChoiceAction::Off);
    assert_eq!(profile.cache_control, CacheControlAction::Off);
    assert_eq!(profile.deferred_tools, DeferredToolsAction::Auto);
    assert!(!profile.adaptive);
    assert_eq!(profile.monthly_budget, None);
    assert_eq!(profile.hedge, Hedge { after: HedgeAfter::Never, paid: false });
    let ToolLoop { action, window, threshold, max_tool_calls } = profile.tool_loop;
    assert_eq!((action, window, threshold, max_tool_calls), (ToolLoopAction::Warn, 5, 3, 50));
    let MemoryPressure { action, cooldown } = profile.memory_pressure;
    assert_eq!((action, cooldown), (MemoryPressureAction::Warn, secs(120)));
    let health = profile.backend_health;
    assert_eq!((health.action, health.threshold), (BackendHealthAction::Warn, 3));
    assert_eq!((health.half_open, health.recovery_initial), (secs(30), secs(30)));
    assert_eq!((health.recovery_max, health.restart_timeout), (secs(300), secs(30)));
    let budget = profile.context_budget;
    assert_eq!((budget.action, budget.preserve_last), (ContextBudgetAction::Off, 4));
    assert_eq!((budget.warn, budget.trim, budget.target), (0.80, 0.90, 0.75));
    let drift = profile.drift;
    assert_eq!((drift.action, drift.window, drift.cooldown), (DriftAction::Off, 20, secs(300)));
    assert_eq!((drift.sensitivity, drift.goal_mode), (DriftSensitivity::Normal, false));
}

#[test]
fn timeouts_follow_from_the_host_until_they_are_set() {
    let timeouts = |provider: &str, profile: &str| {
        let config = load_right(&minimal(provider, profile)).config;
        config.providers[0].timeouts_under(&config.profiles[0])
    };
    let each = |seconds| Timeouts { connect: secs(seconds), first_byte: secs(seconds), idle: secs(seconds) };
    assert_eq!(timeouts("", ""), Timeouts { connect: secs(5), first_byte: secs(600), idle: secs(120) });
    assert_eq!(timeouts("local: false", "").first_byte, secs(120));
    assert_eq!(timeouts("timeout_s: 30", ""), each(30));
    assert_eq!(timeouts("timeout_s: 86400", "timeout_s: 601"), each(601));
    let cloud = minimal("", "").replace("http://localhost:1", "https://example.com");
    assert_eq!(load_right(&cloud).config.providers[0].timeouts, Timeouts::REMOTE);
    let declared = cloud.replace("model: m", "model: m\n    local: true");
    assert_eq!(load_right(&declared).config.providers[0].timeouts, Timeouts::LOCAL);
}

#[test]
fn a_profile_overrides_the_providers_prompt() {
    let prompt = |profile: &str| {
        let config = load_right(&minimal("append_system_prompt: own ${NOT_A_VARIABLE}", profile)).config;
        config.providers[0].system_prompt_under(&config.profiles[0]).map(str::to_owned)
    };
    assert_eq!(prompt("").as_deref(), Some("own ${NOT_A_VARIABLE}"));
    assert_eq!(prompt("append_system_prompt: other").as_deref(), Some("other"));
    assert_eq!(prompt("append_system_prompt: ''"), None);
}

#[test]
fn words_are_words_and_booleans_booleans() {
    let profile =
        "adaptive: on\nmemory_pressure_action: off\nempty_response_action: \"off\"\nhedge_after_s: auto";
    let config = load_right(
        &minimal("paid: Yes\ntimeout_s: \"30\"\nmodel: 4711", profile).replace("    model: m\n", ""),
    )
    .config;
    let (provider, profile) = (&config.providers[0], &config.profiles[0]);
    assert!(provider.paid && profile.adaptive);
    assert_eq!(provider.model.as_str(), "4711");
    assert_eq!(provider.timeouts.connect, secs(30));
    assert_eq!(profile.memory_pressure.action, MemoryPressureAction::Off);
    assert_eq!(profile.empty_response, EmptyResponseAction::Off);
    assert_eq!(profile.hedge.after, HedgeAfter::Auto);
}

#[test]
fn null_is_as_good_as_unset() {
    let loaded =
        load_right(&minimal("cost: ~\nttft_timeout_s: null\npaid:\nextra_body: Null", "timeout_s: ~"));
    assert_eq!(loaded.config.providers[0].cost, Cost::default());
    assert!(loaded.unbuilt.is_empty());
}

#[test]
fn anchors_and_merges_work() {
    let text = "\
providers:
  - &base {name: a, base_url: http://localhost/v1, model: m, paid: true, cost: &cost {monthly_budget_usd: 3}}
  - {<<: *base, name: b, paid: false}
  - {<<: [{model: n}, *base], name: c}
profiles:
  - {name: default, providers: [a, b, c]}
";
    let config = load_right(text).config;
    let facts: Vec<_> = config
        .providers
        .iter()
        .map(|p| (p.name.as_str(), p.model.as_str(), p.paid, p.monthly_budget.map(|usd| usd.dollars())))
        .collect();
    assert_eq!(
        facts,
        [("a", "m", true, Some(3.0)), ("b", "m", false, Some(3.0)), ("c", "n", true, Some(3.0))]
    );
}
