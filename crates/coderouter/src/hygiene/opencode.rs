//! opencode on this machine: its version, and the providers it is told of.

use super::base_url::{self, Form, is_loopback};
use super::machine::text_of;
use super::program::Ran;
use super::{Finding, Machine, proxy, version};
use canon::config::Endpoint;
use serde_json::Value;
use std::path::PathBuf;

/// Checks the installation and what it is told.
pub fn check(machine: &Machine<'_>) -> Vec<Finding> {
    let mut findings = vec![of_version(machine)];
    let files: Vec<_> =
        paths(machine).into_iter().filter_map(|path| text_of(&path).map(|text| (path, text))).collect();
    let mut providers = Vec::new();
    for (path, text) in &files {
        match amend::read_json(text) {
            Ok(data) => providers.extend(urls(&data)),
            Err(error) => findings.push(
                Finding::warn("config", format!("{}: {error}", path.display())).with_fix("mend the file"),
            ),
        }
    }
    findings.extend(of_providers(machine, &providers));
    findings.push(proxy::check(machine.env, "localhost"));
    findings
}

/// Where its configuration may be: everybody's, the user's choice, the folder's.
fn paths(machine: &Machine<'_>) -> Vec<PathBuf> {
    let own = match machine.env.get_trimmed("XDG_CONFIG_HOME") {
        Some(folder) => Some(PathBuf::from(folder)),
        None => machine.at_home(".config"),
    };
    let folders = own.map(|own| own.join("opencode")).into_iter().chain([machine.folder.to_owned()]);
    let mut paths: Vec<_> =
        folders.flat_map(|folder| [folder.join("opencode.json"), folder.join("opencode.jsonc")]).collect();
    paths.extend(machine.env.get_trimmed("OPENCODE_CONFIG").map(PathBuf::from));
    paths
}

fn of_version(machine: &Machine<'_>) -> Finding {
    const CHECK: &str = "version";
    match machine.version_of("opencode") {
        Ran::Ended { code: Some(0), out } => match version::parse(&out) {
            Some(found) => Finding::ok(CHECK, format!("opencode {}", version::show(found))),
            None => Finding::info(CHECK, "opencode says no version"),
        },
        Ran::Absent => Finding::info(CHECK, "opencode is not on the search path"),
        _ => Finding::info(CHECK, "opencode does not say its version"),
    }
}

/// Names of providers and their base URLs.
fn urls(data: &Value) -> Vec<(String, String)> {
    let providers = data.get("provider").and_then(Value::as_object);
    let url = |(name, provider): (&String, &Value)| {
        let url = provider.get("options")?.get("baseURL")?.as_str()?;
        Some((name.clone(), url.to_owned()))
    };
    providers.into_iter().flatten().filter_map(url).collect()
}

/// One of the providers should be the router; others on this machine may well be model servers.
fn of_providers(machine: &Machine<'_>, providers: &[(String, String)]) -> Vec<Finding> {
    const CHECK: &str = "provider";
    let at_router = |url: &str| {
        let endpoint = url.parse::<Endpoint>();
        endpoint.is_ok_and(|endpoint| is_loopback(&endpoint.host) && endpoint.port == machine.port)
    };
    let here: Vec<_> = providers.iter().filter(|(_, url)| at_router(url)).collect();
    if here.is_empty() {
        let known: Vec<_> = providers.iter().map(|(name, _)| name.as_str()).collect();
        let detail = match known.is_empty() {
            true => {
                "no provider with a baseURL is configured, so opencode does not ask the router".to_owned()
            }
            false => format!("no provider leads to the router's port {}: {}", machine.port, known.join(", ")),
        };
        return vec![Finding::info(CHECK, detail).with_fix(stanza(machine))];
    }
    let judge = |(name, url): &&(String, String)| {
        base_url::judge(CHECK, machine, &format!("provider.{name}.options.baseURL"), url, Form::Versioned)
    };
    here.iter().map(judge).collect()
}

/// What is to stand in the file.
fn stanza(machine: &Machine<'_>) -> String {
    format!(
        "write into opencode.json:\n{{\"provider\": {{\"coderouter\": {{\"npm\": \"@ai-sdk/openai-compatible\", \"name\": \"CodeRouter\", \
         \"options\": {{\"baseURL\": \"{}\", \"apiKey\": \"dummy\"}}, \"models\": {{\"auto\": {{}}}}}}}}}}",
        Form::Versioned.right(machine.port)
    )
}

#[cfg(test)]
mod tests;
