//! What is cut of conversations, as pictures: one word a turn, `~` where it was shortened, `*` where its source is
//! gone.

mod laws;

use super::*;
use crate::context::{Calibration, judge};
use crate::estimate::ToolContent;
use crate::fixture::{self, turn};
use canon::config::{ContextBudget, ContextBudgetAction};
use canon::dialect::Dialect;
use canon::request::{Arguments, Call, CallResult, Content, Part, PartKind, Role};
use canon::text::Json;

/// A cut that some conversation had.
pub(crate) fn any_held(number: usize) -> Held {
    let turns = fixture::request(Dialect::Anthropic, &[], &[(Role::User, &number.to_string())]).messages;
    let mark = Mark::of(&turns, 0).unwrap();
    Held { from: mark, shorten: mark, limit: 9, aim: Aim::Met }
}

/// A room with a window of so many tokens, and the default levels: told from 80 %, cut from 90 % to 75 %.
pub(crate) fn room(window: u32, preserve_last: u32) -> Room {
    let mut provider = fixture::provider("a");
    provider.facts.max_context_tokens = Some(window);
    let budget =
        ContextBudget { action: ContextBudgetAction::Trim, preserve_last, ..ContextBudget::default() };
    judge(0, None, &provider, &budget).room
}

pub(crate) const MEASURE: Measure =
    Measure { tool_content: ToolContent::Counted, calibration: Calibration::UNTAUGHT };

/// A conversation from words, each a turn of `tokens` tokens: `s` instructions, `u` a person, `a` an answer, `c1`
/// calls of these ids, `r1` their results.
pub(crate) fn conversation(dialect: Dialect, words: &str, tokens: usize) -> Request {
    let mut request = Request::new(dialect);
    let turns = words.split_whitespace().enumerate().map(|(at, word)| said(dialect, at, word, tokens));
    request.messages = fixture::sourced(turns.collect());
    request
}

fn said(dialect: Dialect, at: usize, word: &str, tokens: usize) -> Sourced<Message> {
    let (kind, ids) = word.split_at(1);
    // Plain text is weighed fastest.
    let label = if word.is_ascii() { word } else { kind };
    let text = format!("{label}#{at} {}", "x".repeat((tokens * 4).saturating_sub(label.len() + 3)));
    let ids = ids.chars().map(|id| id.to_string());
    let parts = |parts: Vec<PartKind>| Content::Parts(parts.into_iter().map(Part::new).collect());
    match kind {
        "s" => turn(Role::System, Content::Text(text.into())),
        "a" => turn(Role::Assistant, parts(vec![PartKind::Text(text.into())])),
        "c" => turn(Role::Assistant, parts(ids.map(|id| call(&id, &text)).collect())),
        "r" => {
            let role = if dialect == Dialect::OpenAi { Role::Tool } else { Role::User };
            turn(role, parts(ids.map(|id| result(&id, &text)).collect()))
        }
        _ => turn(Role::User, parts(vec![PartKind::Text(text.into())])),
    }
}

fn call(id: &str, text: &str) -> PartKind {
    let arguments = Arguments::Value(Json::raw(format!("{text:?}").into()));
    PartKind::Call(Call { id: id.into(), name: "Read".into(), arguments })
}

fn result(id: &str, text: &str) -> PartKind {
    let content = Content::Text(text.into());
    PartKind::CallResult(CallResult { call_id: id.into(), name: None, content, is_error: None })
}

/// The words of a conversation.
pub(crate) fn words(request: &Request) -> String {
    let word = |turn: &Sourced<Message>| {
        let (text, short) = match &turn.content {
            Content::Absent => (String::new(), false),
            Content::Text(text) => (text.to_string(), false),
            Content::Parts(parts) => match &parts[0].kind {
                PartKind::Call(call) => match &call.arguments {
                    Arguments::Value(value) => (format!("{value:?}"), false),
                    Arguments::Text(text) => (text.to_string(), false),
                },
                PartKind::CallResult(CallResult { content: Content::Text(text), .. }) => {
                    (text.to_string(), text.read().contains("characters left out]"))
                }
                PartKind::Text(text) => (text.to_string(), false),
                other => panic!("{other:?}"),
            },
        };
        let word = text.trim_start_matches('"').split('#').next().unwrap_or("").to_owned();
        let star = if turn.source().is_some() { "" } else { "*" };
        format!("{word}{}{star}", if short { "~" } else { "" })
    };
    request.messages.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// The request as it goes.
pub(crate) fn trimmed(request: &Request, cut: Option<&Cut>) -> Request {
    let mut left = request.clone();
    if let Some(cut) = cut {
        assert!(cut.is_of(request));
        cut.apply(&mut left);
    }
    left
}

/// Checks what is left of a conversation in a window, and whether the target is met.
fn check(request: &Request, room: Room, aim: Aim, expect: &str) -> Trimmed {
    let before = words(request);
    let decision = decide(request, &MEASURE, &room, None);
    let left = trimmed(request, decision.cut.as_ref());
    assert_eq!(words(&left), expect);
    assert_eq!(words(request), before);
    let told = decision.cut.expect("something has to go in every case of the table").trimmed;
    assert_eq!(told.aim, aim, "{told:?}");
    assert_eq!((told.messages_before, told.messages_after), (request.messages.len(), left.messages.len()));
    assert_eq!(told.tokens_before, MEASURE.request(request));
    assert_eq!(told.tokens_after, MEASURE.request(&left));
    assert_eq!(told.step, Step::Taken);
    told
}

fn claude(words: &str, tokens: usize) -> Request {
    conversation(Dialect::Anthropic, words, tokens)
}

#[test]
fn with_room_nothing_goes() {
    let request = claude("u a u", 100);
    assert_eq!(decide(&request, &MEASURE, &room(1_000, 4), None), Decision::default());
    assert_eq!(decide(&Request::new(Dialect::Anthropic), &MEASURE, &room(1, 4), None), Decision::default());
}

#[test]
fn the_oldest_turns_go_and_the_task_stays() {
    check(&claude("u a u a u a u a u a u", 90), room(1_000, 4), Aim::Met, "u a u a u a u");
}

#[test]
fn roles_take_turns_where_the_cut_joins() {
    for (words, expect) in [
        // The person's last word before the cut stays, with the answer before it.
        ("u a u c1 r1 c2 r2 c3 r3 c4 r4", "u a u c3 r3 c4 r4"),
        // It need not be the second.
        ("u c1 r1 a u a u c2 r2 c3 r3", "u a u c2 r2 c3 r3"),
        // Instructions behind what a person says belong to it.
        ("s u s c1 r1 c2 r2 c3 r3 c4 r4", "s u s c3 r3 c4 r4"),
    ] {
        for dialect in [Dialect::Anthropic, Dialect::OpenAi] {
            check(&conversation(dialect, words, 100), room(1_000, 3), Aim::Met, expect);
        }
    }
}

/// The reference measured 1 message of 23 left here: it cut forward to a user turn without results.
#[test]
fn a_long_tool_session_keeps_its_window() {
    let calls: Vec<String> = ('a'..='k').map(|id| format!("c{id} r{id}")).collect();
    let request = claude(&format!("u {}", calls.join(" ")), 132);
    let told = check(&request, room(3_000, 6), Aim::Met, "u ce re cf rf cg rg ch rh ci ri cj rj ck rk");
    assert_eq!((told.messages_removed(), told.window), (8, 3_000));
}

#[test]
fn results_are_shortened_before_anything_is_dropped() {
    let request = claude("u c1 r1 c2 r2 c3 r3 c4 r4 a u", 1_000);
    let told = check(&request, room(12_000, 2), Aim::Met, "u c1 r1~* c2 r2~* c3 r3~* c4 r4 a u");
    assert_eq!((told.results_shortened, told.messages_removed()), (3, 0));
}

#[test]
fn turns_are_dropped_where_that_is_not_enough() {
    let request = claude("u c1 r1 c2 r2 c3 r3 a u", 1_000);
    let told = check(&request, room(9_000, 4), Aim::Met, "u c2 r2~* c3 r3 a u");
    assert_eq!((told.results_shortened, told.messages_removed()), (1, 2));
}

/// The reference measured 4,000 tokens left against a target of 750, told as a success.
#[test]
fn a_missed_target_is_told() {
    let request = claude("u a u a u a", 1_000);
    let told = check(&request, room(1_000, 4), Aim::Missed, "u u a u a");
    assert!(told.exceeds_window());
    // What still fits the window keeps its roles apart.
    let request = claude("u c1 r1 a u a u a", 100);
    let told = check(&request, room(650, 4), Aim::Missed, "u a u a u a");
    assert!(!told.exceeds_window());
}

#[test]
fn calls_stay_with_their_results() {
    // Results in turns of their own, two calls at once.
    let chat = conversation(Dialect::OpenAi, "s u c12 r1 r2 c34 r3 r4 c56 r5 r6", 100);
    check(&chat, room(1_400, 1), Aim::Met, "s u c34 r3 r4 c56 r5 r6");
    // The tail of two would begin with a result.
    check(&chat, room(200, 2), Aim::Missed, "s u c56 r5 r6");
    // One id again and again is no tie between them.
    let weak = claude("u c0 r0 c0 r0 c0 r0 c0 r0", 100);
    check(&weak, room(800, 2), Aim::Met, "u c0 r0 c0 r0");
    // A late answer holds all that lies between.
    let late = claude("u c1 a u r1 a u a", 100);
    check(&late, room(800, 1), Aim::Met, "u a u a u a");
}

#[test]
fn a_small_request_beside_the_conversation_forgets_nothing() {
    let (room, request) = (room(1_000, 4), claude("u c1 r1 c2 r2 c3 r3 c4 r4 c5 r5", 90));
    let held = decide(&request, &MEASURE, &room, None).held;
    assert!(held.is_some());
    for small in [claude("u", 100), claude("u a u a u a u a", 100)] {
        assert_eq!(decide(&small, &MEASURE, &room, held), Decision { cut: None, held });
    }
    let kept = decide(&request, &MEASURE, &room, held);
    assert_eq!(kept.cut.unwrap().trimmed.step, Step::Kept);
}

#[test]
fn a_cut_is_given_up_where_the_client_has_begun_anew() {
    let (room, request) = (room(1_000, 4), claude("u c1 r1 c2 r2 c3 r3 c4 r4 c5 r5", 90));
    let held = decide(&request, &MEASURE, &room, None).held;
    let compacted = claude("u a u c6 r6 c7 r7 c8 r8 c9 r9", 91);
    let decision = decide(&compacted, &MEASURE, &room, held);
    assert_eq!(decision, decide(&compacted, &MEASURE, &room, None));
    assert_eq!(decision.cut.unwrap().trimmed.step, Step::Taken);
}

/// Instructions and tools take most of many small windows, so that no cut reaches the target.
#[test]
fn a_missed_target_is_no_reason_to_cut_at_every_turn() {
    for (front, most) in [(8_000, 13), (8_800, 30)] {
        let (room, mut held, mut steps, mut words) = (room(10_000, 4), None, 0, "u".to_owned());
        for _ in 0..100 {
            words.push_str(" c0 r0");
            let mut request = claude(&words, 50);
            request.system = Some(Sourced::new(Content::Text("x".repeat(front * 4).into())));
            let decision = decide(&request, &MEASURE, &room, held);
            held = decision.held;
            if let Some(cut) = decision.cut {
                assert_eq!((cut.trimmed.aim, cut.trimmed.exceeds_window()), (Aim::Missed, false));
                steps += usize::from(cut.trimmed.step == Step::Taken);
            }
        }
        assert!((2..=most).contains(&steps), "{steps} steps beside {front} tokens");
    }
}

#[test]
fn what_answers_teach_moves_the_cut() {
    let request = claude("u c1 r1 c2 r2 c3 r3 c4 r4 c5 r5", 60);
    let mut measure = MEASURE;
    assert_eq!(decide(&request, &measure, &room(1_000, 4), None).cut, None);
    (0..3).for_each(|_| measure.calibration.observe(1_000, 2_000));
    let told = decide(&request, &measure, &room(1_000, 4), None).cut.unwrap().trimmed;
    assert_eq!((told.tokens_before, told.aim), (measure.request(&request), Aim::Met));
    assert!(told.tokens_after > 500 && told.tokens_before > 1_300, "{told:?}");
}
