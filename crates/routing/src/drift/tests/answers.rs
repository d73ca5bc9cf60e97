//! From a request and the deltas of its answer to an observation.

use super::*;
use canon::delta::{Block, Delta, Finish, StopReason, of_text};
use canon::dialect::Dialect;
use canon::request::{CallResult, Content, Part, PartKind, Request, Role, ToolChoice, ToolKind};
use canon::usage::Usage;

fn asks(turns: &[(Role, &str)]) -> Request {
    let mut request = fixture::request(Dialect::Anthropic, &[], turns);
    request.tools.edit().push(fixture::tool("Read", ToolKind::Function));
    request
}

/// Adds a user turn that holds the result of a call, and a reminder beside it.
fn with_result(mut request: Request) -> Request {
    let content = Content::Text("ok".into());
    let result =
        PartKind::CallResult(CallResult { call_id: "c1".into(), name: None, content, is_error: None });
    let parts = Content::Parts(vec![Part::new(result), Part::text("a reminder")]);
    request.messages.edit().push(fixture::turn(Role::User, parts));
    request
}

fn heard(request: &Request, deltas: &[Delta]) -> Answer {
    let mut listener = Listener::new(request);
    deltas.iter().for_each(|delta| listener.push(delta));
    let Observation::Answered(answer) = listener.finish() else { panic!("a listener hears answers") };
    answer
}

fn call(arguments: &str) -> Vec<Delta> {
    vec![
        Delta::Start(Box::default()),
        Delta::Open(Block::Call { id: "c1".into(), name: "Read".into(), signature: None }),
        Delta::Arguments(arguments.into()),
        Delta::Close,
        Delta::Finish(Box::new(Finish::new(StopReason::Calls))),
        Delta::End,
    ]
}

fn thought(text: &str) -> Vec<Delta> {
    vec![
        Delta::Start(Box::default()),
        Delta::Open(Block::Thinking),
        Delta::Thinking(text.into()),
        Delta::Close,
    ]
}

fn reports(output: u64) -> Delta {
    Delta::Usage(Box::new(Usage { output: Some(output), ..Usage::default() }))
}

#[test]
fn offers_follow_the_end_of_the_conversation() {
    let check = |request: &Request, expect| assert_eq!(Offer::of(request), expect);
    let fresh = asks(&[(Role::User, "hi")]);
    check(&fixture::request(Dialect::Anthropic, &[], &[(Role::User, "hi")]), Offer::Nothing);
    check(&asks(&[]), Offer::Start);
    check(&fresh, Offer::Start);
    let done = with_result(fresh);
    check(&done, Offer::AfterResults);
    check(&asks(&[(Role::User, "hi"), (Role::Assistant, ""), (Role::Tool, "ok")]), Offer::AfterResults);
    check(&asks(&[(Role::User, "hi"), (Role::Tool, "ok"), (Role::System, "reminder")]), Offer::AfterResults);
    check(&asks(&[(Role::User, "hi"), (Role::Tool, "ok"), (Role::User, "now this")]), Offer::Start);
    for (choice, expect) in [
        (ToolChoice::None, Offer::Nothing),
        (ToolChoice::Auto, Offer::AfterResults),
        (ToolChoice::Any, Offer::Demanded),
        (ToolChoice::Named("Read".into()), Offer::Demanded),
    ] {
        check(&Request { tool_choice: Some(choice), ..done.clone() }, expect);
    }
}

#[test]
fn last_words_after_results_are_no_silence() {
    let answer = |offer, ending, has_content, called| Answer { offer, ending, has_content, called, ..GOOD };
    for (offer, ending, has_content, called, expect) in [
        (Offer::Nothing, Ending::Turn, true, false, false),
        (Offer::Nothing, Ending::Calls, true, true, false),
        (Offer::Start, Ending::Turn, true, false, true),
        (Offer::Start, Ending::Calls, true, true, true),
        (Offer::Start, Ending::Declined, true, false, false),
        (Offer::Start, Ending::Declined, true, true, true),
        (Offer::AfterResults, Ending::Turn, true, false, false),
        (Offer::AfterResults, Ending::Turn, false, false, true),
        (Offer::AfterResults, Ending::Cut, true, false, true),
        (Offer::AfterResults, Ending::Unknown, true, false, true),
        (Offer::AfterResults, Ending::Declined, true, false, false),
        (Offer::AfterResults, Ending::Calls, true, true, true),
        (Offer::Demanded, Ending::Turn, true, false, true),
        (Offer::Demanded, Ending::Declined, true, false, true),
    ] {
        let found = answer(offer, ending, has_content, called).is_tool_eligible();
        assert_eq!(found, expect, "{offer:?} {ending:?} content: {has_content} call: {called}");
    }
}

#[test]
fn emptiness_is_of_content_and_not_of_usage() {
    let request = asks(&[(Role::User, "hi")]);
    let silent_about_usage = heard(&request, &of_text("Twelve bytes"));
    assert!(silent_about_usage.has_content);
    assert_eq!(silent_about_usage.length, 3, "estimated");
    let mut zero = of_text("Twelve bytes");
    zero.push(reports(0));
    assert_eq!(heard(&request, &zero), silent_about_usage, "0 is what backends say that don't count");
    zero.push(reports(70));
    assert_eq!(heard(&request, &zero).length, 70);
    let blank = heard(&request, &of_text(" \n"));
    assert!(!blank.has_content);
    let mut busy = thought("let me think about that");
    busy.push(reports(500));
    let busy = heard(&request, &busy);
    assert_eq!((busy.has_content, busy.length, busy.ending), (false, 500, Ending::Unknown));
    assert_eq!(heard(&request, &[]), Answer { offer: Offer::Start, ending: Ending::Unknown, ..EMPTY });
}

#[test]
fn calls_are_heard() {
    let answer = heard(&asks(&[(Role::User, "hi")]), &call("{\"path\":\"a.rs\"}"));
    assert!(answer.called && answer.has_content && answer.is_tool_eligible());
    assert_eq!((answer.ending, answer.length, answer.fingerprint), (Ending::Calls, 4, None));
}

#[test]
fn blocks_of_unknown_kinds_are_content() {
    let request = asks(&[]);
    let opaque = Delta::Open(Block::Opaque(canon::text::Json::EMPTY_OBJECT));
    assert!(heard(&request, &[opaque]).has_content);
    assert!(!heard(&request, &[Delta::Open(Block::Redacted("x".into()))]).has_content);
}

#[test]
fn only_known_reasons_are_known_endings() {
    for (reason, expect) in [
        (StopReason::EndTurn, Ending::Turn),
        (StopReason::Calls, Ending::Calls),
        (StopReason::MaxOutput, Ending::Cut),
        (StopReason::StopSequence, Ending::Cut),
        (StopReason::ContextFull, Ending::Cut),
        (StopReason::Refusal, Ending::Declined),
        (StopReason::Pause, Ending::Declined),
        (StopReason::Other(None), Ending::Unknown),
        (StopReason::Other(Some("eos".into())), Ending::Unknown),
    ] {
        assert_eq!(Ending::from(Some(&reason)), expect, "{reason:?}");
    }
    assert_eq!(Ending::from(None), Ending::Unknown);
}

#[test]
fn the_text_of_all_blocks_is_fingerprinted() {
    let mut deltas = of_text("cargo builds");
    deltas.truncate(4);
    deltas.extend(thought("quietly"));
    deltas.extend([Delta::Open(Block::Text), Delta::Text("par".into()), Delta::Text("ser".into())]);
    let answer = heard(&asks(&[]), &deltas);
    assert_eq!(answer.fingerprint, fingerprint("cargo builds parser"));
    assert!(answer.fingerprint.is_some());
}
