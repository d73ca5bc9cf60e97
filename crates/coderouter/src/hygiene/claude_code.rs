//! Claude Code on this machine: its version, and the variables that lead it to the router.

mod credentials;
mod settings;

use super::base_url::{self, Form, is_loopback};
use super::program::Ran;
use super::{Finding, Machine, proxy, version};
use canon::config::Endpoint;
use settings::Settings;

/// From this version on a context window of a million tokens is taken for granted behind a gateway.
const ASSUMES_A_MILLION: [u32; 3] = [2, 1, 285];

/// Before this version a compaction was repeated where the model in the answer had another name.
const COMPACTS_ONCE: [u32; 3] = [2, 1, 301];

/// In this version every request fails where tool search is refused.
const NEEDS_TOOL_SEARCH: [u32; 3] = [2, 1, 304];

/// Checks the installation and what it is told.
pub fn check(machine: &Machine<'_>) -> Vec<Finding> {
    let settings = Settings::read(machine);
    let version = match machine.version_of("claude") {
        Ran::Ended { code: Some(0), out } => version::parse(&out),
        _ => None,
    };
    let mut findings = vec![of_version(version, &settings), of_base_url(machine, &settings)];
    findings.extend(credentials::check(machine, &settings));
    findings.push(proxy::check(machine.env, &host(&settings)));
    findings.extend(of_variables(version, &settings));
    findings.push(settings.contradictions());
    findings
}

fn of_version(found: Option<[u32; 3]>, settings: &Settings<'_>) -> Finding {
    const CHECK: &str = "version";
    let Some(found) = found else {
        return Finding::info(
            CHECK,
            "claude is not on the search path or says no version: its version is not checked",
        );
    };
    let shown = version::show(found);
    if found == NEEDS_TOOL_SEARCH && !settings.says("ENABLE_TOOL_SEARCH", &["false", "0"]) {
        return Finding::warn(
            CHECK,
            format!("claude {shown}: every request fails where tool search is refused"),
        )
        .with_fix("update Claude Code, or export ENABLE_TOOL_SEARCH=false");
    }
    if found < COMPACTS_ONCE {
        let detail = format!(
            "claude {shown}: it compacts again and again where a router answers under another model's name; this one does not"
        );
        return Finding::info(CHECK, detail);
    }
    Finding::ok(CHECK, format!("claude {shown}"))
}

fn of_base_url(machine: &Machine<'_>, settings: &Settings<'_>) -> Finding {
    const CHECK: &str = "base-url";
    let clouds = ["CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX"];
    if let Some(cloud) = clouds.into_iter().find(|name| settings.says(name, &["1", "true"])) {
        return Finding::warn(
            CHECK,
            format!("{cloud} is set, so Claude Code asks that cloud and not the router"),
        )
        .with_fix(format!("unset {cloud}"));
    }
    match settings.get("ANTHROPIC_BASE_URL") {
        Some(url) => base_url::judge(CHECK, machine, "ANTHROPIC_BASE_URL", url, Form::Bare),
        None => {
            let detail = "ANTHROPIC_BASE_URL is not set here, so Claude Code talks to Anthropic";
            Finding::info(CHECK, detail)
                .with_fix(format!("export ANTHROPIC_BASE_URL={}", Form::Bare.right(machine.port)))
        }
    }
}

/// The host that Claude Code asks, where that is this machine.
fn host(settings: &Settings<'_>) -> String {
    let endpoint = settings.get("ANTHROPIC_BASE_URL").and_then(|url| url.parse::<Endpoint>().ok());
    endpoint
        .map(|endpoint| endpoint.host)
        .filter(|host| is_loopback(host))
        .unwrap_or_else(|| "localhost".to_owned())
}

fn of_variables(found: Option<[u32; 3]>, settings: &Settings<'_>) -> Vec<Finding> {
    let tool_search = match settings.says("ENABLE_TOOL_SEARCH", &["false", "0"]) {
        true => Finding::ok("tool-search", "it is off"),
        false => Finding::warn(
            "tool-search",
            "ENABLE_TOOL_SEARCH is not false: models of your own don't know tools that are searched for",
        )
        .with_fix("export ENABLE_TOOL_SEARCH=false"),
    };
    let window = if settings.get("CLAUDE_CODE_MAX_CONTEXT_TOKENS").is_some() {
        Finding::ok("context-window", "CLAUDE_CODE_MAX_CONTEXT_TOKENS is set")
    } else if found.is_none_or(|found| found >= ASSUMES_A_MILLION) {
        let detail = "CLAUDE_CODE_MAX_CONTEXT_TOKENS is not set: a window of a million tokens is taken for granted, and compaction comes too late";
        Finding::warn("context-window", detail)
            .with_fix("export CLAUDE_CODE_MAX_CONTEXT_TOKENS=N, N being what your smallest model takes")
    } else {
        Finding::ok("context-window", "this version takes 200,000 tokens for granted")
    };
    let hints = match settings.says("CLAUDE_CODE_GATEWAY_HINT_HEADERS", &["1", "true"]) {
        true => Finding::ok("hint-headers", "Claude Code says what each request is for"),
        false => Finding::info(
            "hint-headers",
            "CLAUDE_CODE_GATEWAY_HINT_HEADERS is not 1: the router can't tell what each request is for",
        )
        .with_fix("export CLAUDE_CODE_GATEWAY_HINT_HEADERS=1"),
    };
    let auto_mode = match settings.says("CLAUDE_CODE_AUTO_MODE_SERVER", &["0"]) {
        true => Finding::ok("auto-mode", "it needs no server"),
        false => Finding::warn(
            "auto-mode",
            "CLAUDE_CODE_AUTO_MODE_SERVER is not 0: auto mode asks a server that no router has",
        )
        .with_fix("export CLAUDE_CODE_AUTO_MODE_SERVER=0"),
    };
    vec![tool_search, window, hints, auto_mode]
}

#[cfg(test)]
mod tests;
