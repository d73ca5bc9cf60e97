//! Codex. It reads where to ask from its configuration alone, of which any part can be given as an argument.

use super::agent::{Agent, Needs, Target, Wish, no_overrides, past_proxies};
use crate::config::Env;
use serde_json::json;

pub(super) const AGENT: Agent = Agent {
    name: "codex",
    title: "Codex",
    program: "codex",
    packages: &["@openai/codex"],
    speaks: "OpenAI's Responses API",
    asks: &["/v1/responses"],
    install: "npm install -g @openai/codex",
    overrides: no_overrides,
    needs,
};

/// The variable with the key: one of ours, so that a key of OpenAI's stays where it is.
const KEY: &str = "CODEROUTER_AGENT_KEY";

fn needs(target: &Target, env: &Env) -> Needs {
    let mut settings = vec![
        ("model_provider".to_owned(), json!("coderouter")),
        ("model".to_owned(), json!(target.model_or_any())),
        (provider("name"), json!("CodeRouter")),
        (provider("base_url"), json!(format!("{}/v1", target.url))),
        (provider("env_key"), json!(KEY)),
        (provider("wire_api"), json!("responses")),
    ];
    let profile = target.profile.as_deref();
    settings.extend(profile.map(|name| (provider("http_headers.X-CodeRouter-Profile"), json!(name))));
    // For a model that it does not know it takes a large window for granted.
    settings.extend(target.window.map(|window| ("model_context_window".to_owned(), json!(window))));
    // Strings and numbers of JSON are strings and numbers of TOML.
    let arguments = settings.into_iter().flat_map(|(key, value)| ["-c".to_owned(), format!("{key}={value}")]);
    let wishes = [Wish::Set(KEY, target.key())].into_iter().chain(past_proxies(env));
    Needs { wishes: wishes.collect(), arguments: arguments.collect(), ..Needs::default() }
}

fn provider(key: &str) -> String {
    format!("model_providers.coderouter.{key}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_of_its_own_is_given_as_arguments() {
        let target = Target {
            url: "http://127.0.0.1:4000".to_owned(),
            window: Some(32_768),
            profile: Some("coding".to_owned()),
            ..Target::default()
        };
        let arguments = needs(&target, &Env::default()).arguments.join(" ");
        for words in [
            "-c model_provider=\"coderouter\"",
            "-c model_providers.coderouter.base_url=\"http://127.0.0.1:4000/v1\"",
            "-c model_providers.coderouter.wire_api=\"responses\"",
            "-c model_context_window=32768",
            "http_headers.X-CodeRouter-Profile=\"coding\"",
        ] {
            assert!(arguments.contains(words), "`{words}` is missing: {arguments}");
        }
    }
}
