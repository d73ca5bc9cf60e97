//! What a request needs and what providers can do: local only, capabilities, the context window, thinking.

use super::case::{Case, check, down};
use crate::fixture;
use crate::passes::PASSES;
use canon::config::{ContextBudgetAction, Facts, Support};
use canon::dialect::Dialect;
use canon::extra::Extra;
use canon::request::{Content, Media, MediaData, Part, PartKind, ReasoningMode, Role, ToolKind};

fn can(case: Case, provider: &str, facts: Facts) -> Case {
    case.provider(provider, |it| it.facts = facts)
}

fn tools() -> Facts {
    Facts { tools: Support::No, ..Facts::default() }
}

fn window(tokens: u32) -> Facts {
    Facts { max_context_tokens: Some(tokens), ..Facts::default() }
}

fn wants_tools(mut case: Case) -> Case {
    case.request.tools = fixture::sourced(vec![fixture::tool("read", ToolKind::Function)]);
    case
}

fn wants_thinking(mut case: Case, mode: ReasoningMode) -> Case {
    case.request.reasoning.mode = Some(mode);
    case
}

/// A prompt of so many characters, four of which are a token.
fn long(mut case: Case, characters: usize) -> Case {
    case.request = fixture::request(Dialect::Anthropic, &[], &[(Role::User, &"x".repeat(characters))]);
    case
}

#[test]
fn local_only_takes_out_everybody_elsewhere() {
    let mut case = Case::of(&["a", "b", "c"]).provider("b", |provider| provider.local = false);
    check(&case, "a b c", &[]);
    case.local_only = true;
    check(&case, "a c", &["b skip local-only"]);
    let mut case = Case::of(&["b"]).provider("b", |provider| provider.local = false);
    case.local_only = true;
    check(&case, "", &["b skip local-only", "blocked local-only b"]);
}

/// Privacy is no doubt: where only somebody elsewhere works, nobody is asked.
#[test]
fn local_only_knows_no_last_resort() {
    let mut case = Case::of(&["a", "b"]).provider("b", |provider| provider.local = false);
    case = case.health(canon::config::BackendHealthAction::Skip);
    case.local_only = true;
    case.down("a", 3);
    check(&case, "a", &["b skip local-only", "last resort a"]);
}

#[test]
fn capability_tools_takes_out_who_cannot_call_them() {
    let case = can(Case::of(&["a", "b"]), "a", tools());
    check(&case, "a b", &[]);
    check(&wants_tools(case), "b", &["a skip no-tools"]);
}

#[test]
fn capability_that_is_not_known_takes_out_nobody() {
    check(&wants_tools(Case::of(&["a", "b"])), "a b", &[]);
}

#[test]
fn capability_vision_takes_out_who_cannot_see() {
    let media =
        Media { data: MediaData::Url("https://x.invalid/a.png".into()), name: None, extra: Extra::default() };
    let facts = Facts { vision: Support::No, ..Facts::default() };
    let mut case = can(Case::of(&["a", "b"]), "a", facts);
    let part = Part { kind: PartKind::Image(media), ..Part::text("") };
    case.request.messages = fixture::sourced(vec![fixture::turn(Role::User, Content::Parts(vec![part]))]);
    check(&case, "b", &["a skip no-vision"]);
}

/// Where nobody can, all are asked: a text beats an error.
#[test]
fn capability_that_nobody_has_takes_out_nobody() {
    let case = can(can(Case::of(&["a", "b"]), "a", tools()), "b", tools());
    check(&wants_tools(case), "a b", &[]);
}

#[test]
fn window_moves_back_whom_the_prompt_does_not_fit() {
    let case = can(Case::of(&["a", "b", "c"]), "a", window(1_000));
    check(&long(case, 3_900), "a b c", &[]);
    let case = can(can(Case::of(&["a", "b", "c"]), "a", window(1_000)), "b", window(2_000));
    check(&long(case, 4_100), "b c a", &["a later context-too-small"]);
}

#[test]
fn window_of_everybody_too_small_moves_nobody() {
    let case = can(can(Case::of(&["a", "b"]), "a", window(1_000)), "b", window(500));
    check(&long(case, 40_000), "a b", &[]);
}

#[test]
fn window_moves_nobody_where_prompts_are_trimmed() {
    let case = can(Case::of(&["a", "b"]), "a", window(1_000));
    let case = case.profile(|profile| profile.context_budget.action = ContextBudgetAction::Trim);
    check(&long(case, 40_000), "a b", &[]);
}

#[test]
fn thinking_moves_back_who_cannot() {
    let facts = || Facts { thinking: Support::No, ..Facts::default() };
    let case = || can(can(Case::of(&["a", "b", "c"]), "a", facts()), "b", facts());
    check(&case(), "a b c", &[]);
    for mode in [ReasoningMode::On(Some(1_024)), ReasoningMode::On(None), ReasoningMode::Adaptive] {
        check(&wants_thinking(case(), mode), "c a b", &[]);
    }
    check(&wants_thinking(case(), ReasoningMode::Off), "a b c", &[]);
}

/// It is never worth money: a free provider that can't think is not overtaken by a paid one that can.
#[test]
fn thinking_moves_nobody_between_free_and_paid() {
    let facts = Facts { thinking: Support::No, ..Facts::default() };
    let case = can(Case::of(&["a", "B"]), "a", facts).with(|config| config.allow_paid = true);
    check(&wants_thinking(case, ReasoningMode::On(None)), "a B", &[]);
}

/// A later pass works on what the earlier ones left: among those that can think the slow and failing stay last, and
/// all of them are before those that can't.
#[test]
fn thinking_comes_after_doubts() {
    let facts = Facts { thinking: Support::No, ..Facts::default() };
    let case = can(Case::of(&["a", "b", "c"]), "a", facts);
    let case = case.health(canon::config::BackendHealthAction::Demote);
    case.down("b", 3);
    check(&wants_thinking(case, ReasoningMode::On(None)), "c b a", &["b later backend-unhealthy"]);
}

/// Cache markers are worth something only to some, and that moves nobody.
#[test]
fn prompt_caches_and_prices_move_nobody() {
    let facts = Facts { prompt_cache: Support::No, tool_choice: Support::No, ..Facts::default() };
    let mut case = can(Case::of(&["a", "b"]), "a", facts);
    let mut part = Part::text("hello");
    part.cache_control = Some(canon::text::Json::fixed(r#"{"type":"ephemeral"}"#));
    case.request.messages = fixture::sourced(vec![fixture::turn(Role::User, Content::Parts(vec![part]))]);
    assert!(case.request.has_cache_control());
    check(&case, "a b", &[]);
}

/// What nobody has switched on changes no order, whatever has happened.
#[test]
fn a_profile_without_settings_keeps_its_order() {
    let case = Case::of(&["a", "b", "c"]);
    for provider in ["a", "a", "a", "a", "b", "a"] {
        case.fails(provider, &down());
    }
    assert_eq!(PASSES.len(), 15, "a new pass has its rows here too");
    check(&case, "a b c", &[]);
}
