//! Claude Code.

mod settings;

use super::agent::{Agent, Needs, Target, Wish, past_proxies};
use super::environment::Value;
use crate::config::Env;

pub(super) const AGENT: Agent = Agent {
    name: "claude",
    title: "Claude Code",
    program: "claude",
    packages: &["@anthropic-ai/claude-code"],
    speaks: "Anthropic's Messages API",
    asks: &["/v1/messages"],
    install: "npm install -g @anthropic-ai/claude-code",
    overrides: settings::overrides,
    needs,
};

/// Other ways to an answer than the base URL, and credentials for them. Two credentials at once are refused.
const ELSEWHERE: &[&str] = &[
    "ANTHROPIC_API_KEY",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_MANTLE",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
    "CLAUDE_CODE_USE_ANTHROPIC_AWS",
    "CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD",
    "CLAUDE_CODE_USE_GATEWAY",
    "ANTHROPIC_UNIX_SOCKET",
];

/// Variables that name a model.
const MODELS: &[&str] = &[
    MODEL,
    "ANTHROPIC_DEFAULT_OPUS_MODEL",
    "ANTHROPIC_DEFAULT_SONNET_MODEL",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL",
    "ANTHROPIC_SMALL_FAST_MODEL",
];

const MODEL: &str = "ANTHROPIC_MODEL";

/// The smallest window of a model that it knows.
const LEAST_KNOWN_WINDOW: u32 = 200_000;

const HEADERS: &str = "ANTHROPIC_CUSTOM_HEADERS";

/// Claude Code takes no smaller value for the window at which it compacts.
const LEAST_COMPACT_WINDOW: u32 = 100_000;

fn needs(target: &Target, env: &Env) -> Needs {
    let mut wishes = vec![
        Wish::Set("ANTHROPIC_BASE_URL", Value::text(&target.url)),
        Wish::Set("ANTHROPIC_AUTH_TOKEN", target.key()),
        // Tools that are searched for and not listed are more than most models can do.
        Wish::Suggest("ENABLE_TOOL_SEARCH", Value::text("false")),
        Wish::Suggest("CLAUDE_CODE_AUTO_MODE_SERVER", Value::text("0")),
        // Tells what a request is for, by which the router decides whose turn it is.
        Wish::Suggest("CLAUDE_CODE_GATEWAY_HINT_HEADERS", Value::text("1")),
    ];
    wishes.extend(windows(target));
    wishes.extend(target.profile.as_deref().map(|profile| profile_header(profile, env)));
    wishes.extend(ELSEWHERE.iter().map(|name| Wish::Unset(name)));
    wishes.extend(models(target, env));
    wishes.extend(past_proxies(env));
    settings::overruled(wishes, target, env)
}

/// The model of the user stays, where it is not one that only a cloud knows. Where windows are smaller than those of
/// the models that Claude Code knows, it is given a name that it does not know, as only for such a one it goes by the
/// window that it is told.
fn models(target: &Target, env: &Env) -> Vec<Wish> {
    let is_small = target.window.is_some_and(|window| window < LEAST_KNOWN_WINDOW);
    let is_free = is_small && !target.goes_by_model;
    let chosen = target.model.clone().or_else(|| is_free.then(|| target.model_or_any()));
    let mut wishes = Vec::new();
    for name in MODELS {
        let is_foreign = env.get(name).is_some_and(is_of_a_cloud);
        match &chosen {
            Some(model) if *name == MODEL && (is_foreign || target.model.is_some()) => {
                wishes.push(Wish::Set(name, Value::text(model)));
            }
            Some(model) if *name == MODEL => wishes.push(Wish::Suggest(name, Value::text(model))),
            _ if is_foreign => wishes.push(Wish::Unset(name)),
            _ => {}
        }
    }
    wishes
}

/// Without them it takes a window of its own models for granted, and overflows smaller ones.
fn windows(target: &Target) -> impl Iterator<Item = Wish> {
    let of =
        |name, tokens: Option<u32>| tokens.map(|tokens| Wish::Suggest(name, Value::text(tokens.to_string())));
    let compact = target.window.filter(|window| *window >= LEAST_COMPACT_WINDOW);
    let all = [
        of("CLAUDE_CODE_MAX_CONTEXT_TOKENS", target.window),
        of("CLAUDE_CODE_AUTO_COMPACT_WINDOW", compact),
        of("CLAUDE_CODE_MAX_OUTPUT_TOKENS", target.answer()),
    ];
    all.into_iter().flatten()
}

/// A header a line; those of the user stay.
fn profile_header(profile: &str, env: &Env) -> Wish {
    let line = format!("X-CodeRouter-Profile: {profile}");
    let value = match env.get_trimmed(HEADERS) {
        Some(_) => Value { variable: Some(HEADERS.to_owned()), text: format!("\n{line}") },
        None => Value::text(line),
    };
    Wish::Set(HEADERS, value)
}

/// Whether a model's name is one that only a cloud knows: an ARN, a name with region or vendor in front, or with a
/// version behind an `@`.
fn is_of_a_cloud(model: &str) -> bool {
    model.starts_with("arn:") || model.contains("anthropic.") || model.contains('@')
}

#[cfg(test)]
mod tests {
    use super::super::Environment;
    use super::*;

    fn granted(target: &Target, env: &[(&str, &str)]) -> (Vec<(String, String)>, Environment) {
        let env = Env::from_iter(env.iter().copied());
        let granted = Environment::of(&needs(target, &env), &env);
        let set = granted.set.iter().map(|(name, value)| ((*name).to_owned(), value.resolve(&env)));
        (set.collect(), granted)
    }

    fn value<'a>(set: &'a [(String, String)], name: &str) -> Option<&'a str> {
        set.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    fn target() -> Target {
        Target { url: "http://127.0.0.1:4000".to_owned(), ..Target::default() }
    }

    #[test]
    fn it_finds_the_router_and_nothing_else() {
        let env = [
            ("ANTHROPIC_API_KEY", "k"),
            ("CLAUDE_CODE_USE_VERTEX", "1"),
            ("ANTHROPIC_MODEL", "claude-opus-5"),
        ];
        let (set, granted) = granted(&target(), &env);
        assert_eq!(value(&set, "ANTHROPIC_BASE_URL"), Some("http://127.0.0.1:4000"));
        assert_eq!(value(&set, "ANTHROPIC_AUTH_TOKEN"), Some("local"));
        assert_eq!(value(&set, "ENABLE_TOOL_SEARCH"), Some("false"));
        assert_eq!(value(&set, "CLAUDE_CODE_MAX_CONTEXT_TOKENS"), None);
        assert_eq!(granted.unset, ["ANTHROPIC_API_KEY", "CLAUDE_CODE_USE_VERTEX"]);
    }

    #[test]
    fn windows_come_from_the_smallest_and_wishes_of_the_user_win() {
        let of = |window, env: &[(&str, &str)]| {
            let (set, _) = granted(&Target { window: Some(window), ..target() }, env);
            [
                "CLAUDE_CODE_MAX_CONTEXT_TOKENS",
                "CLAUDE_CODE_AUTO_COMPACT_WINDOW",
                "CLAUDE_CODE_MAX_OUTPUT_TOKENS",
            ]
            .map(|name| value(&set, name).map(str::to_owned).unwrap_or_default())
        };
        assert_eq!(of(32_768, &[]), ["32768", "", "8192"]);
        assert_eq!(of(200_000, &[]), ["200000", "200000", "32000"]);
        assert_eq!(of(8_192, &[("CLAUDE_CODE_MAX_OUTPUT_TOKENS", "1000")]), ["8192", "", ""]);
    }

    #[test]
    fn headers_of_the_user_stay_beside_the_profile() {
        let target = Target { profile: Some("coding".to_owned()), token: Some("T".to_owned()), ..target() };
        let (set, _) = granted(&target, &[(HEADERS, "X-Team: a"), ("T", "token-1")]);
        assert_eq!(value(&set, HEADERS), Some("X-Team: a\nX-CodeRouter-Profile: coding"));
        assert_eq!(value(&set, "ANTHROPIC_AUTH_TOKEN"), Some("token-1"));
    }

    #[test]
    fn models_that_only_a_cloud_knows_go() {
        for (model, goes) in [
            ("us.anthropic.claude-opus-4-8-v1:0", true),
            ("arn:aws:bedrock:us-east-1:1:inference-profile/x", true),
            ("claude-sonnet-5@20260101", true),
            ("claude-sonnet-5", false),
            ("qwen3-coder:30b", false),
        ] {
            let (_, granted) = granted(&target(), &[("ANTHROPIC_MODEL", model)]);
            assert_eq!(granted.unset == ["ANTHROPIC_MODEL"], goes, "{model}");
        }
        let small = Target { window: Some(40_000), ..target() };
        let model =
            |env: &[(&str, &str)]| value(&granted(&small, env).0, "ANTHROPIC_MODEL").map(str::to_owned);
        assert_eq!(model(&[]).as_deref(), Some("coderouter"));
        assert_eq!(model(&[("ANTHROPIC_MODEL", "arn:x")]).as_deref(), Some("coderouter"));
        assert_eq!(model(&[("ANTHROPIC_MODEL", "mine")]), None, "it stays");
        let (set, _) = granted(&Target { goes_by_model: true, ..small.clone() }, &[]);
        assert_eq!(value(&set, "ANTHROPIC_MODEL"), None, "rules look at it");
        let chosen = Target { model: Some("mine".to_owned()), ..target() };
        let (set, granted) = granted(&chosen, &[("ANTHROPIC_MODEL", "arn:x")]);
        assert_eq!((value(&set, "ANTHROPIC_MODEL"), granted.unset.len()), (Some("mine"), 0));
    }
}
