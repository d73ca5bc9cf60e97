//! What Claude Code sends as its credential: one, and one that the router is meant to get.

use super::super::base_url::is_loopback;
use super::super::machine::text_of;
use super::super::{Finding, Machine};
use super::settings::Settings;
use canon::config::Endpoint;
use serde_json::Value;

/// How many characters of a key Claude Code remembers where a person has declined it.
const REMEMBERED: usize = 20;

/// Checks `credential` and `login`.
pub(super) fn check(machine: &Machine<'_>, settings: &Settings<'_>) -> Vec<Finding> {
    let own = machine.at_home(".claude.json").and_then(|path| text_of(&path));
    let own = own.and_then(|text| serde_json::from_str::<Value>(&text).ok()).unwrap_or_default();
    vec![credential(settings, &own), login(machine, settings, &own)]
}

fn credential(settings: &Settings<'_>, own: &Value) -> Finding {
    const CHECK: &str = "credential";
    let (token, key) = (settings.get("ANTHROPIC_AUTH_TOKEN"), settings.get("ANTHROPIC_API_KEY"));
    match (token, key) {
        (Some(_), Some(_)) => Finding::warn(CHECK, "ANTHROPIC_API_KEY is set besides ANTHROPIC_AUTH_TOKEN")
            .with_fix("unset ANTHROPIC_API_KEY"),
        (Some(_), None) => Finding::ok(CHECK, "ANTHROPIC_AUTH_TOKEN is set"),
        (None, Some(key)) if is_declined(own, key) => {
            Finding::warn(CHECK, "ANTHROPIC_API_KEY is set, and you have told Claude Code once not to use it")
                .with_fix("unset ANTHROPIC_API_KEY; export ANTHROPIC_AUTH_TOKEN=dummy")
        }
        (None, Some(_)) => Finding::ok(CHECK, "ANTHROPIC_API_KEY is set"),
        (None, None) if leads_here(settings) && !is_logged_in(own) => Finding::warn(
            CHECK,
            "no credential is set, so Claude Code asks for a login before it asks the router",
        )
        .with_fix("export ANTHROPIC_AUTH_TOKEN=dummy"),
        (None, None) => Finding::info(CHECK, "neither ANTHROPIC_AUTH_TOKEN nor ANTHROPIC_API_KEY is set"),
    }
}

/// A login and a token: Claude Code warns of it, and which one is sent depends on its version.
fn login(machine: &Machine<'_>, settings: &Settings<'_>, own: &Value) -> Finding {
    const CHECK: &str = "login";
    let file = machine.at_home(".claude/.credentials.json");
    let has_file = file.is_some_and(|path| text_of(&path).is_some_and(|text| text.contains("claudeAiOauth")));
    if !(has_file || is_logged_in(own)) {
        return Finding::ok(CHECK, "Claude Code is not logged in to Anthropic");
    }
    let with =
        ["ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY"].into_iter().find(|name| settings.get(name).is_some());
    match with {
        Some(name) => {
            Finding::warn(CHECK, format!("Claude Code is logged in to Anthropic, and {name} is set"))
                .with_fix(format!("claude /logout, or unset {name} where you want the login"))
        }
        None if leads_here(settings) => {
            Finding::info(CHECK, "Claude Code is logged in to Anthropic, and sends that login to the router")
        }
        None => Finding::ok(CHECK, "Claude Code is logged in to Anthropic, and nothing else is set"),
    }
}

fn is_logged_in(own: &Value) -> bool {
    own.get("oauthAccount").is_some_and(Value::is_object)
}

fn leads_here(settings: &Settings<'_>) -> bool {
    let endpoint = settings.get("ANTHROPIC_BASE_URL").and_then(|url| url.parse::<Endpoint>().ok());
    endpoint.is_some_and(|endpoint| is_loopback(&endpoint.host))
}

fn is_declined(own: &Value, key: &str) -> bool {
    let skipped = key.chars().count().saturating_sub(REMEMBERED);
    let end: String = key.chars().skip(skipped).collect();
    let declined = own.get("customApiKeyResponses").and_then(|answers| answers.get("rejected"));
    declined
        .and_then(Value::as_array)
        .is_some_and(|list| list.iter().any(|one| one == &Value::from(end.as_str())))
}
