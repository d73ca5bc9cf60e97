//! Standings, refusals and words, as tables.

use super::*;
use crate::fixture;

fn provider(name: &str, window: Option<u32>) -> Provider {
    let mut provider = fixture::provider(name);
    provider.facts.max_context_tokens = window;
    provider
}

fn budget(action: ContextBudgetAction) -> ContextBudget {
    ContextBudget { action, ..ContextBudget::default() }
}

fn standing(action: ContextBudgetAction, estimate: u64) -> Standing {
    judge(estimate, None, &provider("a", Some(1_000)), &budget(action)).standing
}

#[test]
fn standings_follow_the_levels_and_the_action() {
    use ContextBudgetAction::{Off, Reject, Trim, Warn};
    use Standing::{Fits, Overflow, Warning};
    for (estimate, [off, warn, trim, reject]) in [
        (0, [Fits, Fits, Fits, Fits]),
        (799, [Fits, Fits, Fits, Fits]),
        (800, [Fits, Warning, Warning, Warning]),
        (899, [Fits, Warning, Warning, Warning]),
        (900, [Fits, Warning, Standing::Trim, Overflow]),
        (5_000, [Fits, Warning, Standing::Trim, Overflow]),
    ] {
        let found = [Off, Warn, Trim, Reject].map(|action| standing(action, estimate));
        assert_eq!(found, [off, warn, trim, reject], "{estimate}");
    }
}

#[test]
fn each_provider_is_judged_by_its_own_window() {
    let budget = budget(ContextBudgetAction::Trim);
    let found = [None, Some(10_000), Some(1_000), Some(0)].map(|window| {
        let judgement = judge(9_100, None, &provider("a", window), &budget);
        (judgement.standing, judgement.room.window, judgement.exceeds_window())
    });
    let expect = [
        (Standing::Fits, 128_000, false),
        (Standing::Trim, 10_000, false),
        (Standing::Trim, 1_000, true),
        (Standing::Trim, 1, true),
    ];
    assert_eq!(found, expect);
    let ratio = judge(9_100, None, &provider("a", Some(10_000)), &budget).ratio();
    assert!((ratio - 0.91).abs() < 1e-9);
}

#[test]
fn levels_are_shares_of_the_window() {
    let budget = ContextBudget { warn: 0.29, trim: 0.9, target: 0.333, ..ContextBudget::default() };
    let room = Room::of(&provider("a", Some(100)), &budget);
    assert_eq!((room.warn, room.trim, room.target, room.preserve_last), (29, 90, 33, 4));
}

#[test]
fn the_answer_needs_room_too() {
    let output = |estimate, wanted| {
        judge(estimate, wanted, &provider("a", Some(1_000)), &budget(ContextBudgetAction::Off)).output
    };
    assert_eq!(output(700, None), OutputRoom::Enough);
    assert_eq!(output(700, Some(300)), OutputRoom::Enough);
    assert_eq!(output(700, Some(301)), OutputRoom::Short(300));
    assert_eq!(output(1_700, Some(1)), OutputRoom::Short(0));
}

fn refused(estimate: u64, window: u32) -> Fault {
    let budget = budget(ContextBudgetAction::Reject);
    judge(estimate, None, &provider("p1", Some(window)), &budget).refusal(&fixture::profile("coding", &[]))
}

#[test]
fn a_refusal_names_all_it_is_about() {
    let fault = refused(2_000, 1_500);
    assert_eq!(fault.kind, FaultKind::Overflow { prompt: Some(2_000), limit: Some(1_500) });
    assert_eq!(fault.should_retry, Some(false));
    assert_eq!(
        fault.message,
        "prompt is too long: 2000 tokens > 1500 maximum (estimated, for the window of 1500 tokens of 'p1' in the \
         profile 'coding')"
    );
}

#[test]
fn a_refusal_says_how_much_has_to_go_below_the_window_too() {
    for (estimate, limit) in [(950, 900), (901, 900), (900, 899), (1_000, 900), (1_001, 1_000)] {
        let fault = refused(estimate, 1_000);
        assert_eq!(fault.kind, FaultKind::Overflow { prompt: Some(estimate), limit: Some(limit) });
        assert!(
            fault.message.starts_with(&format!("prompt is too long: {estimate} tokens > {limit} maximum"))
        );
    }
}

#[test]
fn the_header_has_two_words() {
    let word = |action, estimate, trimmed: Option<&Trimmed>| {
        let judgement = judge(estimate, None, &provider("a", Some(1_000)), &budget(action));
        BudgetStatus::of(&judgement, trimmed).map(BudgetStatus::word)
    };
    let trimmed = Trimmed {
        messages_before: 9,
        messages_after: 4,
        results_shortened: 0,
        tokens_before: 950,
        tokens_after: 700,
        window: 1_000,
        step: trim::Step::Kept,
        aim: trim::Aim::Met,
    };
    assert_eq!(word(ContextBudgetAction::Off, 5_000, None), None);
    assert_eq!(word(ContextBudgetAction::Trim, 700, None), None);
    assert_eq!(word(ContextBudgetAction::Warn, 950, None), Some("warning"));
    assert_eq!(word(ContextBudgetAction::Trim, 950, None), Some("warning"));
    assert_eq!(word(ContextBudgetAction::Reject, 950, None), Some("warning"));
    assert_eq!(word(ContextBudgetAction::Trim, 950, Some(&trimmed)), Some("trimmed"));
    assert_eq!(word(ContextBudgetAction::Trim, 780, Some(&trimmed)), Some("trimmed"));
}

#[test]
fn what_answers_teach_changes_the_judgement() {
    let mut measure = Measure::untaught(crate::estimate::ToolContent::Counted);
    let request = fixture::request(
        canon::dialect::Dialect::OpenAi,
        &[],
        &[(canon::request::Role::User, &"x".repeat(2_000))],
    );
    let judged = |measure: &Measure| {
        let estimate = measure.request(&request);
        judge(estimate, None, &provider("a", Some(1_000)), &budget(ContextBudgetAction::Warn)).standing
    };
    assert_eq!(judged(&measure), Standing::Fits);
    for _ in 0..3 {
        measure.calibration.observe(500, 850);
    }
    assert_eq!((measure.request(&request), judged(&measure)), (850, Standing::Warning));
}
