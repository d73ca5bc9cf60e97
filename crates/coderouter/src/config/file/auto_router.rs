//! The `auto_router:` block. Rules are read in two spellings: `id`/`match`/`profile` and the shorter
//! `if`/`route_to`.

use canon::config::Matcher;

use super::super::reader::{
    Block, Setting, Spanned, flag, list, name, nested, pattern, share, spanned, text, whole, whole_pattern,
};

/// The classifier's settings.
#[derive(Default)]
pub(crate) struct AutoRouter {
    pub(crate) disabled: bool,
    pub(crate) rules: Vec<Rule>,
    pub(crate) otherwise: Spanned<String>,
}

/// One rule; its matcher is missing only after a mistake.
pub(crate) struct Rule {
    pub(crate) id: Option<String>,
    pub(crate) profile: Spanned<String>,
    pub(crate) matcher: Option<Matcher>,
}

impl Setting for AutoRouter {
    fn read(block: &mut Block<'_, '_>) -> Self {
        let writing = Spanned { value: "writing".to_owned(), ..Spanned::default() };
        Self {
            disabled: block.or("disabled", flag(), false, "Send everything to default_rule_profile."),
            rules: block.or("rules", list(nested()), Vec::new(), "The rules; the first that matches wins."),
            otherwise: block.or(
                "default_rule_profile",
                spanned(name()),
                writing,
                "The profile where no rule matches.",
            ),
        }
    }
}

impl Setting for Rule {
    fn read(block: &mut Block<'_, '_>) -> Self {
        let id = block.optional("id", name(), "Its name in events.");
        let profile = block.optional("profile", spanned(name()), "The profile it chooses.");
        let route_to = block.optional("route_to", spanned(name()), "Another word for profile.");
        let matches = block.optional("match", nested(), "When it applies: exactly one matcher.");
        let condition = block.optional("if", nested(), "Another word for match.");
        one_of(block, "profile", "route_to");
        one_of(block, "match", "if");
        let Match(matcher) = matches.or(condition).unwrap_or_default();
        Self { id, profile: profile.or(route_to).unwrap_or_default(), matcher }
    }
}

fn one_of(block: &mut Block<'_, '_>, key: &'static str, other: &'static str) {
    match (block.has(key), block.has(other)) {
        (false, false) => block.missing(key),
        (true, true) => block.mistake_at(other, format!("`{other}` and `{key}` mean the same; give one")),
        (true, false) | (false, true) => {}
    }
}

/// The one matcher of a rule.
#[derive(Default)]
pub(crate) struct Match(Option<Matcher>);

impl Setting for Match {
    fn read(block: &mut Block<'_, '_>) -> Self {
        let mut matchers: Vec<Matcher> = Vec::new();
        let switch = "True; there is no matcher for the opposite.";
        matchers.extend(only_true(block, "has_image", switch).then_some(Matcher::HasImage));
        matchers.extend(
            block
                .optional("code_fence_ratio_min", share(), "Share of the latest user text in code fences.")
                .map(Matcher::CodeFenceRatioMin),
        );
        matchers.extend(
            block
                .optional(
                    "content_contains",
                    text().verbatim().may_be_empty(),
                    "Text in it, letter case minded.",
                )
                .map(Matcher::ContentContains),
        );
        matchers.extend(
            block.optional("content_regex", pattern(), "Expression found in it.").map(Matcher::ContentRegex),
        );
        matchers.extend(
            block
                .optional(
                    "model_pattern",
                    whole_pattern(),
                    "Expression the request's whole model name matches.",
                )
                .map(Matcher::ModelPattern),
        );
        matchers.extend(
            block
                .optional(
                    "content_token_count_min",
                    whole(1..=u64::MAX),
                    "Estimated tokens of the whole body.",
                )
                .map(Matcher::ContentTokenCountMin),
        );
        matchers.extend(only_true(block, "has_tools", switch).then_some(Matcher::HasTools));
        matchers.extend(
            block
                .optional("cjk_ratio_min", share(), "Share of Chinese, Japanese and Korean in it.")
                .map(Matcher::CjkRatioMin),
        );
        matchers.extend(
            block
                .optional("request_class", name(), "The client's class of request.")
                .map(Matcher::RequestClass),
        );
        matchers.extend(
            block.optional("agent_type", name(), "The client's kind of agent.").map(Matcher::AgentType),
        );
        matchers.extend(only_true(block, "compaction", switch).then_some(Matcher::Compaction));
        exactly_one(block);
        Self(matchers.pop())
    }
}

/// The matchers by name, in the order they are read.
const MATCHERS: &[&str] = &[
    "has_image",
    "code_fence_ratio_min",
    "content_contains",
    "content_regex",
    "model_pattern",
    "content_token_count_min",
    "has_tools",
    "cjk_ratio_min",
    "request_class",
    "agent_type",
    "compaction",
];

fn exactly_one(block: &mut Block<'_, '_>) {
    let given: Vec<&str> = MATCHERS.iter().copied().filter(|key| block.has(key)).collect();
    match given.as_slice() {
        [] if block.is_empty() => block.mistake("a rule needs one matcher, this one has none"),
        [] | [_] => {}
        several => block.mistake(format!(
            "a rule needs one matcher, this one has {}: {}",
            several.len(),
            several.join(", ")
        )),
    }
}

fn only_true(block: &mut Block<'_, '_>, key: &'static str, doc: &str) -> bool {
    let value = block.optional(key, flag(), doc);
    if value == Some(false) {
        block.mistake_at(key, format!("`{key}: false` would never match; leave the rule out"));
    }
    value == Some(true)
}
