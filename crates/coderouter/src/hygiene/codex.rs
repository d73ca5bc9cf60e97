//! Codex on this machine: its version, and the provider it is told to ask.

mod toml;

use super::base_url::{self, Form};
use super::machine::text_of;
use super::program::Ran;
use super::{Finding, Machine, proxy, version};
use std::path::PathBuf;
use toml::Toml;

/// Checks the installation and what it is told.
pub fn check(machine: &Machine<'_>) -> Vec<Finding> {
    let mut findings = vec![of_version(machine)];
    findings.extend((!crate::ingress::answers(RESPONSES)).then(not_answered));
    let path = config_path(machine);
    let text = path.as_ref().and_then(|path| text_of(path));
    let config = Toml::read(text.as_deref().unwrap_or_default());
    match (&path, &text) {
        (Some(path), None) => {
            let detail = format!("there is no {}, so Codex asks OpenAI", path.display());
            findings.push(Finding::info("provider", detail).with_fix(stanza(machine)));
        }
        (Some(_), Some(_)) => findings.extend(of_provider(machine, &config)),
        (None, _) => findings.push(Finding::skip("provider", "there is no home folder")),
    }
    findings.extend(of_environment(machine, &config));
    findings.push(proxy::check(machine.env, "localhost"));
    findings
}

/// The one path that Codex asks at.
const RESPONSES: &str = "/v1/responses";

fn not_answered() -> Finding {
    let detail = "this router does not answer the Responses API yet, and Codex speaks no other: what follows is of use \
                  once it does";
    Finding::info("router", detail)
}

fn config_path(machine: &Machine<'_>) -> Option<PathBuf> {
    match machine.env.get_trimmed("CODEX_HOME") {
        Some(folder) => Some(PathBuf::from(folder).join("config.toml")),
        None => machine.at_home(".codex/config.toml"),
    }
}

fn of_version(machine: &Machine<'_>) -> Finding {
    const CHECK: &str = "version";
    match machine.version_of("codex") {
        Ran::Ended { code: Some(0), out } => match version::parse(&out) {
            Some(found) => Finding::ok(CHECK, format!("codex {}", version::show(found))),
            None => Finding::info(CHECK, "codex says no version"),
        },
        Ran::Absent => Finding::info(CHECK, "codex is not on the search path"),
        _ => Finding::info(CHECK, "codex does not say its version"),
    }
}

/// What is to stand in the file.
fn stanza(machine: &Machine<'_>) -> String {
    format!(
        "write into config.toml:\nmodel_provider = \"coderouter\"\n[model_providers.coderouter]\nname = \"CodeRouter\"\n\
         base_url = \"{}\"\nwire_api = \"responses\"",
        Form::Versioned.right(machine.port)
    )
}

/// The provider that is chosen, its URL, its wire and its key.
fn of_provider(machine: &Machine<'_>, config: &Toml) -> Vec<Finding> {
    const CHECK: &str = "provider";
    let profile = config.get("profile").map(|name| format!("profiles.{name}.model_provider"));
    let chosen = profile.and_then(|key| config.get(&key)).or_else(|| config.get("model_provider"));
    let Some(name) = chosen.filter(|name| *name != "openai") else {
        return vec![
            Finding::info(CHECK, "no other provider is chosen, so Codex asks OpenAI")
                .with_fix(stanza(machine)),
        ];
    };
    let of = |field: &str| config.get(&format!("model_providers.{name}.{field}"));
    let Some(url) = of("base_url") else {
        return vec![
            Finding::warn(CHECK, format!("the provider `{name}` is chosen and has no base_url"))
                .with_fix(stanza(machine)),
        ];
    };
    let mut findings = vec![Finding::ok(CHECK, format!("the provider `{name}` is chosen"))];
    findings.push(base_url::judge(
        "base-url",
        machine,
        &format!("model_providers.{name}.base_url"),
        url,
        Form::Versioned,
    ));
    findings.push(match of("wire_api") {
        Some("chat") => Finding::error("wire", "wire_api is \"chat\", and Codex refuses to start with it")
            .with_fix("wire_api = \"responses\""),
        Some(wire) if wire != "responses" => {
            Finding::warn("wire", "wire_api is neither \"responses\" nor left out")
                .with_fix("wire_api = \"responses\"")
        }
        _ => Finding::ok("wire", "Codex speaks the Responses wire"),
    });
    findings.push(match of("env_key") {
        Some(variable) if machine.env.get_trimmed(variable).is_none() => Finding::warn(
            "credential",
            format!("env_key names {variable}, which is not set, and Codex needs it"),
        )
        .with_fix(format!("export {variable}=dummy, or leave env_key out")),
        Some(variable) => Finding::ok("credential", format!("{variable} is set")),
        None if of("requires_openai_auth") == Some("true") => Finding::warn(
            "credential",
            "requires_openai_auth is true: your OpenAI login is sent to this provider",
        )
        .with_fix("requires_openai_auth = false"),
        None => Finding::ok("credential", "none is asked for"),
    });
    findings
}

/// Variables of the shell, which only the provider that is built in reads.
fn of_environment(machine: &Machine<'_>, config: &Toml) -> Vec<Finding> {
    const CHECK: &str = "environment";
    let is_own = config.get("model_provider").is_some_and(|name| name != "openai");
    let (url, key) = (machine.env.get_trimmed("OPENAI_BASE_URL"), machine.env.get_trimmed("OPENAI_API_KEY"));
    match (url, key) {
        (None, None) => vec![Finding::ok(CHECK, "neither OPENAI_BASE_URL nor OPENAI_API_KEY is set")],
        (Some(_), _) if is_own => {
            vec![Finding::info(CHECK, "OPENAI_BASE_URL is set; the provider in config.toml wins over it")]
        }
        (Some(url), key) => {
            let mut findings = vec![base_url::judge(CHECK, machine, "OPENAI_BASE_URL", url, Form::Versioned)];
            if key.is_none() {
                findings.push(
                    Finding::warn(
                        "openai-key",
                        "OPENAI_BASE_URL is set and OPENAI_API_KEY is not, so a login is asked for",
                    )
                    .with_fix("export OPENAI_API_KEY=dummy"),
                );
            } else if key.is_some_and(|key| key.starts_with("sk-")) {
                findings.push(
                    Finding::warn(
                        "openai-key",
                        "OPENAI_API_KEY holds a real key, which goes to whoever OPENAI_BASE_URL names",
                    )
                    .with_fix("export OPENAI_API_KEY=dummy, where OPENAI_BASE_URL is the router"),
                );
            }
            findings
        }
        (None, Some(_)) if is_own => vec![Finding::ok(CHECK, "OPENAI_BASE_URL is not set")],
        (None, Some(_)) => vec![
            Finding::info(CHECK, "OPENAI_API_KEY is set and nothing leads elsewhere, so Codex asks OpenAI")
                .with_fix(format!("export OPENAI_BASE_URL={}", Form::Versioned.right(machine.port))),
        ],
    }
}

#[cfg(test)]
mod tests;
