//! What is known about models: the file's flags, the user's registry, the bundled one; and what is said about it.

use canon::config::{Credential, ExtraField, Facts, Prefill, Suitability, Support, ToolRepair};

use super::*;

fn facts(provider: &str) -> Facts {
    let text = minimal(provider, "").replace("    model: m\n", "");
    load_right(&text).config.providers[0].facts.clone()
}

#[test]
fn an_explicit_flag_beats_the_registry_both_ways() {
    let opus = "kind: anthropic\nmodel: claude-opus-4-1";
    assert_eq!(facts(opus).thinking, Support::Yes);
    assert_eq!(facts(&format!("{opus}\ncapabilities: {{thinking: false}}")).thinking, Support::No);
    assert_eq!(facts(&format!("{opus}\ncapabilities: {{prompt_cache: false}}")).prompt_cache, Support::No);
    assert_eq!(facts(&format!("{opus}\ncapabilities: {{tool_choice: true}}")).tool_choice, Support::Yes);
    assert_eq!(facts(&format!("{opus}\ncapabilities: {{prefill: plain}}")).prefill, Prefill::Plain);
    assert_eq!(facts(opus).max_context_tokens, Some(200_000));
    assert_eq!(facts(&format!("{opus}\nmax_context_tokens: 1000")).max_context_tokens, Some(1000));
    let sonnet = facts("kind: anthropic\nmodel: claude-sonnet-4-5");
    assert_eq!((sonnet.thinking, sonnet.prompt_cache), (Support::Unknown, Support::Yes));
}

#[test]
fn a_reasoning_model_on_the_openai_wire_takes_no_thinking_block() {
    let qwen = facts("model: qwen3.6:27b");
    assert_eq!((qwen.thinking, qwen.reasoning_model, qwen.tools), (Support::Unknown, true, Support::Yes));
    let own = facts("model: x\ncapabilities: {thinking: true, vision: true}");
    assert_eq!((own.thinking, own.reasoning_model, own.vision), (Support::Yes, true, Support::Yes));
    assert!(!facts("model: qwen3.6:27b\ncapabilities: {reasoning_model: false}").reasoning_model);
}

#[test]
fn the_users_registry_lies_in_the_home_folder() {
    let home = Folder::new("registry");
    let path =
        home.write(".coderouter/model-capabilities.yaml", "rules: [{match: m, capabilities: {tools: true}}]");
    let env = Env::default();
    let sources = Sources { path: None, env: &env, home: Some(&home.0), cwd: &home.0 };
    let load = || load_text(&minimal("", ""), Path::new("p.yaml"), sources);
    assert_eq!(load().unwrap().config.providers[0].facts.tools, Support::Yes);

    std::fs::write(&path, "rules: [{match: m, capabilities: {tolls: true}}, {match: '', capabilities: {}}]")
        .unwrap();
    let report = load().unwrap_err().to_string();
    assert!(report.contains("model-capabilities.yaml:1:35"), "{report}");
    assert!(report.contains("did you mean `tools`?"), "{report}");
    assert!(report.contains("an empty glob matches nothing"), "{report}");
    std::fs::write(&path, "version: 2").unwrap();
    assert!(load().unwrap_err().to_string().contains("from 1 to 1, found `2`"));
    std::fs::write(&path, "").unwrap();
    assert!(load().is_ok());
}

#[test]
fn degraded_models_are_named_for_claude_code_only() {
    let text = |profile: &str| {
        format!(
            "default_profile: {profile}\nproviders:\n  - {{name: a, model: x, base_url: http://localhost}}\n  \
             - {{name: b, model: meta/Llama-3.3-70B-Instruct, base_url: http://localhost}}\n\
             profiles: [{{name: {profile}, providers: [a, b]}}]\n"
        )
    };
    let loaded = load_right(&text("claude-code-fast"));
    let expect = Notice::SuitabilityDegraded {
        profile: "claude-code-fast".to_owned(),
        providers: vec!["b".to_owned()],
        models: vec!["meta/Llama-3.3-70B-Instruct".to_owned()],
    };
    assert_eq!(loaded.notices, [expect]);
    assert_eq!(loaded.notices[0].event(), "chain-claude-code-suitability-degraded");
    assert!(load_right(&text("coding")).notices.is_empty());
    assert_eq!(
        loaded.config.provider("b").unwrap().facts.claude_code_suitability,
        Some(Suitability::Degraded)
    );
}

#[test]
fn extra_body_keeps_its_order_and_gives_up_the_version_header() {
    let extra = "extra_body: {b: [1, 2.50], anthropic_version: 2023-06-01, a: {x: yes}}";
    let field = |key: &str, value: &str| ExtraField { key: key.to_owned(), value: value.to_owned().into() };
    let config = load_right(&minimal(&format!("kind: anthropic\n{extra}"), "")).config;
    assert_eq!(config.providers[0].anthropic_version.as_deref(), Some("2023-06-01"));
    assert_eq!(config.providers[0].extra_body, [field("b", "[1,2.50]"), field("a", "{\"x\":true}")]);
    let config = load_right(&minimal(extra, "")).config;
    assert_eq!(config.providers[0].anthropic_version, None);
    assert_eq!(config.providers[0].extra_body.len(), 3);
}

#[test]
fn credentials() {
    let credential =
        |provider: &str| load_right(&minimal(provider, "")).config.providers[0].credential.clone();
    let env = Credential::Env { var: "A_KEY".to_owned() };
    assert_eq!(credential("api_key_env: A_KEY"), env);
    assert_eq!(credential("credential: {env: A_KEY}"), env);
    assert_eq!(credential("credential: {source: env, env: A_KEY}"), env);
    assert_eq!(credential("credential: {source: client}"), Credential::Client);
    for wrong in [
        "credential: {}",
        "credential: {source: client, env: A}",
        "credential: {source: cli_session}",
        "credential: {source: cli_session, path: a.json, env: A}",
        "credential: {env: A, path: b}",
        "credential: {env: A}\napi_key_env: A",
        "credential: {source: cli_session, path: a.json, refresh: {command: []}}",
    ] {
        report(&minimal(wrong, ""));
    }
}

#[test]
fn a_session_file_lies_inside_the_home_folder() {
    let home = Folder::new("session");
    home.write("login.json", "{}");
    let outside = Folder::new("outside");
    let target = outside.write("login.json", "{}");
    let load = |path: &str| {
        let text = minimal(&format!("credential: {{source: cli_session, path: '{path}'}}"), "");
        let env = Env::default();
        load_text(&text, Path::new("p"), Sources { path: None, env: &env, home: Some(&home.0), cwd: &home.0 })
    };
    let loaded = load("~/login.json").unwrap();
    assert!(matches!(&loaded.config.providers[0].credential,
        Credential::CliSession { path, refresh: None, .. } if *path == home.0.join("login.json")));
    assert!(load("~/not-there-yet.json").is_ok());
    assert!(load("~/../login.json").is_err());
    assert!(load(&target.display().to_string()).is_err());
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&target, home.0.join("link.json")).unwrap();
        assert!(load("~/link.json").is_err());
    }
}

#[test]
fn a_makers_own_host_needs_no_repair() {
    let repair = |host: &str, provider: &str| {
        let text = minimal(provider, "tool_repair: parse").replace("http://localhost:1", host);
        let config = load_right(&text).config;
        config.providers[0].tool_repair_under(&config.profiles[0])
    };
    assert_eq!(repair("http://localhost:1", ""), ToolRepair::Parse);
    assert_eq!(repair("https://api.openai.com", ""), ToolRepair::Off);
    assert_eq!(repair("https://api.openai.com", "tool_repair: reask"), ToolRepair::Reask);
}

#[test]
fn what_is_not_built_is_named_once_and_only_where_it_is_asked_for() {
    let quiet = "memory_pressure_action: skip\nbackend_health_action: exclude\nadaptive: yes\ntool_repair: off\n\
                 context_budget_action: trim\ndrift_detection_action: reload\npartial_stitch_action: resume\n\
                 hedge_after_s: auto\nmax_tool_calls: 9\ntimeout_s: 5\ndeferred_tools_action: expand";
    assert_eq!(load_right(&minimal("limits: {rpm: 3}", quiet)).unbuilt, []);
    let flags = "capabilities: {chat: true, mcp: none}";
    let unbuilt: Vec<String> =
        load_right(&minimal(flags, "")).unbuilt.iter().map(ToString::to_string).collect();
    assert_eq!(
        unbuilt,
        ["not built yet: nothing reads these capability flags (providers[0].capabilities.chat in line 5, \
             providers[0].capabilities.mcp in line 5)",]
    );
}
