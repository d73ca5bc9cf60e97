//! Files in the style of those written for the Python program, with every key it knows: they load unchanged, and what
//! does not act is named.

use std::time::Duration;

use canon::config::*;

use super::*;

fn load_file(text: &str) -> Loaded {
    let home = Folder::new("python");
    let env = Env::default();
    let sources = Sources { path: None, env: &env, home: Some(&home.0), cwd: Path::new(".") };
    load_text(text, Path::new("providers.yaml"), sources).unwrap_or_else(|report| panic!("{report}"))
}

fn features(loaded: &Loaded) -> Vec<&'static str> {
    loaded.unbuilt.iter().map(|unbuilt| unbuilt.feature).collect()
}

#[test]
fn every_key_of_providers_and_profiles() {
    let loaded = load_file(include_str!("python/everything.yaml"));
    let config = &loaded.config;
    assert!(config.state.audit.active && config.state.requests.active);
    assert_eq!(config.probing.interval, Duration::from_secs(30));
    assert_eq!(config.display_timezone.as_deref(), Some("Asia/Tokyo"));
    assert!(!config.estimate_counts_tool_content);

    let provider = config.provider("ollama-main").unwrap();
    assert_eq!(provider.timeouts, Timeouts::each(Duration::from_secs(300)));
    assert_eq!(provider.first_token, Some(Duration::from_secs_f64(45.5)));
    assert_eq!(provider.output_filters.len(), 4);
    assert_eq!(provider.restart_command, ["brew", "services", "restart", "ollama"]);
    assert_eq!(provider.facts.max_context_tokens, Some(32_768));
    let paid = config.provider("anthropic-direct").unwrap();
    assert_eq!(paid.monthly_budget.map(|usd| usd.dollars()), Some(20.0));
    assert_eq!(paid.anthropic_version.as_deref(), Some("2023-06-01"));
    assert!(matches!(config.provider("subscription").unwrap().credential, Credential::CliSession { .. }));

    let profile = config.profile("guarded").unwrap();
    assert_eq!(profile.backend_health.action, BackendHealthAction::Exclude);
    assert_eq!(profile.context_budget.action, ContextBudgetAction::Trim);
    assert_eq!(profile.drift.sensitivity, DriftSensitivity::High);
    assert_eq!(profile.stream_truncation, StreamTruncationAction::Warn);
    assert_eq!(profile.deferred_tools, DeferredToolsAction::Expand);
    assert_eq!(config.mode("guard").unwrap().name.as_str(), "guarded");
    for built in ["budgets", "memory between runs and journals"] {
        assert!(!features(&loaded).contains(&built), "{built}");
    }
}

#[test]
fn plugins_and_agents_load_and_are_left_out() {
    let loaded = load_file(include_str!("python/plugins.yaml"));
    assert_eq!(loaded.config.providers.len(), 1);
    let chain: Vec<_> = loaded.config.profiles[0].providers.iter().map(|name| name.as_str()).collect();
    assert_eq!(chain, ["local"]);
    assert!(loaded.config.profile("agents-only").unwrap().providers.is_empty());
    let left_out =
        |name: &str, kind: &str| Notice::ProviderLeftOut { provider: name.to_owned(), kind: kind.to_owned() };
    assert_eq!(
        loaded.notices,
        [
            left_out("claude-agent", "agent_cli"),
            left_out("special", "my_plugin_kind"),
            Notice::ProfileWithoutProviders { profile: "agents-only".to_owned() },
        ]
    );
}

#[test]
fn the_launcher_and_its_swapped_models() {
    let loaded = load_file(include_str!("python/launcher.yaml"));
    assert_eq!(features(&loaded), ["the launcher"]);
    assert_eq!(loaded.config.providers.len(), 0);
    let names: Vec<_> = loaded.config.profiles.iter().map(|profile| profile.name.as_str()).collect();
    assert_eq!(names, ["default", "launcher-swap-coder", "launcher-swap-writer"]);
    assert_eq!(loaded.config.mode("write").unwrap().name.as_str(), "launcher-swap-writer");
    assert_eq!(loaded.notices, [Notice::ProfileWithoutProviders { profile: "default".to_owned() }]);
}

#[test]
fn rules_in_both_spellings() {
    let long = load_file(include_str!("python/rules.yaml")).config.auto_router.unwrap();
    let short = load_file(include_str!("python/rules-short.yaml")).config.auto_router.unwrap();
    assert_eq!(long.rules.len(), 11);
    let bare = |router: &AutoRouter| -> Vec<_> {
        router.rules.iter().map(|rule| (rule.profile.clone(), rule.matcher.clone())).collect()
    };
    assert_eq!(bare(&long), bare(&short));
    assert_eq!(long.otherwise, short.otherwise);
    assert_eq!((long.rules[4].id.as_str(), short.rules[4].id.as_str()), ("user:model", "user:4"));
}

/// The Python program takes them, and never sees a loop.
#[test]
fn a_guard_that_could_never_fire_is_a_mistake() {
    let check = |keys: &str, key: &str, values: &str| {
        let report = report(&minimal("", keys));
        let words =
            format!("in profile `default` tool_loop_window {values}, so no loop would ever be seen; raise");
        assert!(report.contains(&words) && report.contains(&format!("key: profiles[0].{key}")), "{report}");
        assert!(report.ends_with("1 mistake found"), "{report}");
    };
    let both = "tool_loop_window: 2\ntool_loop_threshold: 5";
    check(both, "tool_loop_window", "(2) is below tool_loop_threshold (5)");
    check("tool_loop_window: 2", "tool_loop_window", "(2) is below tool_loop_threshold (3)");
    check("tool_loop_threshold: 6", "tool_loop_threshold", "(5) is below tool_loop_threshold (6)");
    load_right(&minimal("", "tool_loop_window: 7\ntool_loop_threshold: 7"));
}

#[test]
fn journals_without_a_folder_are_told() {
    let text = "state_dir: ''\naudit_log: active\n".to_owned() + &minimal("", "");
    assert_eq!(load_right(&text).notices, [Notice::JournalWithoutState { journal: "audit_log" }]);
}
