//! Any other program: what clients of the two widespread APIs read.

use super::agent::{Agent, Needs, Target, Wish, no_overrides, past_proxies};
use super::environment::Value;
use crate::config::Env;

pub(super) const AGENT: Agent = Agent {
    name: "other",
    title: "any other program",
    program: "",
    packages: &[],
    speaks: "Anthropic's Messages API or OpenAI's Chat Completions API",
    asks: &["/v1/messages", "/v1/chat/completions"],
    install: "",
    overrides: no_overrides,
    needs,
};

fn needs(target: &Target, env: &Env) -> Needs {
    let mut wishes = vec![
        Wish::Set("ANTHROPIC_BASE_URL", Value::text(&target.url)),
        Wish::Set("ANTHROPIC_AUTH_TOKEN", target.key()),
        Wish::Unset("ANTHROPIC_API_KEY"),
        Wish::Set("OPENAI_BASE_URL", target.openai()),
        Wish::Set("OPENAI_API_BASE", target.openai()),
        Wish::Set("OPENAI_API_KEY", target.key()),
    ];
    // A model that names the profile is the only way to choose one that all programs have.
    if target.model.is_some() || target.profile.is_some() {
        let model = Value::text(target.model_or_any());
        wishes.extend(["ANTHROPIC_MODEL", "OPENAI_MODEL"].map(|name| Wish::Set(name, model.clone())));
    }
    wishes.extend(past_proxies(env));
    Needs { wishes, ..Needs::default() }
}
