//! The cap on calls since a person last spoke.

use super::*;
use canon::fault::FaultKind;
use proptest::prelude::*;

/// The count that is told, if one is, and whether the request was refused.
fn judged(dialect: Dialect, steps: &[&str], action: ToolLoopAction, cap: u32) -> (Option<usize>, bool) {
    let mut profile = profile(action);
    profile.tool_loop.max_tool_calls = cap;
    let verdict = judge(&conversation(dialect, steps), &profile);
    let told = verdict.facts.iter().find_map(|fact| match fact {
        Fact::ToolCountSeen(seen) => Some(seen.total_count),
        _ => None,
    });
    (told, refusal(verdict).is_some())
}

fn check(steps: &[&str], cap: u32, told: Option<usize>, is_refused: bool) {
    for dialect in DIALECTS {
        assert_eq!(judged(dialect, steps, ToolLoopAction::Warn, cap), (told, false), "{dialect:?} {steps:?}");
        assert_eq!(judged(dialect, steps, ToolLoopAction::Break, cap).1, is_refused, "{dialect:?} {steps:?}");
    }
}

#[test]
fn a_count_over_the_cap_is_told_once_and_again_when_it_has_doubled() {
    let mut steps = vec![">go"];
    let names: Vec<String> = (0..13).map(|number| format!("A:{number}")).collect();
    let told: Vec<usize> = names
        .iter()
        .filter_map(|name| {
            steps.push(name);
            judged(Dialect::OpenAi, &steps, ToolLoopAction::Warn, 3).0
        })
        .collect();
    assert_eq!(told, [4, 7, 13]);
}

#[test]
fn a_reply_with_many_calls_can_pass_the_cap_by_any_number() {
    check(&[">go", "A:1", "A:2 A:3 A:4"], 3, Some(4), true);
    check(&[">go", "A:1", "A:2 A:3 A:4 A:5 A:6"], 3, Some(6), true);
    check(&[">go", "A:1 A:2 A:3 A:4", "A:5"], 3, None, true);
    check(&[">go", "A:1 A:2 A:3 A:4 A:5 A:6", "A:7"], 3, Some(7), true);
}

#[test]
fn a_word_of_a_person_begins_anew() {
    check(&[">go", "A:1", "A:2", ">and?", "A:3", "A:4"], 3, None, false);
    check(&[">go", "A:1", "A:2", "A:3", "A:4", ">stop"], 3, None, false);
    check(&[">go", "A:1", "A:2", "!hurry", "A:3", "A:4"], 3, Some(4), true);
    check(&[">go", "A:1", "A:2", "A:3", "A:4", "!hurry"], 3, Some(4), true);
}

#[test]
fn no_cap_and_no_calls_are_no_sighting() {
    check(&[], 1, None, false);
    check(&[">go"], 1, None, false);
    check(&[">go", "A:1", "A:2"], 0, None, false);
}

#[test]
fn a_refusal_says_what_was_counted() {
    let mut profile = profile(ToolLoopAction::Break);
    profile.tool_loop.max_tool_calls = 1;
    let verdict = judge(&conversation(Dialect::OpenAi, &[">go", "A:1", "A:2"]), &profile);
    let fault = refusal(verdict).unwrap();
    assert_eq!((fault.kind, fault.should_retry), (FaultKind::Invalid, Some(false)));
    assert_eq!(
        fault.message,
        "profile='coding': 2 tool calls since the last message of the user, more than 1"
    );
    let detail = fault.detail.unwrap();
    assert_eq!(detail.name(), "tool_count");
    assert_eq!(detail.json(), Json::fixed(r#"{"total_count":2,"max_allowed":1,"profile":"coding"}"#));
}

proptest! {
    /// However calls are spread over replies, a session of `n` calls is told at most once a doubling, and a session that
    /// passes the cap is told at least once.
    #[test]
    fn levels_are_told_once(replies in proptest::collection::vec(1..6_usize, 1..20), cap in 1..6_u32) {
        let (mut steps, mut told, mut all) = (vec![">go".to_owned()], 0_usize, 0);
        for calls in replies {
            let words: Vec<String> = (all..all + calls).map(|number| format!("A:{number}")).collect();
            steps.push(words.join(" "));
            all += calls;
            let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
            let (seen, is_refused) = judged(Dialect::Anthropic, &steps, ToolLoopAction::Warn, cap);
            prop_assert!(!is_refused && seen.is_none_or(|seen| seen == all && all > cap as usize));
            told += usize::from(seen.is_some());
        }
        let doublings = (1..16).take_while(|level| all > (cap as usize) << (level - 1)).count();
        prop_assert!(told <= doublings);
        prop_assert_eq!(told > 0, all > cap as usize);
    }
}
