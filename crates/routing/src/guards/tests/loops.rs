//! Loops of calls.

use super::*;
use canon::event::ToolLoopSeen;
use canon::fault::FaultKind;
use proptest::prelude::*;

fn seen(request: &Request, profile: &Profile) -> Option<ToolLoopSeen> {
    judge(request, profile).facts.into_iter().find_map(|fact| match fact {
        Fact::ToolLoopSeen(seen) => Some(*seen),
        _ => None,
    })
}

/// The tool, the repeats and the period that are told.
type Told<'a> = Option<(&'a str, usize, Option<usize>)>;

fn check_with(window: u32, threshold: u32, steps: &[&str], expect: Told<'_>) {
    let mut profile = profile(ToolLoopAction::Warn);
    (profile.tool_loop.window, profile.tool_loop.threshold) = (window, threshold);
    for dialect in DIALECTS {
        let seen = seen(&conversation(dialect, steps), &profile);
        let told = seen.as_ref().map(|seen| (seen.tool.as_str(), seen.repeat_count, seen.period));
        assert_eq!(told, expect, "{dialect:?} {steps:?}");
    }
}

fn check(steps: &[&str], expect: Told<'_>) {
    check_with(5, 3, steps, expect);
}

#[test]
fn a_run_of_one_call_is_a_loop_from_the_threshold_on() {
    check(&[">go", "A:1", "A:1"], None);
    check(&[">go", "A:1", "A:1", "A:1"], Some(("A", 3, Some(1))));
    check(&[">go", "B:1", "A:1", "A:1", "A:1"], Some(("A", 3, Some(1))));
    check(&["A:1 A:1 A:1"], Some(("A", 3, Some(1))));
    check(&[], None);
}

#[test]
fn repeats_are_counted_within_the_window() {
    check(&["A:1"; 9], Some(("A", 5, Some(1))));
    check_with(2, 2, &["A:1"; 9], Some(("A", 2, Some(1))));
    check_with(50, 2, &["A:1"; 9], Some(("A", 9, Some(1))));
}

#[test]
fn other_arguments_or_another_tool_are_no_repeat() {
    check(&["A:1", "A:2", "A:3", "A:4"], None);
    check(&["A:1", "B:1", "C:1", "D:1"], None);
    check(&["A:1", "A:1", "A:1", "A:2"], None);
}

#[test]
fn what_a_person_or_the_harness_says_in_between_is_no_call() {
    check(&[">go", "A:1", ">on", "A:1", "!on", "A:1"], Some(("A", 3, Some(1))));
}

#[test]
fn a_run_that_ended_is_past() {
    check(&["A:1", "A:1", "A:1", "A:1", "B:1"], None);
}

#[test]
fn calls_in_turn_are_a_loop() {
    check(&["A:1", "B:1"].repeat(2), None);
    check(&["B:1", "A:1", "B:1", "A:1", "B:1"], None);
    check(&["A:1", "B:1"].repeat(3), Some(("B", 3, Some(2))));
    check(&["A:1 B:1"].repeat(3), Some(("B", 3, Some(2))));
    check(&["A:1", "B:1", "C:1"].repeat(3), Some(("C", 3, Some(3))));
    check(&["A:1", "B:1", "C:1", "D:1"].repeat(3), Some(("D", 3, Some(4))));
    check(&["A:1", "B:1", "C:1", "D:1", "E:1"].repeat(3), None);
    check_with(50, 2, &["A:1", "B:1"].repeat(10), Some(("B", 10, Some(2))));
    check_with(50, 2, &["A:1", "A:1", "B:1"].repeat(2), Some(("B", 2, Some(3))));
}

#[test]
fn the_smallest_block_is_the_loop() {
    check(&["A:1"; 12], Some(("A", 5, Some(1))));
    check_with(50, 3, &["A:1", "B:1"].repeat(6), Some(("B", 6, Some(2))));
    check_with(50, 3, &["A:1", "B:1", "B:1", "B:1"].repeat(3), Some(("B", 3, Some(1))));
}

#[test]
fn a_call_that_keeps_failing_in_one_way_is_a_loop_whatever_stands_between() {
    check(&["A:1=no", "B:1", "A:1=no", "C:1", "A:1=no"], Some(("A", 3, None)));
    check(&["A:1=no", "B:1", "A:1=never", "C:1", "A:1=no"], None);
    check(&["A:1=no", "B:1", "A:1", "C:1", "A:1=no"], None);
    check(&["A:1", "B:1", "A:1", "C:1", "A:1"], None);
    check(&["A:1=no", "B:1", "A:2=no", "C:1", "A:1=no"], None);
    check(&["A:1=no", "B:1", "A:1=no", "C:1", "C:2", "A:1=no"], None);
    check(&["A:1=no", "B:1", "A:1=no", "C:1", "A:1=no", "D:1"], None);
}

#[test]
fn the_marks_beside_an_error_do_not_count() {
    let mut request = conversation(Dialect::Anthropic, &["A:1=no", "B:1", "A:1=no", "C:1", "A:1=no"]);
    let last = request.messages.edit().last_mut().unwrap().edit();
    let PartKind::CallResult(result) = &mut last.content.parts_mut()[0].kind else { panic!("a result") };
    let marked = Part { cache_control: Some(Json::EMPTY_OBJECT), ..Part::text("no") };
    result.content = Content::Parts(vec![marked]);
    assert_eq!(seen(&request, &profile(ToolLoopAction::Warn)).unwrap().period, None);
}

#[test]
fn each_action_does_what_it_says() {
    let looping = conversation(Dialect::Anthropic, &[">go", "Bash:ls", "Bash:ls", "Bash:ls"]);
    let verdict = judge(&looping, &profile(ToolLoopAction::Warn));
    assert!(matches!(verdict.action, Action::Go));
    let verdict = judge(&looping, &profile(ToolLoopAction::Inject));
    let Action::Hint(hint) = verdict.action else { panic!("no hint") };
    for words in ["`Bash`", "same arguments", "different tool", "different arguments", "ask"] {
        assert!(hint.contains(words), "{hint}");
    }
    let verdict = judge(&looping, &profile(ToolLoopAction::Break));
    assert_eq!(verdict.facts.len(), 1);
    let fault = refusal(verdict).unwrap();
    assert_eq!((fault.kind.clone(), fault.should_retry), (FaultKind::Invalid, Some(false)));
    assert_eq!(
        fault.message,
        "profile='coding': the model called the tool Bash 3 times with the same arguments"
    );
    let detail = fault.detail.unwrap();
    let expect = r#"{"profile":"coding","tool_name":"Bash","repeat_count":3,"threshold":3,"window":5}"#;
    assert_eq!((detail.name(), detail.json()), ("tool_loop", Json::fixed(expect)));
}

#[test]
fn calls_in_turn_are_told_as_such() {
    let looping = conversation(Dialect::OpenAi, &["Read:a", "Bash:ls"].repeat(3));
    let fault = refusal(judge(&looping, &profile(ToolLoopAction::Break))).unwrap();
    assert_eq!(
        fault.message,
        "profile='coding': the model made the same 2 tool calls 3 times in a row, Bash last"
    );
    let Action::Hint(hint) = judge(&looping, &profile(ToolLoopAction::Inject)).action else {
        panic!("no hint")
    };
    assert!(hint.contains("in turn"), "{hint}");
}

/// A refused request comes again with what the person says to it; refusing that as well would end the conversation.
#[test]
fn a_person_leads_out_of_a_refused_loop() {
    let steps = [">go", "A:1", "A:1", "A:1", ">try B"];
    for dialect in DIALECTS {
        let verdict = judge(&conversation(dialect, &steps), &profile(ToolLoopAction::Break));
        assert!(matches!(verdict.action, Action::Go));
        assert!(
            matches!(&verdict.facts[..], [Fact::ToolLoopSeen(seen)] if seen.action == ToolLoopAction::Warn)
        );
        let again = [&steps[..], &["A:1"]].concat();
        let verdict = judge(&conversation(dialect, &again), &profile(ToolLoopAction::Break));
        assert!(refusal(verdict).is_some());
        let reminded = [&steps[..4], &["!hurry"]].concat();
        let verdict = judge(&conversation(dialect, &reminded), &profile(ToolLoopAction::Break));
        assert!(refusal(verdict).is_some());
    }
}

#[test]
fn arguments_are_told_nowhere() {
    for action in [ToolLoopAction::Warn, ToolLoopAction::Inject, ToolLoopAction::Break] {
        for steps in [vec!["A:hidden"; 3], ["A:hidden", "B:hidden"].repeat(3)] {
            let verdict = judge(&conversation(Dialect::OpenAi, &steps), &profile(action));
            let told = format!("{verdict:?}");
            assert!(
                told.contains("coding") && !told.contains("hidden") && !told.contains("secret"),
                "{told}"
            );
        }
    }
}

#[test]
fn a_tools_name_may_be_anything() {
    let name = "x\n\"\u{1b}[2J".to_owned() + &"y".repeat(5_000);
    let looping = conversation(Dialect::OpenAi, &[name.as_str(); 3]);
    let fault = refusal(judge(&looping, &profile(ToolLoopAction::Break))).unwrap();
    assert!(fault.message.len() < 300 && !fault.message.contains(char::is_control));
    let Action::Hint(hint) = judge(&looping, &profile(ToolLoopAction::Inject)).action else {
        panic!("no hint")
    };
    assert!(hint.len() < 500 && !hint.contains(char::is_control), "{hint}");
}

/// What a loop is, said anew: the block stands `threshold` times at the end. The window only bounds the count.
fn expected(calls: &[u8], window: usize, threshold: usize) -> Option<(usize, usize)> {
    (1..=4).find_map(|period| {
        let reach = window.max(threshold * period);
        let tail = &calls[calls.len().saturating_sub(reach)..];
        let block = tail.get(tail.len().checked_sub(period)?..)?;
        let repeats = tail.rchunks(period).take_while(|chunk| *chunk == block).count();
        (repeats >= threshold).then_some((repeats, period))
    })
}

proptest! {
    #[test]
    fn loops_are_what_they_are_said_to_be(
        calls in proptest::collection::vec(0..3_u8, 0..24),
        threshold in 2..5_u32,
        more in 0..8_u32,
        openai: bool,
    ) {
        let mut profile = profile(ToolLoopAction::Warn);
        (profile.tool_loop.threshold, profile.tool_loop.window) = (threshold, threshold + more);
        let steps: Vec<String> = calls.iter().map(|call| format!("A:{call}")).collect();
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        let request = conversation(if openai { Dialect::OpenAi } else { Dialect::Anthropic }, &steps);
        let seen = seen(&request, &profile).map(|seen| (seen.repeat_count, seen.period.unwrap()));
        prop_assert_eq!(seen, expected(&calls, (threshold + more) as usize, threshold as usize));
    }

    /// Only the end counts: what came before a loop changes nothing about it.
    #[test]
    fn what_came_before_changes_nothing(
        before in proptest::collection::vec(0..3_u8, 0..12),
        block in proptest::collection::vec(0..3_u8, 1..5),
    ) {
        let steps = |calls: &[u8]| calls.iter().map(|call| format!("A:{call}")).collect::<Vec<_>>();
        let looping = steps(&block.repeat(5));
        let all = [steps(&before), looping.clone()].concat();
        let of = |steps: &[String]| {
            let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
            seen(&conversation(Dialect::Anthropic, &steps), &profile(ToolLoopAction::Warn))
        };
        prop_assert!(of(&looping).is_some());
        prop_assert_eq!(of(&all), of(&looping));
    }
}
