//! opencode. It takes a whole configuration in a variable, laid over those of its files.

use super::agent::{Agent, Needs, Target, Wish, no_overrides, past_proxies};
use super::environment::Value;
use crate::config::Env;
use serde_json::json;

pub(super) const AGENT: Agent = Agent {
    name: "opencode",
    title: "opencode",
    program: "opencode",
    packages: &["opencode-ai"],
    speaks: "OpenAI's Chat Completions API",
    asks: &["/v1/chat/completions"],
    install: "npm install -g opencode-ai",
    overrides: no_overrides,
    needs,
};

/// The provider's name.
const PROVIDER: &str = "coderouter";

fn needs(target: &Target, env: &Env) -> Needs {
    let configuration = Value::text(configuration(target).to_string());
    let wishes = [Wish::Set("OPENCODE_CONFIG_CONTENT", configuration)].into_iter().chain(past_proxies(env));
    Needs { wishes: wishes.collect(), ..Needs::default() }
}

fn configuration(target: &Target) -> serde_json::Value {
    // It puts the value of a variable there itself, so that the token stands in no text.
    let key = target.token.as_deref().map_or_else(|| target.key().text, |name| format!("{{env:{name}}}"));
    let mut options = json!({ "baseURL": target.openai().text, "apiKey": key });
    if let Some(profile) = &target.profile {
        options["headers"] = json!({ "X-CodeRouter-Profile": profile });
    }
    let name = target.model_or_any();
    let mut model = json!({ "name": name, "tool_call": true });
    if let (Some(context), Some(output)) = (target.window, target.answer()) {
        model["limit"] = json!({ "context": context, "output": output });
    }
    let chosen = format!("{PROVIDER}/{name}");
    json!({
        "model": chosen,
        // Titles and the like: else it would ask whoever else has a key here.
        "small_model": chosen,
        "provider": { PROVIDER: {
            "npm": "@ai-sdk/openai-compatible",
            "name": "CodeRouter",
            "options": options,
            "models": { name: model },
        }},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_configuration_has_a_provider_and_no_token() {
        let target = Target {
            url: "http://127.0.0.1:4000".to_owned(),
            token: Some("CODEROUTER_TOKEN".to_owned()),
            profile: Some("coding".to_owned()),
            window: Some(65_536),
            ..Target::default()
        };
        let made = configuration(&target);
        assert_eq!(made["model"], "coderouter/claude-coderouter-coding");
        let provider = &made["provider"]["coderouter"];
        assert_eq!(provider["options"]["baseURL"], "http://127.0.0.1:4000/v1");
        assert_eq!(provider["options"]["apiKey"], "{env:CODEROUTER_TOKEN}");
        assert_eq!(provider["options"]["headers"]["X-CodeRouter-Profile"], "coding");
        let limit = &provider["models"]["claude-coderouter-coding"]["limit"];
        assert_eq!((&limit["context"], &limit["output"]), (&json!(65_536), &json!(16_384)));
        let plain = configuration(&Target { url: "http://127.0.0.1:4000".to_owned(), ..Target::default() });
        assert_eq!(plain["provider"]["coderouter"]["options"]["apiKey"], "local");
    }
}
