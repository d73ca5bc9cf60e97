//! The adaptive order: by latency and failures of late, committed when somebody is asked, and steady.

use super::case::{Case, check, down};
use crate::claim::{Claiming, Ending};
use crate::conversation::Conversation;
use canon::event::SkipReason;
use canon::usage::Usage;
use std::time::Duration;

fn adaptive(chain: &[&str]) -> Case {
    Case::of(chain).profile(|profile| profile.adaptive = true)
}

/// A provider gives so many whole answers, each after so many milliseconds.
fn took(case: &Case, provider: &str, times: usize, millis: u64) {
    for _ in 0..times {
        finished(case, provider, Duration::from_millis(millis), None);
    }
}

/// A provider gives so many streams, each with its first token after so many milliseconds and its end much later.
fn began(case: &Case, provider: &str, times: usize, millis: u64) {
    for _ in 0..times {
        finished(case, provider, Duration::from_secs(20), Some(Duration::from_millis(millis)));
    }
}

fn finished(case: &Case, provider: &str, took: Duration, first_token: Option<Duration>) {
    let plan = case.plan();
    let conversation = Conversation::named("somebody else's");
    let claim = case.view.claim(&Claiming { conversation, ..case.claiming(&plan, provider) }).unwrap();
    let (usage, ending) = (Usage::default(), Ending::Answered { first_token, stream: first_token.is_some() });
    let mut settlement = case.settlement(&plan, ending, &usage);
    settlement.now = case.now.plus(took);
    case.view.settle(claim, &settlement);
}

/// Of two providers the first is slow, and an attempt has made that the order in force.
fn slow_first() -> Case {
    let case = adaptive(&["a", "b"]);
    took(&case, "a", 3, 300);
    took(&case, "b", 4, 100);
    case
}

#[test]
fn adaptive_moves_the_slow_behind_the_quick_and_tells_it() {
    check(&slow_first(), "b a", &["reordered a b to b a"]);
}

#[test]
fn adaptive_is_only_where_the_profile_says_so() {
    let case = slow_first().profile(|profile| profile.adaptive = false);
    check(&case, "a b", &[]);
}

#[test]
fn adaptive_tells_nothing_while_the_order_stays() {
    let case = adaptive(&["a", "b"]);
    took(&case, "a", 5, 100);
    took(&case, "b", 5, 300);
    check(&case, "a b", &[]);
}

/// One that is tried later because another is quicker was not passed over, so nothing is told of it by name.
#[test]
fn adaptive_is_a_preference_and_no_departure() {
    let case = slow_first();
    let plan = case.plan();
    assert_eq!(plan.passed_over(plan.verdict(&"a".into()).unwrap()), None);
}

#[test]
fn adaptive_leaves_a_single_provider_alone() {
    let case = adaptive(&["a"]);
    took(&case, "a", 5, 100_000);
    check(&case, "a", &[]);
}

/// Of two, the slow one is compared with the other and not with a median of both.
#[test]
fn adaptive_of_two_needs_one_and_a_half_times_the_other() {
    for (millis, order) in [(299, "a b"), (300, "b a")] {
        let case = adaptive(&["a", "b"]);
        took(&case, "b", 3, 200);
        took(&case, "a", 3, millis);
        assert_eq!(case.order(), order, "{millis}");
    }
}

#[test]
fn adaptive_does_not_compare_streams_with_whole_answers() {
    let mut case = adaptive(&["a", "b"]);
    took(&case, "a", 5, 9_000);
    began(&case, "b", 5, 200);
    assert_eq!(case.order(), "a b");
    began(&case, "a", 5, 200);
    case.request.stream = true;
    assert_eq!(case.order(), "a b", "its streams begin as soon");
    case.request.stream = false;
    took(&case, "b", 5, 1_000);
    assert_eq!(case.order(), "b a", "its whole answers are quicker");
}

#[test]
fn adaptive_needs_three_answers_and_failures_are_none() {
    let case = adaptive(&["a", "b"]);
    took(&case, "b", 3, 100);
    took(&case, "a", 2, 9_000);
    case.down("a", 2);
    assert_eq!(case.order(), "a b", "two answers and two failures are no three answers");
    took(&case, "a", 1, 9_000);
    assert_eq!(case.order(), "b a");
}

#[test]
fn adaptive_moves_the_failing_behind_the_slow() {
    let case = adaptive(&["a", "b", "c"]);
    took(&case, "a", 4, 100);
    took(&case, "b", 4, 300);
    took(&case, "c", 4, 100);
    case.down("a", 1);
    check(&case, "c b a", &["reordered a b c to c b a"]);
}

/// Nothing is decided by looking: an order is in force once somebody is asked by it.
#[test]
fn adaptive_orders_are_committed_by_attempts() {
    let case = adaptive(&["a", "b"]);
    took(&case, "b", 3, 100);
    took(&case, "a", 2, 300);
    finished(&case, "a", Duration::from_millis(300), None);
    let case = case.after(1);
    for _ in 0..20 {
        assert_eq!(case.order(), "b a");
    }
    took(&case, "a", 20, 100);
    assert_eq!(case.order(), "b a", "what was demoted by an attempt stays so for half a minute");
    assert_eq!(case.after(31).order(), "a b");
}

/// Silence is no proof: once its samples are gone, a demoted provider gets single trials and not all requests.
#[test]
fn adaptive_does_not_flap_back_when_samples_expire() {
    let mut case = slow_first();
    took(&case, "b", 1, 100);
    for _ in 0..3 {
        case = case.after(62);
        took(&case, "b", 3, 100);
        let plans = [case.plan(), case.plan()];
        assert_eq!(case.order(), "a b", "one request tries it");
        let trial = case.claim(&plans[0], "a").unwrap();
        assert_eq!(case.claim(&plans[1], "a").err(), Some(SkipReason::Adaptive));
        assert_eq!(case.order(), "b a", "and one alone");
        let (usage, ending) = (Usage::default(), Ending::Answered { first_token: None, stream: false });
        let mut settlement = case.settlement(&plans[0], ending, &usage);
        settlement.now = case.now.plus(Duration::from_millis(300));
        case.view.settle(trial, &settlement);
        case.conversation = Conversation::named("the next");
        assert_eq!(case.order(), "b a", "it is as slow as before");
    }
}

/// The same where others have moved meanwhile: who is on trial stands in its place, and one request has it.
#[test]
fn adaptive_trials_are_single_in_a_changed_order() {
    let case = adaptive(&["a", "b", "c"]);
    took(&case, "a", 3, 300);
    took(&case, "b", 3, 300);
    took(&case, "c", 4, 100);
    let case = case.after(62);
    took(&case, "c", 3, 100);
    took(&case, "b", 1, 300);
    took(&case, "b", 2, 300);
    let plans = [case.plan(), case.plan()];
    assert_eq!(case.order(), "a c b");
    let _trial = case.claim(&plans[0], "a").unwrap();
    assert_eq!(case.claim(&plans[1], "a").err(), Some(SkipReason::Adaptive));
}

#[test]
fn adaptive_brings_back_who_is_quick_again() {
    let case = slow_first();
    took(&case, "b", 1, 100);
    let case = case.after(62);
    took(&case, "b", 3, 100);
    took(&case, "a", 1, 90);
    check(&case, "a b", &[]);
    assert_eq!(case.after(40).order(), "a b");
}

#[test]
fn adaptive_forgives_failures_only_after_an_answer() {
    let case = adaptive(&["a", "b"]);
    for _ in 0..5 {
        case.fails("a", &down());
    }
    took(&case, "b", 1, 100);
    assert_eq!(case.order(), "b a");
    let case = case.after(62);
    took(&case, "b", 1, 100);
    case.fails("a", &down());
    assert_eq!(case.order(), "b a", "its trial has failed");
    let case = case.after(62);
    took(&case, "a", 1, 100);
    assert_eq!(case.order(), "a b");
}
