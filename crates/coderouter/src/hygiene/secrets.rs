//! Keys: whether they are kept out of what is told, and whether any has got into what was written.

mod scan;

use super::Finding;
use crate::config::{Env, holds_secret};
use crate::door::METRICS_TOKEN;
use canon::config::{Config, Credential};
use std::path::Path;
use telemetry::redact::{Redactor, SECRET_MIN};

/// What the checks look at.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The text of its file.
    pub text: &'a str,
    /// The environment the keys come from.
    pub env: &'a Env,
}

/// A variable and the key in it.
struct Live {
    name: String,
    value: String,
}

/// Checks `redaction-filter`, `registered-secrets`, `config-embedded-credentials` and `written-log-scan`.
pub fn check(place: Place<'_>) -> Vec<Finding> {
    let live = live(place);
    vec![
        filter(&live),
        registered(place),
        embedded(place.text),
        written(&live, place.config.state.dir.as_deref()),
    ]
}

/// The variables that the configuration takes keys from, each once.
fn declared(config: &Config) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for provider in &config.providers {
        if let Credential::Env { var } = &provider.credential
            && !names.contains(&var.as_str())
        {
            names.push(var);
        }
    }
    names
}

fn live(place: Place<'_>) -> Vec<Live> {
    let tokens = [place.config.server.token_env.as_str(), METRICS_TOKEN];
    let names = declared(place.config).into_iter().chain(tokens);
    names
        .filter_map(|name| {
            Some(Live { name: name.to_owned(), value: place.env.get_trimmed(name)?.to_owned() })
        })
        .collect()
}

/// Sends a made-up key and the live ones through the filter that all lines go through.
fn filter(live: &[Live]) -> Finding {
    const CHECK: &str = "redaction-filter";
    let canary = Live {
        name: "CANARY".to_owned(),
        value: format!("canary/{:016x}+{:016x}", fastrand::u64(..), fastrand::u64(..)),
    };
    let all: Vec<_> = live.iter().chain([&canary]).collect();
    let redactor = Redactor::new(all.iter().map(|live| (live.name.clone(), live.value.clone())));
    let is_long = |live: &&&Live| live.value.chars().count() >= SECRET_MIN;
    let lets_through = |live: &&&Live| {
        let value = live.value.as_str();
        let nested = serde_json::json!({ "error": { "headers": [format!("Bearer {value}")] } }).to_string();
        [format!("failed with {value}."), format!("authorization: Bearer {value}"), nested]
            .iter()
            .any(|text| redactor.clean(text).contains(value))
    };
    let leaks: Vec<_> =
        all.iter().filter(is_long).filter(lets_through).map(|live| live.name.as_str()).collect();
    if !leaks.is_empty() {
        return Finding::error(CHECK, format!("the filter lets through {}", leaks.join(", ")))
            .with_fix("report this as a bug of coderouter, and write no log until then");
    }
    let short: Vec<_> = live
        .iter()
        .filter(|live| live.value.chars().count() < SECRET_MIN)
        .map(|live| live.name.as_str())
        .collect();
    if short.is_empty() {
        return Finding::ok(
            CHECK,
            "a made-up key and all live ones are kept out of messages and nested fields",
        );
    }
    let detail = format!(
        "shorter than {SECRET_MIN} characters, so they can't be told from words: {}",
        short.join(", ")
    );
    Finding::warn(CHECK, detail).with_fix("use longer keys")
}

fn registered(place: Place<'_>) -> Finding {
    const CHECK: &str = "registered-secrets";
    let names = declared(place.config);
    if names.is_empty() {
        return Finding::skip(CHECK, "the configuration names no api_key_env");
    }
    let unset: Vec<_> = names.iter().copied().filter(|name| place.env.get_trimmed(name).is_none()).collect();
    if unset.is_empty() {
        return Finding::ok(CHECK, format!("all are set: {}", names.join(", ")));
    }
    Finding::warn(CHECK, format!("not set: {}", unset.join(", ")))
        .with_fix("export them, or name a file of them with --env-file")
}

/// Keys that stand in the configuration itself.
fn embedded(text: &str) -> Finding {
    const CHECK: &str = "config-embedded-credentials";
    let backstop = Redactor::new([]);
    let (mut sure, mut likely) = (Vec::new(), Vec::new());
    for (index, line) in text.lines().enumerate() {
        if backstop.clean(line) != line {
            sure.push(index + 1);
        } else if holds_secret(line) {
            likely.push(index + 1);
        }
    }
    let fix = "put it in an environment variable, and name that with api_key_env";
    if !sure.is_empty() {
        return Finding::error(CHECK, format!("the configuration holds a key in {}", lines(&sure)))
            .with_fix(fix);
    }
    if !likely.is_empty() {
        let detail = format!("the configuration holds what looks like a secret in {}", lines(&likely));
        return Finding::warn(CHECK, detail).with_fix(fix);
    }
    Finding::ok(CHECK, "the configuration holds no key")
}

fn lines(numbers: &[usize]) -> String {
    let shown: Vec<_> = numbers.iter().take(5).map(|number| format!("line {number}")).collect();
    let more = if numbers.len() > 5 { ", and more" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// Looks for live keys in all that was written to the state folder.
fn written(live: &[Live], dir: Option<&Path>) -> Finding {
    const CHECK: &str = "written-log-scan";
    let Some(dir) = dir else { return Finding::skip(CHECK, "nothing is written: there is no state folder") };
    let long: Vec<_> = live.iter().filter(|live| live.value.chars().count() >= SECRET_MIN).collect();
    if long.is_empty() {
        return Finding::skip(CHECK, "no key is set that could be looked for");
    }
    let needles: Vec<_> = long.iter().map(|live| (live.name.as_str(), live.value.as_str())).collect();
    let found = scan::folder(dir, &needles);
    if !found.hits.is_empty() {
        let shown: Vec<_> = found.hits.iter().take(5).map(ToString::to_string).collect();
        let more = if found.hits.len() > 5 { ", and more" } else { "" };
        return Finding::error(CHECK, format!("live keys were written: {}{more}", shown.join(", ")))
            .with_fix("make new keys, then remove these files");
    }
    if !found.unread.is_empty() {
        return Finding::warn(CHECK, format!("could not be read: {}", found.unread.join(", ")));
    }
    if found.files.is_empty() {
        return Finding::skip(CHECK, format!("there is nothing in {}", dir.display()));
    }
    Finding::ok(CHECK, format!("no live key is in {}", found.files.join(", ")))
}

#[cfg(test)]
mod tests;
