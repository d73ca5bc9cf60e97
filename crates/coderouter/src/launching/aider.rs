//! aider.

use super::agent::{Agent, Needs, Target, Wish, no_overrides, past_proxies};
use crate::config::Env;

pub(super) const AGENT: Agent = Agent {
    name: "aider",
    title: "aider",
    program: "aider",
    packages: &["aider-chat"],
    speaks: "OpenAI's Chat Completions API",
    asks: &["/v1/chat/completions"],
    install: "python -m pip install aider-install && aider-install",
    overrides: no_overrides,
    needs,
};

/// Each under two names, as only the second wins over its own files.
const BASE: &[&str] = &["OPENAI_API_BASE", "AIDER_OPENAI_API_BASE"];
const KEY: &[&str] = &["OPENAI_API_KEY", "AIDER_OPENAI_API_KEY"];

/// What would lead to a cloud.
const ELSEWHERE: &[&str] = &["OPENAI_API_TYPE", "OPENAI_API_VERSION"];

fn needs(target: &Target, env: &Env) -> Needs {
    let mut wishes: Vec<Wish> = BASE.iter().map(|name| Wish::Set(name, target.openai())).collect();
    wishes.extend(KEY.iter().map(|name| Wish::Set(name, target.key())));
    wishes.extend(ELSEWHERE.iter().map(|name| Wish::Unset(name)));
    wishes.extend(past_proxies(env));
    // What stands before a slash is whose API the model speaks.
    let arguments = vec!["--model".to_owned(), format!("openai/{}", target.model_or_any())];
    Needs { wishes, arguments, ..Needs::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_says_whose_api_it_speaks_and_may_name_the_profile() {
        let arguments = |target: Target| needs(&target, &Env::default()).arguments.join(" ");
        assert_eq!(arguments(Target::default()), "--model openai/coderouter");
        let profile = Target { profile: Some("coding".to_owned()), ..Target::default() };
        assert_eq!(arguments(profile), "--model openai/claude-coderouter-coding");
        let model = Target { model: Some("qwen3".to_owned()), ..Target::default() };
        assert_eq!(arguments(model), "--model openai/qwen3");
    }
}
