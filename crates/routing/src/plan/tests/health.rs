//! Backend health by a profile's threshold: its states, each action, and the trials of the unhealthy.
//!
//! Degraded is who has failed once, unhealthy who has failed twice, and the first attempt after that is a trial.

use super::case::{ANSWERED, Case, check, down, told};
use crate::claim::{Claiming, Ending, Turn};
use canon::config::BackendHealthAction;
use canon::event::SkipReason;
use canon::fault::{Fault, FaultKind};

fn watching(action: BackendHealthAction) -> Case {
    Case::of(&["a", "b"]).health(action)
}

/// The trial that an unhealthy provider gets at once has failed: from now on it rests.
fn resting(action: BackendHealthAction) -> Case {
    let case = watching(action);
    case.down("a", 3);
    case
}

#[test]
fn health_is_told_at_the_threshold_at_twice_the_threshold_and_at_the_first_success() {
    let case = watching(BackendHealthAction::Warn);
    let case = case.profile(|profile| profile.backend_health.threshold = 2);
    let told_by = |times: usize| (0..times).map(|_| case.down("a", 1)).collect::<Vec<_>>();
    let degraded = ["a HEALTHY DEGRADED 2 by coding".to_owned()];
    let unhealthy = ["a DEGRADED UNHEALTHY 4 by coding".to_owned()];
    let expected: [&[String]; 6] = [&[], &degraded, &[], &unhealthy, &[], &[]];
    assert_eq!(told_by(6), expected);
    assert_eq!(told(case.answers("a").facts), ["a UNHEALTHY HEALTHY 0 by coding"]);
    assert!(told(case.answers("a").facts).is_empty());
    assert_eq!(told_by(2)[1], ["a HEALTHY DEGRADED 2 by coding"], "the count begins anew");
    assert_eq!(told(case.answers("a").facts), ["a DEGRADED HEALTHY 0 by coding"]);
}

#[test]
fn health_off_tells_nothing_and_moves_nobody() {
    let case = watching(BackendHealthAction::Off);
    assert!((0..10).all(|_| case.down("a", 1).is_empty()));
    check(&case, "a b", &[]);
}

#[test]
fn health_warn_tells_and_moves_nobody() {
    let case = watching(BackendHealthAction::Warn);
    assert_eq!(case.down("a", 2), ["a DEGRADED UNHEALTHY 2 by coding"]);
    check(&case, "a b", &[]);
}

#[test]
fn health_demote_moves_the_unhealthy_behind_the_others() {
    let case = Case::of(&["a", "b", "c"]).health(BackendHealthAction::Demote);
    case.down("a", 1);
    check(&case, "a b c", &[]);
    case.down("a", 2);
    check(&case, "b c a", &["a later backend-unhealthy"]);
    case.down("b", 3);
    check(&case, "c a b", &["a later backend-unhealthy", "b later backend-unhealthy"]);
    case.answers("a");
    check(&case, "a c b", &["b later backend-unhealthy"]);
}

#[test]
fn health_demote_of_everybody_moves_nobody_and_is_not_told() {
    let case = resting(BackendHealthAction::Demote);
    case.down("b", 3);
    check(&case, "a b", &[]);
}

/// Somebody that others serve in place of is still asked now and then, or it would never come back.
#[test]
fn health_demote_tries_again_while_others_serve() {
    let mut case = resting(BackendHealthAction::Demote);
    for _ in 0..3 {
        for second in 0..30 {
            assert_eq!(case.order(), "b a", "{second}");
            case.answers("b");
            case = case.after(1);
        }
        check(&case, "a b", &[]);
        case.fails("a", &down());
    }
    let case = case.after(30);
    case.answers("a");
    check(&case, "a b", &[]);
    assert_eq!(case.after(1_000).order(), "a b");
}

#[test]
fn health_skip_takes_out_the_unhealthy() {
    let case = resting(BackendHealthAction::Skip);
    check(&case, "b", &["a skip backend-unhealthy"]);
    let case = case.after(29);
    assert_eq!(case.order(), "b");
    let case = case.after(1);
    check(&case, "a b", &[]);
    case.fails("a", &down());
    check(&case, "b", &["a skip backend-unhealthy"]);
}

#[test]
fn health_skip_of_everybody_is_a_last_resort() {
    let case = resting(BackendHealthAction::Skip);
    case.down("b", 3);
    check(&case, "a b", &["last resort a b"]);
    case.answers("b");
    check(&case, "b", &["a skip backend-unhealthy"]);
}

/// A trial is spent by who is asked: plans that come to nothing, and an answer of somebody in front, leave it there.
#[test]
fn a_half_open_trial_is_claimed_with_the_attempt_and_not_with_the_plan() {
    for action in [BackendHealthAction::Demote, BackendHealthAction::Skip] {
        let case = Case::of(&["b", "a"]).health(action);
        case.down("a", 3);
        let case = case.after(30);
        for _ in 0..50 {
            assert_eq!(case.order(), "b a");
            case.answers("b");
        }
        let plan = case.plan();
        let claim = case.claim(&plan, "a");
        assert_eq!(claim.map(|claim| case.settle(&plan, claim, ANSWERED).facts.len()), Ok(1), "{action:?}");
    }
}

#[test]
fn a_half_open_trial_is_made_by_one_of_many() {
    for action in [BackendHealthAction::Demote, BackendHealthAction::Skip] {
        let case = resting(action).after(30);
        let plans: Vec<_> = (0..10).map(|_| case.plan()).collect();
        let claims: Vec<_> = plans.iter().map(|plan| case.claim(plan, "a")).collect();
        let granted: Vec<bool> = claims.iter().map(Result::is_ok).collect();
        assert_eq!(granted.iter().position(|granted| *granted), Some(0), "{action:?}");
        assert_eq!(granted.iter().filter(|granted| **granted).count(), 1, "{action:?}");
        assert!(claims.iter().skip(1).all(|claim| *claim.as_ref().unwrap_err() == SkipReason::Unhealthy));
        assert!(!case.order().starts_with('a'), "{action:?}");
    }
}

/// Threads that claim at the same moment, as the attempts of real requests do.
#[test]
fn a_half_open_trial_is_made_by_one_of_many_threads() {
    let case = &resting(BackendHealthAction::Demote).after(30);
    let start = &std::sync::Barrier::new(32);
    let granted: usize = std::thread::scope(|scope| {
        let attempt = || {
            let plan = case.plan();
            start.wait();
            // What was claimed stays claimed until everybody has tried.
            let claim = case.claim(&plan, "a");
            start.wait();
            usize::from(claim.is_ok())
        };
        let threads: Vec<_> = (0..32).map(|_| scope.spawn(attempt)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(granted, 1);
}

/// What says nothing about the provider gives the trial to the next request.
#[test]
fn a_half_open_trial_without_a_verdict_is_given_back() {
    let wrong = Fault::new(FaultKind::Rejected, "no such parameter").with_status(400);
    let endings = [Ending::Abandoned, Ending::Failed { fault: &wrong, midstream: false }];
    for ending in endings {
        let case = resting(BackendHealthAction::Skip).after(30);
        let plan = case.plan();
        let claim = case.claim(&plan, "a").unwrap();
        assert_eq!(case.order(), "b");
        case.settle(&plan, claim, ending);
        check(&case, "a b", &[]);
    }
}

#[test]
fn a_half_open_trial_of_somebody_else_holds_no_last_resort_up() {
    let case = resting(BackendHealthAction::Skip).after(30);
    let plan = case.plan();
    let _trial = case.claim(&plan, "a").unwrap();
    assert!(case.claim(&plan, "a").is_err());
    let resort = Claiming { turn: Turn::LastResort, ..case.claiming(&plan, "a") };
    assert!(case.view.claim(&resort).is_ok());
}

/// Who comes to a resting provider last, or for want of anybody else, asks it all the same.
#[test]
fn a_resting_provider_may_be_asked_in_its_later_turn() {
    let case = resting(BackendHealthAction::Demote);
    let plan = case.plan();
    assert!(case.claim(&plan, "a").is_ok());
    let case = resting(BackendHealthAction::Skip);
    let plan = case.plan();
    let resort = Claiming { turn: Turn::LastResort, ..case.claiming(&plan, "a") };
    assert!(case.view.claim(&resort).is_ok());
}

/// An answer counts once it has ended, so that one who always breaks off is found out.
#[test]
fn answers_that_break_off_count_as_failures() {
    let case = watching(BackendHealthAction::Demote);
    let facts: Vec<_> = (0..3).flat_map(|_| told(case.breaks_off("a").facts)).collect();
    assert_eq!(facts, ["a HEALTHY DEGRADED 1 by coding", "a DEGRADED UNHEALTHY 2 by coding"]);
    assert_eq!(case.order(), "b a");
}

#[test]
fn streams_without_an_event_count_as_failures() {
    let case = watching(BackendHealthAction::Demote);
    for kind in [FaultKind::EmptyStream, FaultKind::EmptyStream, FaultKind::Truncated] {
        case.fails("a", &Fault::new(kind, "nothing came"));
    }
    check(&case, "b a", &["a later backend-unhealthy"]);
}

/// Results are remembered raw: a strict profile does not make a patient one leave somebody, nor the other way round.
#[test]
fn thresholds_of_profiles_do_not_mix() {
    let case = watching(BackendHealthAction::Demote).beside("patient");
    let case = case.profile(|profile| profile.backend_health.threshold = 20).under("coding");
    assert_eq!(case.down("a", 3), Vec::<String>::new());
    assert_eq!(case.order(), "b a");
    let case = case.under("patient");
    check(&case, "a b", &[]);
    let quiet = (0..16).all(|_| case.down("a", 1).is_empty());
    assert!(quiet, "nineteen failures are fewer than twenty");
    assert_eq!(case.down("a", 1), ["a HEALTHY DEGRADED 20 by patient"]);
    assert_eq!(case.order(), "a b");
    assert_eq!(case.under("coding").order(), "b a");
}
