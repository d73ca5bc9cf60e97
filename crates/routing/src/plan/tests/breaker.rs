//! The provider health cache as a pass: two failures in a row leave a provider alone for a minute, for all profiles.

use super::case::{ANSWERED, Case, check, down, told};
use crate::claim::{Claiming, Ending, Turn};
use crate::plan::Plan;
use canon::config::{BackendHealthAction, HealthCacheAction};
use canon::event::SkipReason;
use canon::fault::{Fault, FaultKind};
use std::time::Duration;

fn cached(action: HealthCacheAction) -> Case {
    Case::of(&["a", "b"]).with(|config| {
        config.health_cache.action = action;
        config.health_cache.unhealthy_backoff = Duration::from_secs(60);
    })
}

fn tripped(action: HealthCacheAction) -> Case {
    let case = cached(action);
    case.down("a", 2);
    case
}

#[test]
fn health_cache_demote_moves_back_while_its_window_runs() {
    let case = cached(HealthCacheAction::Demote);
    case.down("a", 1);
    check(&case, "a b", &[]);
    case.down("a", 1);
    check(&case, "b a", &["a later backend-unhealthy"]);
    let case = case.after(59);
    assert_eq!(case.order(), "b a");
    check(&case.after(1), "a b", &[]);
}

#[test]
fn health_cache_skip_takes_out_while_its_window_runs() {
    let case = tripped(HealthCacheAction::Skip);
    check(&case, "b", &["a skip backend-unhealthy"]);
    assert_eq!(case.after(60).order(), "a b");
}

#[test]
fn health_cache_off_moves_nobody() {
    let case = tripped(HealthCacheAction::Off);
    check(&case, "a b", &[]);
    assert!(!case.view.health_cache.is_healthy(&"a".into(), case.now.at), "it is shown all the same");
}

#[test]
fn health_cache_skip_of_everybody_is_a_last_resort() {
    let case = tripped(HealthCacheAction::Skip);
    case.down("b", 2);
    check(&case, "a b", &["last resort a b"]);
}

#[test]
fn health_cache_holds_for_all_profiles_whatever_their_own_health_says() {
    let case = cached(HealthCacheAction::Demote).beside("other").health(BackendHealthAction::Off);
    let case = case.under("coding");
    assert!(case.down("a", 2).is_empty());
    assert_eq!(case.under("other").order(), "b a");
}

/// At the end of a window one request finds out, and all others go on elsewhere until it has.
#[test]
fn health_cache_admits_one_trial_and_by_the_attempt() {
    for action in [HealthCacheAction::Demote, HealthCacheAction::Skip] {
        let case = tripped(action).after(60);
        let plans: Vec<Plan> = (0..10).map(|_| case.plan()).collect();
        let trial = case.claim(&plans[0], "a").unwrap();
        for plan in &plans[1..] {
            assert_eq!(case.claim(plan, "a").err(), Some(SkipReason::Unhealthy), "{action:?}");
        }
        assert_ne!(case.order(), "a b");
        case.settle(&plans[0], trial, ANSWERED);
        check(&case, "a b", &[]);
    }
}

#[test]
fn health_cache_opens_its_window_anew_after_a_failed_trial() {
    let case = tripped(HealthCacheAction::Skip).after(60);
    case.fails("a", &down());
    assert_eq!(case.order(), "b");
    let case = case.after(59);
    assert_eq!(case.order(), "b");
    assert_eq!(case.after(1).order(), "a b");
}

#[test]
fn health_cache_gets_a_trial_back_that_said_nothing() {
    let wrong = Fault::new(FaultKind::Rejected, "no such parameter").with_status(400);
    for ending in [Ending::Abandoned, Ending::Failed { fault: &wrong, midstream: false }] {
        let case = tripped(HealthCacheAction::Skip).after(60);
        let plan = case.plan();
        let claim = case.claim(&plan, "a").unwrap();
        assert_eq!(case.order(), "b");
        case.settle(&plan, claim, ending);
        assert_eq!(case.order(), "a b");
    }
}

/// Where the profile forbids an attempt that the cache allows, the trial is free for the next.
#[test]
fn health_cache_gets_a_trial_back_that_the_profile_forbids() {
    let case = cached(HealthCacheAction::Demote).profile(|profile| profile.adaptive = true);
    case.down("a", 5);
    case.answers("b");
    let case = case.after(62);
    case.answers("b");
    let (first, second) = (case.plan(), case.plan());
    let trial = case.claim(&first, "a").unwrap();
    assert!(!case.view.health_cache.is_healthy(&"a".into(), case.now.at));
    case.settle(&first, trial, Ending::Abandoned);
    assert_eq!(case.claim(&second, "a").err(), Some(SkipReason::Adaptive), "its trial by speed is over");
    assert!(case.view.health_cache.is_healthy(&"a".into(), case.now.at));
}

/// Both kinds of trial are given back together by who leaves.
#[test]
fn health_cache_and_the_profile_get_their_trials_back() {
    let case = tripped(HealthCacheAction::Skip).health(BackendHealthAction::Skip);
    case.down("a", 1);
    let case = case.after(60);
    let (first, second) = (case.plan(), case.plan());
    let trial = case.claim(&first, "a").unwrap();
    assert!(case.claim(&second, "a").is_err());
    case.settle(&first, trial, Ending::Abandoned);
    assert!(case.claim(&second, "a").is_ok());
}

#[test]
fn health_cache_keeps_nobody_from_a_last_resort() {
    let case = tripped(HealthCacheAction::Skip);
    let plan = case.plan();
    let resort = Claiming { turn: Turn::LastResort, ..case.claiming(&plan, "a") };
    assert!(case.view.claim(&resort).is_ok());
}

/// A request that is wrong, and a client that left, are no failures of the provider.
#[test]
fn health_cache_is_not_fed_with_the_faults_of_requests() {
    let case = cached(HealthCacheAction::Skip);
    for (kind, status) in [(FaultKind::Rejected, 400), (FaultKind::TooLarge, 413), (FaultKind::Rejected, 422)]
    {
        let facts = told(case.fails("a", &Fault::new(kind, "wrong").with_status(status)).facts);
        assert!(facts.is_empty());
    }
    check(&case, "a b", &[]);
    assert!(case.view.health_cache.state(&"a".into()).is_none());
}
