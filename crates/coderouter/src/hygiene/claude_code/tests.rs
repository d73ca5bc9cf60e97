//! Claude Code on made-up machines.

use super::check;
use crate::hygiene::Verdict::{Info, Ok, Warn};
use crate::hygiene::exit_code;
use crate::hygiene::stage::{Stage, finds};

/// All that leads Claude Code to the router.
const WELL: [(&str, &str); 6] = [
    ("ANTHROPIC_BASE_URL", "http://localhost:4000"),
    ("ANTHROPIC_AUTH_TOKEN", "dummy"),
    ("ENABLE_TOOL_SEARCH", "false"),
    ("CLAUDE_CODE_MAX_CONTEXT_TOKENS", "32768"),
    ("CLAUDE_CODE_GATEWAY_HINT_HEADERS", "1"),
    ("CLAUDE_CODE_AUTO_MODE_SERVER", "0"),
];

/// The same with one variable set otherwise; an empty one counts as none.
fn but<'a>(name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    WELL.iter().copied().chain([(name, value)]).collect()
}

#[test]
fn all_may_be_well() {
    let found = Stage::new(Some("2.1.328 (Claude Code)\n"), &WELL).find(check);
    assert!(found.0.iter().all(|finding| finding.verdict == Ok), "{:#?}", found.0);
    assert_eq!(found.0.len(), 10);
    let nothing = Stage::new(None, &[]).find(check);
    assert_eq!((nothing.verdict("version"), nothing.verdict("base-url")), (Some(Info), Some(Info)));
    assert_eq!(exit_code(&nothing.0), 2);
}

#[test]
fn versions_have_their_troubles() {
    let of = |version, variables: &[(&str, &str)]| Stage::new(Some(version), variables);
    finds(check, &of("2.1.197", &WELL), "version", Info, "this one does not");
    finds(check, &of("2.1.304", &WELL), "version", Ok, "2.1.304");
    finds(check, &of("2.1.304", &but("ENABLE_TOOL_SEARCH", "true")), "version", Warn, "every request fails");
    let unset = but("CLAUDE_CODE_MAX_CONTEXT_TOKENS", "");
    finds(check, &of("2.1.284", &unset), "context-window", Ok, "200,000");
    finds(check, &of("2.1.285", &unset), "context-window", Warn, "a million");
    finds(check, &Stage::new(None, &unset), "context-window", Warn, "a million");
}

#[test]
fn each_variable_has_its_rule() {
    let of = |name, value| Stage::new(Some("2.1.328"), &but(name, value));
    finds(check, &of("ENABLE_TOOL_SEARCH", "auto"), "tool-search", Warn, "");
    finds(check, &of("CLAUDE_CODE_GATEWAY_HINT_HEADERS", "0"), "hint-headers", Info, "");
    finds(check, &of("CLAUDE_CODE_AUTO_MODE_SERVER", ""), "auto-mode", Warn, "");
    finds(check, &of("http_proxy", "http://proxy:3128"), "proxy", Warn, "localhost");
}

#[test]
fn the_url_must_lead_to_the_router() {
    let of = |url| Stage::new(Some("2.1.328"), &but("ANTHROPIC_BASE_URL", url));
    finds(
        check,
        &of("http://127.0.0.1:8088"),
        "base-url",
        Warn,
        "leads to port 8088, and the router's is 4000",
    );
    finds(check, &of("http://localhost:4000/v1"), "base-url", Warn, "ends in /v1");
    finds(check, &of("localhost:4000"), "base-url", Warn, "must start with http://");
    finds(check, &of("https://user:secret@x"), "base-url", Warn, "carries a user name or password");
    let cloud = Stage::new(Some("2.1.328"), &but("CLAUDE_CODE_USE_BEDROCK", "1"));
    finds(check, &cloud, "base-url", Warn, "asks that cloud");
    finds(check, &of("https://gateway.example"), "base-url", Info, "leads to gateway.example");
    let nobody = Stage::new(Some("2.1.328"), &WELL).without_router();
    finds(check, &nobody, "base-url", Warn, "nobody listens");
}

#[test]
fn one_credential_is_enough() {
    finds(check, &Stage::new(None, &but("ANTHROPIC_API_KEY", "sk-x")), "credential", Warn, "besides");
    finds(check, &Stage::new(None, &but("ANTHROPIC_AUTH_TOKEN", "")), "credential", Warn, "asks for a login");
    let key = "sk-ant-0123456789abcdefghijklmnop";
    let only_key: Vec<_> =
        but("ANTHROPIC_AUTH_TOKEN", "").into_iter().chain([("ANTHROPIC_API_KEY", key)]).collect();
    finds(check, &Stage::new(None, &only_key), "credential", Ok, "");
    let declined = format!("{{\"customApiKeyResponses\":{{\"rejected\":[\"{}\"]}}}}", &key[key.len() - 20..]);
    finds(
        check,
        &Stage::new(None, &only_key).with(".claude.json", &declined),
        "credential",
        Warn,
        "not to use it",
    );
}

#[test]
fn a_login_and_a_token_are_one_too_many() {
    let account = "{\"oauthAccount\":{\"emailAddress\":\"x\"}}";
    finds(
        check,
        &Stage::new(None, &WELL).with(".claude.json", account),
        "login",
        Warn,
        "ANTHROPIC_AUTH_TOKEN is set",
    );
    let tokens = "{\"claudeAiOauth\":{\"accessToken\":\"secret\"}}";
    finds(check, &Stage::new(None, &WELL).with(".claude/.credentials.json", tokens), "login", Warn, "");
    let no_token = but("ANTHROPIC_AUTH_TOKEN", "");
    finds(
        check,
        &Stage::new(None, &no_token).with(".claude.json", account),
        "login",
        Info,
        "sends that login",
    );
    finds(check, &Stage::new(None, &[]).with(".claude.json", account), "login", Ok, "");
}

#[test]
fn settings_win_over_the_shell_and_contradictions_are_told() {
    let settings = "{\n  // mine\n  \"env\": {\"ANTHROPIC_BASE_URL\": \"http://localhost:9999\", \"ANTHROPIC_AUTH_TOKEN\": \"secret-1\"},\n}";
    let stage = Stage::new(None, &WELL).with(".claude/settings.json", settings);
    finds(check, &stage, "base-url", Warn, "port 9999");
    finds(check, &stage, "settings", Warn, "ANTHROPIC_BASE_URL is something else in ");
    assert!(!format!("{:?}", stage.find(check).0).contains("secret-1"));
    let local =
        "{\"env\": {\"ANTHROPIC_BASE_URL\": \"http://localhost:4000\", \"ANTHROPIC_AUTH_TOKEN\": \"dummy\"}}";
    finds(check, &stage.with("folder/.claude/settings.local.json", local), "settings", Ok, "");
    finds(
        check,
        &Stage::new(None, &WELL).with(".claude/settings.json", "{"),
        "settings",
        Warn,
        "not valid JSON",
    );
}
