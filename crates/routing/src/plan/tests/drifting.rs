//! Drift as a pass: who gives bad answers goes last for a while, in the profile that has watched it.

use super::case::{ANSWERED, Case, check, told};
use crate::claim::{Claiming, Settled};
use crate::conversation::Conversation;
use crate::drift::{Answer, Ending, Observation, Offer, Severity};
use canon::config::{Drift, DriftAction};
use canon::usage::Usage;

/// Judged after six answers; demoted for five minutes.
fn watching(chain: &[&str], action: DriftAction) -> Case {
    Case::of(chain).profile(|profile| profile.drift = Drift { action, ..Drift::default() })
}

const GOOD: Answer = Answer {
    has_content: true,
    called: false,
    length: 100,
    offer: Offer::Nothing,
    ending: Ending::Turn,
    fingerprint: None,
};

/// A provider gives so many answers of a kind; what the last one leads to.
fn observed(case: &Case, provider: &str, times: usize, answer: Answer) -> Settled {
    let observe = |_| {
        let plan = case.plan();
        let conversation = Conversation::named("somebody else's");
        let claim = case.view.claim(&Claiming { conversation, ..case.claiming(&plan, provider) }).unwrap();
        let usage = Usage::default();
        let mut settlement = case.settlement(&plan, ANSWERED, &usage);
        settlement.observation = Some(Observation::Answered(answer));
        case.view.settle(claim, &settlement)
    };
    (0..times).map(observe).last().unwrap()
}

fn empty(case: &Case, provider: &str, times: usize) -> Settled {
    observed(case, provider, times, Answer { has_content: false, length: 0, ..GOOD })
}

#[test]
fn drift_promote_moves_behind_the_others_for_its_cooldown() {
    let case = watching(&["a", "b", "c"], DriftAction::Promote);
    assert!(told(empty(&case, "a", 5).facts).is_empty());
    let settled = empty(&case, "a", 1);
    assert_eq!(settled.drift, Some(Severity::Severe));
    assert_eq!(
        (told(settled.facts), settled.reload),
        (vec!["a drifts: severe".into(), "a goes to 3".into()], false)
    );
    check(&case, "b c a", &["a later drift"]);
    let case = case.after(299);
    assert_eq!(case.order(), "b c a");
    check(&case.after(1), "a b c", &[]);
}

#[test]
fn drift_warn_is_told_and_moves_nobody() {
    let case = watching(&["a", "b"], DriftAction::Warn);
    assert_eq!(told(empty(&case, "a", 6).facts), ["a drifts: severe"]);
    check(&case, "a b", &[]);
}

#[test]
fn drift_reload_moves_back_and_asks_for_an_unloading() {
    let case = watching(&["a", "b"], DriftAction::Reload);
    let settled = empty(&case, "a", 6);
    assert!(settled.reload);
    assert_eq!(told(settled.facts), ["a drifts: severe", "a goes to 2"]);
    assert_eq!(case.order(), "b a");
}

#[test]
fn drift_off_looks_at_nothing() {
    let case = watching(&["a", "b"], DriftAction::Off);
    let settled = empty(&case, "a", 50);
    assert_eq!((told(settled.facts).len(), settled.drift), (0, None));
    check(&case, "a b", &[]);
}

#[test]
fn drift_of_one_alone_moves_nobody_and_is_not_told_as_a_departure() {
    let case = watching(&["a"], DriftAction::Promote);
    assert_eq!(told(empty(&case, "a", 6).facts), ["a drifts: severe", "a goes to 1"]);
    check(&case, "a", &[]);
}

/// The end of a cooldown is told by the next attempt, whoever is asked, and the old answers are forgotten with it.
#[test]
fn drift_recovers_once_and_starts_anew() {
    let case = watching(&["a", "b"], DriftAction::Promote);
    empty(&case, "a", 6);
    let case = case.after(301);
    let settled = observed(&case, "b", 1, GOOD);
    assert_eq!(told(settled.facts), ["a recovers after 301s"]);
    assert!(told(empty(&case, "a", 5).facts).is_empty(), "five of six that a verdict needs");
    check(&case, "a b", &[]);
    assert_eq!(told(empty(&case, "a", 1).facts), ["a drifts: severe", "a goes to 2"]);
}

/// Prompts, tools and settings differ between profiles, and so does the way a model answers.
#[test]
fn drift_under_one_profile_moves_nobody_under_another() {
    let case = watching(&["a", "b"], DriftAction::Promote).beside("other").under("coding");
    empty(&case, "a", 6);
    assert_eq!(case.order(), "b a");
    let case = case.under("other");
    check(&case, "a b", &[]);
    assert!(told(empty(&case, "a", 5).facts).is_empty());
}

/// The verdict belongs to the answer that it was made by.
#[test]
fn drift_marks_only_the_answer_that_shows_it() {
    let case = watching(&["a", "b"], DriftAction::Promote);
    assert_eq!(empty(&case, "a", 6).drift, Some(Severity::Severe));
    for provider in ["a", "b"] {
        assert_eq!(observed(&case, provider, 1, GOOD).drift, None);
    }
}

#[test]
fn drift_is_also_seen_in_failures() {
    let case = watching(&["a", "b"], DriftAction::Promote);
    assert_eq!(case.down("a", 6), ["a drifts: mild", "a goes to 2"]);
    check(&case, "b a", &["a later drift"]);
}

/// A provider that drifts is a doubt like others: what an adaptive profile finds quick still goes behind.
#[test]
fn drift_comes_after_the_adaptive_order() {
    let case = watching(&["a", "b"], DriftAction::Promote).profile(|profile| profile.adaptive = true);
    empty(&case, "a", 6);
    case.down("b", 5);
    assert_eq!(case.order(), "b a");
    let stats = case.view.memory().samples(&"a".into()).unwrap().stats(case.now.at);
    assert_eq!((stats.count, stats.failures), (8, 2), "two failures that no attempt had");
}
