//! What the rules find, wherever in a request it stands, and what they leave alone.

use super::*;
use crate::fixture;
use bytes::Bytes;
use canon::dialect::Dialect;
use canon::request::{Arguments, Call, CallResult, Content, Media, MediaData, Part, PartKind, Role, Sourced};
use canon::text::{Json, Text};
use proptest::prelude::*;

fn rules(rules: &[(&str, PrivacyMatcher)]) -> CompiledRules {
    let rule =
        |(id, matcher): &(&str, PrivacyMatcher)| PrivacyRule { id: (*id).into(), matcher: matcher.clone() };
    CompiledRules::new(&rules.iter().map(rule).collect::<Vec<_>>()).unwrap()
}

fn files(globs: &[&str]) -> PrivacyMatcher {
    PrivacyMatcher::Files(globs.iter().map(|glob| (*glob).to_owned()).collect())
}

fn content(pattern: &str) -> PrivacyMatcher {
    PrivacyMatcher::ContentRegex(pattern.to_owned())
}

fn of_parts(role: Role, kinds: Vec<PartKind>) -> Request {
    let mut request = Request::new(Dialect::Anthropic);
    let turn = fixture::turn(role, Content::Parts(kinds.into_iter().map(Part::new).collect()));
    request.messages = Sourced::new(vec![turn]);
    request
}

fn user(text: &str) -> Request {
    fixture::request(Dialect::Anthropic, &[], &[(Role::User, text)])
}

fn call(arguments: Arguments) -> Request {
    of_parts(Role::Assistant, vec![PartKind::Call(Call { id: "c".into(), name: "Read".into(), arguments })])
}

fn called_with(arguments: &'static str) -> Request {
    call(Arguments::Value(Json::fixed(arguments)))
}

fn answered(content: Content) -> Request {
    let result = CallResult { call_id: "c".into(), name: None, content, is_error: None };
    of_parts(Role::User, vec![PartKind::CallResult(result)])
}

fn check(matcher: &PrivacyMatcher, request: &Request, expect: Option<Evidence>) {
    let found = judge(request, &rules(&[("it", matcher.clone())]));
    let expect = expect.map(|evidence| RuleMatch { rule: "it".into(), evidence });
    assert_eq!(found, expect, "{matcher:?} in {:?}", request.messages);
}

#[test]
fn files_in_the_arguments_of_calls() {
    for (arguments, found) in [
        (r#"{"file_path": "/app/.env"}"#, true),
        (r#"{"path": ".env"}"#, true),
        (r#"{"filePath": "C:\\app\\.env"}"#, true),
        (r#"{"notebook_path": "/app/.env"}"#, true),
        (r#"{"absolute_path": "/app/\u002eenv"}"#, true),
        (r#"{"anything": {"deep": ["x", "app/.env"]}}"#, true),
        (r#"{"command": "cat .env | wc"}"#, true),
        (r#"{"command": ["bash", "-lc", "cat app/.env"]}"#, true),
        (r#""cat .env""#, true),
        (r#"{"file_path": "/app/.env.example"}"#, false),
        (r#"{"content": "see .env for it"}"#, false),
        (r#"{".env": 1}"#, false),
        ("{}", false),
    ] {
        check(&files(&["x", ".env"]), &called_with(arguments), found.then_some(Evidence::File));
    }
    for (arguments, found) in [
        (r#"{"path":"app/.env"}"#, true),
        (r#"{"path":"app/.env"#, true),
        ("*** Begin Patch\n*** Update File: app/.env\n", true),
        (r#"{"content":"see .env for it"}"#, false),
        ("", false),
    ] {
        let request = call(Arguments::Text(Text::from(arguments)));
        check(&files(&[".env"]), &request, found.then_some(Evidence::File));
    }
}

#[test]
fn files_in_what_tools_answered_and_what_is_attached() {
    let found = Some(Evidence::File);
    check(&files(&[".env"]), &answered(Content::Text("a\napp/.env:1:KEY".into())), found);
    check(&files(&[".env"]), &answered(Content::Parts(vec![Part::text("app/.env")])), found);
    check(&files(&[".env"]), &answered(Content::Text("set it in .env".into())), None);
    let data = MediaData::Base64 { media_type: "application/pdf".into(), data: "QUJD".into() };
    let media =
        |name: Option<&str>, data| Media { data, name: name.map(Text::from), extra: Default::default() };
    let named = of_parts(Role::User, vec![PartKind::Document(media(Some("Plan.PDF"), data))]);
    check(&files(&["plan.*"]), &named, found);
    let linked = PartKind::Image(media(None, MediaData::Url("file:///home/me/secret/x.png".into())));
    check(&files(&["secret/*"]), &of_parts(Role::User, vec![linked]), found);
    let unknown = Json::fixed(r#"{"type":"mcp_tool_use","input":{"path":"/app/.env"}}"#);
    check(
        &files(&[".env"]),
        &of_parts(Role::Assistant, vec![PartKind::Opaque("mcp_tool_use".into(), unknown)]),
        found,
    );
}

/// A user who writes `@.env` lets the client read it, which then says so in a text.
#[test]
fn files_that_the_client_read_by_itself() {
    let told = "<system-reminder>\nCalled the Read tool with the following input: \
                {\"file_path\":\"/app/.env\"}\n</system-reminder>";
    check(&files(&[".env"]), &user(told), Some(Evidence::File));
    let turns = [(Role::System, "Called the Read tool with the following input: {\"path\":\".env\"}")];
    check(&files(&[".env"]), &fixture::request(Dialect::Anthropic, &[], &turns), Some(Evidence::File));
    check(&files(&["app"]), &user(told), None);
    check(&files(&[".env"]), &user("what is .env?"), None);
    check(&files(&[".env"]), &user(".env"), None);
}

#[test]
fn content_anywhere_in_a_request() {
    let (found, secret) = (Some(Evidence::Text), || content(r"(?i)top secret|\b4\d{15}\b"));
    check(&secret(), &fixture::request(Dialect::Anthropic, &["Top Secret"], &[]), found);
    check(&secret(), &user("this is top secret!"), found);
    check(&secret(), &called_with(r#"{"a": {"b": ["x", "top\u0020secret"]}}"#), found);
    check(&secret(), &called_with(r#"{"top secret": 1}"#), found);
    check(&secret(), &called_with(r#"{"card": 4111111111111111}"#), found);
    check(&secret(), &call(Arguments::Text("{\"broken\": top secret".into())), found);
    check(&secret(), &answered(Content::Text("top secret".into())), found);
    check(&secret(), &answered(Content::Parts(vec![Part::text("top secret")])), found);
    check(&secret(), &of_parts(Role::Assistant, vec![PartKind::Thinking("top secret".into())]), found);
    let plain = Media { data: MediaData::Plain("top secret".into()), name: None, extra: Default::default() };
    check(&secret(), &of_parts(Role::User, vec![PartKind::Document(plain)]), found);
    let mut titled = user("hi");
    titled.messages.edit()[0].edit().extra.push("title".into(), Json::fixed(r#""top secret""#));
    check(&secret(), &titled, found);
    check(&secret(), &user("top-secret"), None);
    let escaped = Text::escaped(Bytes::from_static(br"top\u0020secret"));
    let mut request = user("");
    request.messages.edit()[0].edit().content = Content::Text(escaped);
    check(&secret(), &request, found);
}

#[test]
fn declared_tools_are_no_content() {
    let mut request = user("hi");
    request.tools.edit().push(fixture::tool("secret", canon::request::ToolKind::Function));
    check(&content("secret|does things"), &request, None);
}

/// A pattern that comes to no end can't rule anything out.
#[test]
fn doubt_keeps_a_request_local() {
    let endless = || content(r"^(a|aa)+\1b");
    check(&endless(), &user(&"a".repeat(5_000)), Some(Evidence::Undecided));
    check(&endless(), &user("b"), None);
}

#[test]
fn the_first_find_decides() {
    let rules = rules(&[("late", content("late")), ("early", content("early")), ("file", files(&["x"]))]);
    let request = fixture::request(Dialect::Anthropic, &[], &[(Role::User, "early"), (Role::User, "late")]);
    assert_eq!(judge(&request, &rules).unwrap().rule, "early");
    assert_eq!(judge(&user("early late"), &rules).unwrap().rule, "late");
    assert_eq!(judge(&user("neither"), &rules), None);
}

#[test]
fn without_rules_nothing_is_judged() {
    assert_eq!(CompiledRules::default().wanted(), None);
    assert_eq!(judge(&user("x"), &CompiledRules::default()), None);
    assert_eq!(rules(&[("f", files(&["x"]))]).wanted(), Some(Wanted::WhatNamesFiles));
    assert_eq!(rules(&[("f", files(&["x"])), ("c", content("x"))]).wanted(), Some(Wanted::Everything));
    assert!(CompiledRules::new(&[PrivacyRule { id: "a".into(), matcher: content("(") }]).is_err());
}

proptest! {
    /// A text is found wherever it stands in a conversation, and stays found while that grows.
    #[test]
    fn what_was_found_stays_found(
        before in prop::collection::vec("[a-z]{0,6}", 0..4),
        after in prop::collection::vec("[a-z0-9 ]{0,6}", 0..4),
    ) {
        let rules = rules(&[("digits", content("[0-9]{3}")), ("word", content("needle"))]);
        let turns: Vec<&str> = before.iter().map(String::as_str).chain(["a needle 1"]).collect();
        let of = |turns: &[&str]| {
            let turns: Vec<(Role, &str)> = turns.iter().map(|text| (Role::User, *text)).collect();
            judge(&fixture::request(Dialect::OpenAi, &[], &turns), &rules)
        };
        let grown: Vec<&str> = turns.iter().copied().chain(after.iter().map(String::as_str)).collect();
        let found = of(&turns);
        prop_assert_eq!(found.as_ref().map(|found| found.rule.as_str()), Some("word"));
        prop_assert_eq!(of(&grown), found);
    }

    /// Whatever the arguments are, judging comes to an end and finds what stands there as a path.
    #[test]
    fn any_arguments_are_judged(noise in "[ -~]{0,40}") {
        let rules = rules(&[("env", files(&[".env"]))]);
        let text = format!("{{\"path\":\"/a/.env\",{noise}");
        let found = judge(&call(Arguments::Text(text.into())), &rules);
        prop_assert_eq!(found.map(|found| found.rule), Some("env".to_owned()));
        let _ = judge(&call(Arguments::Text(noise.into())), &rules);
    }
}
