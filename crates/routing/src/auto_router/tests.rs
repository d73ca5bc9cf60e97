//! Every matcher by the rows that describe it, and what all of them keep to.

use super::*;
use crate::fixture;
use canon::dialect::Dialect;
use canon::request::Arguments;
use canon::request::{
    Call, CallResult, Content, Media, MediaData, Message, Part, PartKind, Role, Sourced, ToolKind,
};
use canon::text::{Json, Text};
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn rules(rules: Vec<(&str, Matcher)>) -> CompiledRules {
    let rules =
        rules.into_iter().map(|(id, matcher)| AutoRule { id: id.into(), profile: id.into(), matcher });
    compile(&AutoRouter { enabled: true, rules: rules.collect(), otherwise: "otherwise".into() })
}

fn compile(settings: &AutoRouter) -> CompiledRules {
    CompiledRules::new(settings).unwrap()
}

fn ask(rules: &CompiledRules, request: &Request, hints: Hints<'_>) -> Choice {
    rules.choose(&Question { request, hints, tool_content: ToolContent::Counted })
}

/// Whether one matcher matches a request.
fn check(matcher: &Matcher, request: &Request, expect: bool) {
    let choice = ask(&rules(vec![("it", matcher.clone())]), request, Hints::default());
    let by = if expect { AutoRoutedBy::Rule("it".into()) } else { AutoRoutedBy::NoRule };
    assert_eq!((&choice.routed.by, &choice.given_up), (&by, &Vec::new()), "{matcher:?}");
}

fn said(turns: &[(Role, &str)]) -> Request {
    fixture::request(Dialect::Anthropic, &[], turns)
}

fn user(text: &str) -> Request {
    said(&[(Role::User, text)])
}

fn of_parts(turns: Vec<(Role, Vec<PartKind>)>) -> Request {
    let mut request = Request::new(Dialect::Anthropic);
    let turns = turns
        .into_iter()
        .map(|(role, kinds)| fixture::turn(role, Content::Parts(kinds.into_iter().map(Part::new).collect())));
    request.messages = Sourced::new(turns.collect());
    request
}

fn text(text: &str) -> PartKind {
    PartKind::Text(text.into())
}

fn image() -> PartKind {
    PartKind::Image(Media {
        data: MediaData::Url("http://x/y.png".into()),
        name: None,
        extra: Default::default(),
    })
}

fn result(text: &str) -> PartKind {
    PartKind::CallResult(CallResult {
        call_id: "c1".into(),
        name: None,
        content: Content::Text(text.into()),
        is_error: None,
    })
}

fn call() -> PartKind {
    let arguments = Arguments::Value(Json::EMPTY_OBJECT);
    PartKind::Call(Call { id: "c1".into(), name: "Read".into(), arguments })
}

fn contains(words: &str) -> Matcher {
    Matcher::ContentContains(words.into())
}

#[test]
fn has_image() {
    let opaque = |name: &'static str| PartKind::Opaque(Text::fixed(name), Json::EMPTY_OBJECT);
    for (parts, expect) in [
        (vec![text("look"), image()], true),
        (vec![opaque("input_image")], true),
        (vec![opaque("image_url")], true),
        (vec![text("look")], false),
        (vec![opaque("video")], false),
    ] {
        check(&Matcher::HasImage, &of_parts(vec![(Role::User, parts)]), expect);
    }
    let older =
        vec![(Role::User, vec![image()]), (Role::Assistant, vec![]), (Role::User, vec![text("and?")])];
    check(&Matcher::HasImage, &of_parts(older), false);
    check(&Matcher::HasImage, &of_parts(vec![(Role::Assistant, vec![image()])]), false);
}

#[test]
fn code_fence_ratio_min() {
    for (text, least, expect) in [
        ("```a```", 1.0, true),
        ("```a``` 23456", 0.5, true),
        ("```a``` 2345678", 0.5, false),
        ("```not closed", 0.01, false),
        ("", 0.0, true),
        ("", 0.01, false),
    ] {
        check(&Matcher::CodeFenceRatioMin(least), &user(text), expect);
    }
}

#[test]
fn content_contains() {
    check(&contains("@deep"), &user("go @deep now"), true);
    check(&contains("@Deep"), &user("go @deep now"), false);
    check(&contains(""), &user(""), true);
    check(&contains("a\nb"), &of_parts(vec![(Role::User, vec![text("a"), image(), text("b")])]), true);
    let opaque = |json| PartKind::Opaque("input_text".into(), Json::fixed(json));
    let unknown = |json| of_parts(vec![(Role::User, vec![text("x"), opaque(json)])]);
    check(&contains("a\"b"), &unknown(r#"{"type":"input_text","text":"a\"b"}"#), true);
    check(&contains("deep"), &unknown(r#"{"type":"t","inner":{"text":"deep"}}"#), false);
    check(&contains("7"), &unknown(r#"{"type":"t","text":7}"#), false);
}

#[test]
fn content_regex() {
    let pattern = |pattern: &str| Matcher::ContentRegex(pattern.into());
    check(&pattern("(?i)refactor(?!ed)"), &user("Refactor this"), true);
    check(&pattern("(?i)refactor(?!ed)"), &user("it was refactored"), false);
    check(&pattern("^b"), &user("a\nb"), false);
    check(&pattern("(?m)^b"), &user("a\nb"), true);
}

#[test]
fn model_pattern() {
    let asked = |model: &str| Request { model: Some(model.into()), ..Request::new(Dialect::OpenAi) };
    let pattern = || Matcher::ModelPattern("claude-.*haiku".into());
    check(&pattern(), &asked("claude-3-haiku"), true);
    check(&pattern(), &asked("claude-3-haiku-20240307"), false);
    check(&pattern(), &asked("x-claude-3-haiku"), false);
    check(&Matcher::ModelPattern(".*".into()), &asked(""), false);
    check(&Matcher::ModelPattern(".*".into()), &user("no model"), false);
}

#[test]
fn content_token_count_min() {
    let long = user(&"word ".repeat(400));
    check(&Matcher::ContentTokenCountMin(500), &long, true);
    check(&Matcher::ContentTokenCountMin(501), &long, false);
    let system = fixture::request(Dialect::Anthropic, &[&"word ".repeat(400)], &[]);
    check(&Matcher::ContentTokenCountMin(500), &system, true);
}

#[test]
fn has_tools() {
    let mut request = user("hi");
    check(&Matcher::HasTools, &request, false);
    request.tools.edit().push(fixture::tool("Read", ToolKind::Function));
    check(&Matcher::HasTools, &request, true);
}

#[test]
fn cjk_ratio_min() {
    check(&Matcher::CjkRatioMin(0.5), &user("ab 日本"), true);
    check(&Matcher::CjkRatioMin(0.51), &user("ab 日本"), false);
    check(&Matcher::CjkRatioMin(0.0), &user(""), true);
}

#[test]
fn hints() {
    let rules = rules(vec![
        ("side", Matcher::RequestClass("Auxiliary".into())),
        ("explore", Matcher::AgentType("explore".into())),
        ("compact", Matcher::Compaction),
    ]);
    let none = Hints::default();
    for (hints, expect) in [
        (Hints { request_class: Some("auxiliary"), ..none }, "side"),
        (Hints { request_class: Some("auxiliary "), ..none }, "otherwise"),
        (Hints { agent_type: Some("EXPLORE"), ..none }, "explore"),
        (Hints { compaction: true, ..none }, "compact"),
        (none, "otherwise"),
    ] {
        let choice = ask(&rules, &Request::new(Dialect::Anthropic), hints);
        assert_eq!(choice.routed.profile.as_str(), expect, "{hints:?}");
    }
}

/// Rules about the content need a user turn; the others don't.
#[test]
fn without_a_user_turn_there_is_no_content() {
    let request = said(&[(Role::System, "```x```"), (Role::Assistant, "日本")]);
    for matcher in [
        contains(""),
        Matcher::ContentRegex("".into()),
        Matcher::CodeFenceRatioMin(0.0),
        Matcher::CjkRatioMin(0.0),
        Matcher::HasImage,
    ] {
        check(&matcher, &request, false);
    }
    check(&Matcher::ContentTokenCountMin(1), &request, true);
}

/// W-R24: in an agent's loop the newest user turn holds results only, and what the user said stands further up.
#[test]
fn results_of_tools_do_not_hide_what_the_user_said() {
    let reminder = text("<system-reminder>\nTodos are empty.\n</system-reminder>");
    let begin = || (Role::User, vec![text("please ```refactor```"), image()]);
    let turn = || (Role::Assistant, vec![call()]);
    for newest in [vec![result("ok")], vec![result("ok"), reminder.clone()], vec![result("a"), result("b")]] {
        let request =
            of_parts(vec![begin(), turn(), (Role::User, vec![result("1")]), turn(), (Role::User, newest)]);
        check(&contains("refactor"), &request, true);
        check(&Matcher::CodeFenceRatioMin(0.5), &request, true);
        check(&Matcher::HasImage, &request, true);
    }
    let steered = of_parts(vec![begin(), turn(), (Role::User, vec![result("refactor"), text("stop")])]);
    check(&contains("stop"), &steered, true);
    check(&contains("refactor"), &steered, false);
    let only_results = of_parts(vec![turn(), (Role::User, vec![result("refactor")])]);
    check(&contains("refactor"), &only_results, false);
    check(&contains(""), &only_results, true);
    let reminded = of_parts(vec![begin(), (Role::User, vec![reminder])]);
    check(&contains("Todos"), &reminded, true);
    let chat = of_parts(vec![begin(), turn(), (Role::Tool, vec![result("ok")])]);
    check(&contains("refactor"), &chat, true);
}

#[test]
fn the_first_rule_that_matches_wins() {
    let ordered = rules(vec![("a", contains("x")), ("b", contains("y")), ("c", contains(""))]);
    for (text, expect) in [("xy", "a"), ("y", "b"), ("z", "c")] {
        assert_eq!(ask(&ordered, &user(text), Hints::default()).routed.profile.as_str(), expect);
    }
}

#[test]
fn without_rules_there_are_the_bundled_ones() {
    let bundled = |enabled| compile(&AutoRouter { enabled, rules: Vec::new(), otherwise: "writing".into() });
    let fenced = user("```fn main() {}``` why?");
    for (enabled, request, profile, by) in [
        (
            true,
            of_parts(vec![(Role::User, vec![image(), text("```x```")])]),
            "multi",
            "builtin:image-attachment",
        ),
        (true, fenced.clone(), "coding", "builtin:code-fence-dense"),
        (true, user("a poem"), "writing", ""),
        (false, fenced, "writing", ""),
    ] {
        let routed = ask(&bundled(enabled), &request, Hints::default()).routed;
        let by = match by {
            "" if enabled => AutoRoutedBy::NoRule,
            "" => AutoRoutedBy::Disabled,
            id => AutoRoutedBy::Rule(id.to_owned()),
        };
        assert_eq!((routed.profile.as_str(), routed.by), (profile, by));
    }
}

#[test]
fn only_what_a_rule_asked_for_is_seen() {
    let mut request = user("```é``` ok");
    request.model = Some("m".into());
    let cheap = ask(&rules(vec![("t", Matcher::HasTools)]), &request, Hints::default()).routed.signals;
    assert_eq!((cheap.content_len, cheap.code_fence_ratio, cheap.estimated_tokens), (None, None, None));
    assert_eq!((cheap.has_image, cheap.has_tools, cheap.model.as_deref()), (None, false, Some("m")));
    let asking = rules(vec![
        ("i", Matcher::HasImage),
        ("a", Matcher::CodeFenceRatioMin(1.0)),
        ("b", Matcher::ContentTokenCountMin(1)),
        ("c", Matcher::CjkRatioMin(0.0)),
    ]);
    let seen = ask(&asking, &request, Hints::default()).routed.signals;
    assert_eq!(seen.has_image, Some(false));
    assert_eq!(
        (seen.content_len, seen.code_fence_ratio, seen.estimated_tokens),
        (Some(10), Some(0.7), Some(2))
    );
}

/// W-R21: a pattern that backtracks without end is no match, and is told of once with all its like.
#[test]
fn a_pattern_that_is_given_up_does_not_match() {
    let endless = || Matcher::ContentRegex(r"^(a|aa)+\1b".into());
    let rules = rules(vec![("a", endless()), ("b", endless()), ("c", contains("a"))]);
    let choice = ask(&rules, &user(&format!("{}!", "a".repeat(5_000))), Hints::default());
    assert_eq!(
        (choice.routed.profile.as_str(), choice.given_up.as_slice()),
        ("c", &["a".into(), "b".into()][..])
    );
    let facts: Vec<Fact> = choice.facts().collect();
    assert!(matches!(&facts[0], Fact::PatternsGivenUp { rules } if rules.len() == 2));
    assert!(matches!(&facts[1], Fact::AutoRouted(_)));
    assert_eq!(facts.len(), 2);
}

#[test]
fn a_wrong_pattern_is_told() {
    let rule = AutoRule { id: "a".into(), profile: "a".into(), matcher: Matcher::ContentRegex("(".into()) };
    let settings = AutoRouter { enabled: true, rules: vec![rule], otherwise: "a".into() };
    assert!(CompiledRules::new(&settings).is_err());
}

/// Rules that look at no text cost next to nothing, however long the conversation: that no text is read is what keeps
/// this so on a slow machine, in a build that is not optimised.
#[test]
fn rules_without_content_read_no_text() {
    let rules = rules(vec![("a", Matcher::ModelPattern("gpt.*".into())), ("b", Matcher::Compaction)]);
    let request = user(&"```x``` é".repeat(1 << 20));
    let start = Instant::now();
    for _ in 0..100 {
        assert_eq!(ask(&rules, &request, Hints::default()).routed.by, AutoRoutedBy::NoRule);
    }
    assert!(start.elapsed() < Duration::from_millis(100), "{:?}", start.elapsed());
}

fn turns() -> impl Strategy<Value = Vec<(Role, Vec<PartKind>)>> {
    let role = prop::sample::select(vec![Role::User, Role::Assistant, Role::System, Role::Tool]);
    let part = prop_oneof![
        "[a`日 ]{0,12}".prop_map(|words| text(&words)),
        Just(image()),
        Just(call()),
        "[a`日 ]{0,6}".prop_map(|words| result(&words)),
    ];
    prop::collection::vec((role, prop::collection::vec(part, 0..3)), 0..6)
}

proptest! {
    /// Work turns behind what the user said change nothing for rules about the content.
    #[test]
    fn work_does_not_move_a_request(before in turns(), words in "[a`日 ]{1,12}", rounds in 0_usize..4) {
        let rules = rules(vec![
            ("image", Matcher::HasImage),
            ("fence", Matcher::CodeFenceRatioMin(0.3)),
            ("cjk", Matcher::CjkRatioMin(0.4)),
            ("word", contains("aa")),
        ]);
        let mut turns = before;
        turns.push((Role::User, vec![text(&words)]));
        let asked = ask(&rules, &of_parts(turns.clone()), Hints::default());
        for _ in 0..rounds {
            turns.extend([(Role::Assistant, vec![call()]), (Role::User, vec![result("```日日```aa")])]);
        }
        prop_assert_eq!(ask(&rules, &of_parts(turns), Hints::default()), asked);
    }

    /// What one rule matches alone it matches behind rules that don't.
    #[test]
    fn a_rule_does_not_depend_on_those_before_it(turns in turns(), least in 0.0..1.0_f64) {
        let request = of_parts(turns);
        let all = [
            Matcher::HasImage,
            Matcher::CodeFenceRatioMin(least),
            Matcher::CjkRatioMin(least),
            contains("a "),
            Matcher::ContentTokenCountMin(5),
        ];
        let alone = |matcher: &Matcher| {
            ask(&rules(vec![("it", matcher.clone())]), &request, Hints::default()).routed.by != AutoRoutedBy::NoRule
        };
        let together = rules(all.iter().cloned().map(|matcher| ("it", matcher)).collect());
        let expect = all.iter().any(alone);
        prop_assert_eq!(ask(&together, &request, Hints::default()).routed.by != AutoRoutedBy::NoRule, expect);
    }
}

/// A message is found by its role alone.
#[test]
fn a_turn_without_content_is_empty() {
    let mut request = Request::new(Dialect::OpenAi);
    let turn = Message { role: Role::User, content: Content::Absent, extra: Default::default() };
    request.messages.edit().push(Sourced::new(turn));
    check(&contains(""), &request, true);
    check(&contains("a"), &request, false);
}
