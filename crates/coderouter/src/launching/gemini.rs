//! Gemini CLI.

use super::agent::{Agent, Needs, Target, Wish, no_overrides, past_proxies};
use super::environment::Value;
use crate::config::Env;

pub(super) const AGENT: Agent = Agent {
    name: "gemini",
    title: "Gemini CLI",
    program: "gemini",
    packages: &["@google/gemini-cli"],
    speaks: "Gemini's API",
    asks: &["/v1beta/models/any:streamGenerateContent"],
    install: "npm install -g @google/gemini-cli",
    overrides: no_overrides,
    needs,
};

/// Other ways to an answer.
const ELSEWHERE: &[&str] = &["GOOGLE_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_GCA"];

fn needs(target: &Target, env: &Env) -> Needs {
    let mut wishes = vec![
        Wish::Set("GOOGLE_GEMINI_BASE_URL", Value::text(&target.url)),
        Wish::Set("GEMINI_API_KEY", target.key()),
        // Without a model it asks another one which to take.
        Wish::Set("GEMINI_MODEL", Value::text(target.model_or_any())),
    ];
    wishes.extend(ELSEWHERE.iter().map(|name| Wish::Unset(name)));
    wishes.extend(past_proxies(env));
    Needs { wishes, ..Needs::default() }
}
