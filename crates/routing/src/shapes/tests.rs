//! What the shapes make of requests, as pictures: one line a turn, `*` where the source is gone.

mod laws;
mod loop_hint;
mod tool_choice;

use super::*;
use crate::fixture::{self, native, profile, provider, request, sourced, turn};
use canon::config::{
    BillingBlock, CacheControlAction, DeferredToolsAction, Profile, SlotAffinity, Support, SystemPrompt,
    ToolChoiceAction,
};
use canon::dialect::Dialect;
use canon::request::{
    CallResult, Content, Part, PartKind, ReasoningMode, Role, Sourced, ToolChoice, ToolKind,
};
use canon::text::{Json, Text};
use std::num::NonZeroU32;

const LOCAL: &str = "http://127.0.0.1:8080";
const CLAUDE: &str = "https://api.anthropic.com";

fn star<T>(value: &Sourced<T>) -> &'static str {
    if value.source().is_some() { "" } else { "*" }
}

fn picture(content: &Content) -> String {
    match content {
        Content::Absent => "absent".to_owned(),
        Content::Text(text) => format!("{text:?}"),
        Content::Parts(parts) => {
            let parts = parts.iter().map(|part| {
                let mark = if part.cache_control.is_some() { "!" } else { "" };
                match &part.kind {
                    PartKind::Text(text) => format!("{mark}{text:?}"),
                    PartKind::CallResult(result) => format!("{mark}result {}", picture(&result.content)),
                    kind => format!("{kind:?}"),
                }
            });
            format!("[{}]", parts.collect::<Vec<_>>().join(", "))
        }
    }
}

fn lines(request: &Request) -> Vec<String> {
    let system = request.system.iter().map(|system| format!("system{}: {}", star(system), picture(system)));
    let turns = request.messages.iter().map(|turn| {
        let role = format!("{:?}", turn.role).to_lowercase();
        format!("{role}{}: {}", star(turn), picture(&turn.content))
    });
    let tools = request.tools.iter().map(|tool| format!("tool{}: {}", star(tool), tool.name));
    system.chain(turns).chain(tools).collect()
}

fn refused(fields: &[Droppable]) -> Terms<'_> {
    Terms { refused: fields, ..Terms::default() }
}

struct Case {
    request: Request,
    provider: Provider,
    profile: Profile,
    refused: Vec<Droppable>,
    hint: Option<&'static str>,
}

impl Case {
    fn new(request: Request, provider: Provider) -> Self {
        Self { request, provider, profile: profile("p", &[]), refused: Vec::new(), hint: None }
    }

    fn check(&self, notes: &[ShapeNote], expect: &[&str]) {
        let terms = Terms { hint: self.hint, ..refused(&self.refused) };
        let shaped = shape(&self.request, &self.provider, &self.profile, terms);
        assert_eq!(lines(&shaped.request), expect);
        assert_eq!(shaped.notes, notes);
        assert_eq!(matches!(shaped.request, Cow::Owned(_)), lines(&shaped.request) != lines(&self.request));
    }
}

fn claude_code(line: &str) -> Request {
    request(
        Dialect::Anthropic,
        &[line, "be kind"],
        &[(Role::User, "hi"), (Role::System, "skills"), (Role::Assistant, "hello"), (Role::User, "go on")],
    )
}

#[test]
fn what_needs_nothing_is_the_same_request() {
    let line = "x-anthropic-billing-header: cc_version=2.1.197.976; cc_entrypoint=sdk-cli;";
    for provider in [provider("a"), native("a", LOCAL), native("a", CLAUDE)] {
        let case = Case::new(claude_code(line), provider);
        let shaped = shape(&case.request, &case.provider, &case.profile, Terms::default());
        assert!(matches!(shaped.request, Cow::Borrowed(_)));
        assert_eq!((shaped.dropped, shaped.notes), (vec![], vec![]));
    }
}

#[test]
fn empty_text_goes_and_turns_stay() {
    let mut asked =
        request(Dialect::Anthropic, &["", "be kind"], &[(Role::User, "hi"), (Role::Assistant, "")]);
    let content = Content::Parts(vec![Part::text(""), Part::text("ok")]);
    let result = CallResult { call_id: "1".into(), name: None, content, is_error: None };
    let parts = vec![Part::new(PartKind::CallResult(result)), Part::text("")];
    asked.messages.edit().push(turn(Role::User, Content::Parts(parts)));
    asked.messages.edit().push(turn(Role::Assistant, Content::Text(Text::empty())));
    Case::new(asked.clone(), native("a", CLAUDE)).check(
        &[ShapeNote::EmptyTextDropped(4)],
        &[
            r#"system*: ["be kind"]"#,
            r#"user: ["hi"]"#,
            r#"assistant*: ["(no content)"]"#,
            r#"user*: [result ["ok"]]"#,
            r#"assistant: """#,
        ],
    );
    asked.dialect = Dialect::OpenAi;
    let untouched = lines(&asked);
    let untouched: Vec<&str> = untouched.iter().map(String::as_str).collect();
    Case::new(asked, provider("a")).check(&[], &untouched);
}

#[test]
fn the_billing_line_is_kept_masked_or_dropped() {
    let line = "x-anthropic-billing-header: cc_version=2.1.40.0ab; cch=1a2b3; cc_entrypoint=cli;";
    let slots = |number| {
        let slot_affinity_slots = NonZeroU32::new(number).map_or(SlotAffinity::Off, SlotAffinity::Fixed);
        Provider { slot_affinity_slots, ..provider("a") }
    };
    let told = |block, provider| Provider { billing_block: block, ..provider };
    let kept = format!("system: [{line:?}, \"be kind\"]");
    let masked = kept.replace("system", "system*").replace("1a2b3", "fffff");
    let cases = [
        (native("a", CLAUDE), kept.as_str(), None),
        (native("a", LOCAL), &masked, Some(ShapeNote::BillingLineMasked)),
        (provider("a"), &masked, Some(ShapeNote::BillingLineMasked)),
        (slots(1), &masked, Some(ShapeNote::BillingLineMasked)),
        (slots(4), r#"system*: ["be kind"]"#, Some(ShapeNote::BillingLineDropped)),
        (told(BillingBlock::Keep, slots(4)), &kept, None),
        (
            told(BillingBlock::Drop, native("a", LOCAL)),
            r#"system*: ["be kind"]"#,
            Some(ShapeNote::BillingLineDropped),
        ),
    ];
    for (provider, system, note) in cases {
        let turns =
            [r#"user: ["hi"]"#, r#"system: ["skills"]"#, r#"assistant: ["hello"]"#, r#"user: ["go on"]"#];
        let expect: Vec<&str> = [system].into_iter().chain(turns).collect();
        Case::new(claude_code(line), provider).check(note.as_slice(), &expect);
    }
}

#[test]
fn only_a_line_of_that_name_at_the_beginning_is_touched() {
    let check = |system: &str, expect: &str| {
        let mut asked = Request::new(Dialect::Anthropic);
        asked.system = Some(sourced(Content::Text(system.into())));
        let changed = if system == expect { "" } else { "*" };
        let notes: &[ShapeNote] = if system == expect { &[] } else { &[ShapeNote::BillingLineMasked] };
        Case::new(asked, provider("a")).check(notes, &[&format!("system{changed}: {expect:?}")]);
    };
    check(
        "x-anthropic-billing-header: cch=12;\ncch=12; \"x\"",
        "x-anthropic-billing-header: cch=ff;\ncch=12; \"x\"",
    );
    check("x-anthropic-billing-header: a=1; cch=12", "x-anthropic-billing-header: a=1; cch=12");
    check("x-anthropic-billing-header: a=1;\ncch=12;", "x-anthropic-billing-header: a=1;\ncch=12;");
    check("x-anthropic-billing-header: xcch=12;", "x-anthropic-billing-header: xcch=12;");
    check(" x-anthropic-billing-header: cch=12;", " x-anthropic-billing-header: cch=12;");
    let mut asked = request(
        Dialect::OpenAi,
        &[],
        &[(Role::System, "x-anthropic-billing-header: cch=1;"), (Role::User, "hi")],
    );
    let mut case = Case::new(asked.clone(), Provider { billing_block: BillingBlock::Drop, ..provider("a") });
    case.check(&[ShapeNote::BillingLineDropped], &[r#"system*: """#, r#"user: ["hi"]"#]);
    asked.messages.edit()[0].edit().content =
        Content::Text("x-anthropic-billing-header: cch=1;\nbe kind".into());
    case.request = asked;
    case.check(&[ShapeNote::BillingLineDropped], &[r#"system*: "be kind""#, r#"user: ["hi"]"#]);
}

#[test]
fn the_extra_prompt_is_appended_once_at_its_place() {
    let own =
        |asked| Case::new(asked, Provider { append_system_prompt: Some("be brief".into()), ..provider("a") });
    let note = [ShapeNote::PromptAppended];
    let user = r#"user: ["hi"]"#;
    let mut asked = request(Dialect::Anthropic, &["be kind"], &[(Role::User, "hi")]);
    own(asked.clone()).check(&note, &[r#"system*: ["be kind", "be brief"]"#, user]);
    asked.system = Some(sourced(Content::Text(Text::escaped(br"be \u006bind".as_slice().into()))));
    own(asked.clone()).check(&note, &[r#"system*: "be kind\nbe brief""#, user]);
    asked.system = None;
    own(asked.clone()).check(&note, &[r#"system*: "be brief""#, user]);
    asked.dialect = Dialect::OpenAi;
    own(asked.clone()).check(&note, &[r#"system*: "be brief""#, user]);
    asked.messages.edit().insert(0, turn(Role::Developer, Content::Text("be kind".into())));
    own(asked.clone()).check(&note, &[r#"developer*: "be kind\nbe brief""#, user]);
    let mut case = own(asked);
    case.profile.append_system_prompt = SystemPrompt::Replace("be long".into());
    case.check(&note, &[r#"developer*: "be kind\nbe long""#, user]);
    case.profile.append_system_prompt = SystemPrompt::Clear;
    case.check(&[], &[r#"developer: "be kind""#, user]);
}

#[test]
fn refused_system_turns_become_user_text_in_place() {
    let refusing = |asked, provider| {
        let mut case = Case::new(asked, provider);
        case.refused.push(Droppable::SystemTurns);
        case
    };
    let reminder = |text: &str| format!("{:?}", format!("<system-reminder>\n{text}\n</system-reminder>"));
    refusing(claude_code("line"), native("a", LOCAL)).check(
        &[ShapeNote::SystemTurnsFolded(1)],
        &[
            r#"system: ["line", "be kind"]"#,
            &format!(r#"user*: ["hi", {}]"#, reminder("skills")),
            r#"assistant: ["hello"]"#,
            r#"user: ["go on"]"#,
        ],
    );
    let kept = lines(&claude_code("line"));
    let kept: Vec<&str> = kept.iter().map(String::as_str).collect();
    refusing(claude_code("line"), provider("a")).check(&[], &kept);
    let chat = request(
        Dialect::OpenAi,
        &[],
        &[(Role::System, "one"), (Role::Developer, "two"), (Role::Assistant, "a"), (Role::System, "late")],
    );
    refusing(chat, provider("a")).check(
        &[ShapeNote::SystemTurnsFolded(2)],
        &[r#"system*: ["one", "two"]"#, r#"assistant: ["a"]"#, &format!("user*: [{}]", reminder("late"))],
    );
}

#[test]
fn cache_markers_go_where_no_cache_is() {
    let mut asked = request(Dialect::Anthropic, &["be kind"], &[(Role::User, "a"), (Role::User, "b")]);
    let mark = |part: &mut Part| part.cache_control = Some(Json::fixed(r#"{"type":"ephemeral"}"#));
    mark(&mut asked.system.as_mut().unwrap().edit().parts_mut()[0]);
    mark(&mut asked.messages.edit()[1].edit().content.parts_mut()[0]);
    asked.tools.edit().push(fixture::tool("t", ToolKind::Function));
    asked.tools.edit()[0].edit().cache_control = Some(Json::EMPTY_OBJECT);
    let kept = [r#"system*: [!"be kind"]"#, r#"user: ["a"]"#, r#"user*: [!"b"]"#, "tool*: t"];
    let gone = [r#"system*: ["be kind"]"#, r#"user: ["a"]"#, r#"user*: ["b"]"#, "tool*: t"];
    let mut case = Case::new(asked, provider("a"));
    case.check(&[], &kept);
    case.profile.cache_control = CacheControlAction::Strip;
    let shaped = shape(&case.request, &case.provider, &case.profile, Terms::default());
    assert_eq!(lines(&shaped.request), gone);
    assert!(shaped.request.tools[0].cache_control.is_none());
    assert_eq!(
        (shaped.notes, shaped.dropped),
        (vec![ShapeNote::CacheControlStripped(3)], vec![Droppable::CacheControl])
    );
    case.provider = native("a", LOCAL);
    case.check(&[], &kept);
    case.provider.facts.prompt_cache = Support::No;
    assert_eq!(shape(&case.request, &case.provider, &case.profile, Terms::default()).notes.len(), 1);
}

#[test]
fn tool_search_is_expanded_where_the_profile_says_so() {
    let mut asked = Request::new(Dialect::Anthropic);
    let mut hidden = fixture::tool("hidden", ToolKind::Function);
    hidden.edit().extra.push("defer_loading".into(), Json::fixed("true"));
    let search = fixture::tool("search", ToolKind::Hosted("tool_search_tool_bm25_20251119".into()));
    asked.tools.edit().extend([fixture::tool("plain", ToolKind::Function), search, hidden]);
    let mut case = Case::new(asked, native("a", LOCAL));
    case.check(&[], &["tool: plain", "tool: search", "tool*: hidden"]);
    case.profile.deferred_tools = DeferredToolsAction::Expand;
    case.check(&[ShapeNote::ToolSearchExpanded], &["tool: plain", "tool*: hidden"]);
    let shaped = shape(&case.request, &case.provider, &case.profile, Terms::default());
    assert!(shaped.request.tools[1].extra.is_empty());
}

#[test]
fn thinking_is_dropped_only_where_it_is_known_not_to_work() {
    let check = |mode: Option<ReasoningMode>, support: Support, dropped: &[Droppable]| {
        let mut asked = Request::new(Dialect::Anthropic);
        asked.reasoning.mode = mode;
        let mut provider = native("a", LOCAL);
        provider.facts.thinking = support;
        let profile = profile("p", &[]);
        let shaped = shape(&asked, &provider, &profile, refused(&[Droppable::OutputConfig]));
        assert_eq!(shaped.dropped[1..], *dropped);
        let told = shaped.notes.iter().filter_map(|note| note.fact(&provider.name)).count();
        assert_eq!(told, dropped.len());
    };
    check(Some(ReasoningMode::Adaptive), Support::No, &[Droppable::Thinking]);
    check(Some(ReasoningMode::On(None)), Support::No, &[Droppable::Thinking]);
    check(Some(ReasoningMode::Off), Support::No, &[]);
    check(None, Support::No, &[]);
    check(Some(ReasoningMode::Adaptive), Support::Unknown, &[]);
    check(Some(ReasoningMode::Adaptive), Support::Yes, &[]);
}
