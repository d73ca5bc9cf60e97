//! Self-healing: who is taken out by the action `exclude`, for which profiles, and what brings it back.

use super::case::{Case, check, down, told};
use crate::plan::Verdict;
use canon::config::BackendHealthAction;
use canon::event::SkipReason;
use canon::fault::{Fault, FaultKind};
use std::time::Duration;

fn excluding() -> Case {
    Case::of(&["a", "b"]).health(BackendHealthAction::Exclude)
}

fn out(case: &Case) -> Vec<String> {
    case.view.excluded().iter().map(|(provider, profile)| format!("{provider} by {profile}")).collect()
}

#[test]
fn health_exclude_takes_out_at_twice_the_threshold_and_tells_it_once() {
    let case = excluding();
    assert_eq!(case.down("a", 1), ["a HEALTHY DEGRADED 1 by coding"]);
    assert!(!case.fails("b", &down()).excluded);
    let settled = case.fails("a", &down());
    assert!(settled.excluded, "its recovery begins");
    assert_eq!(told(settled.facts), ["a DEGRADED UNHEALTHY 2 by coding", "a out after 2 by coding"]);
    check(&case, "b", &["a skip self-healing-excluded"]);
    assert_eq!(out(&case), ["a by coding"]);
    let again = case.fails("a", &down());
    assert!(!again.excluded && told(again.facts).is_empty(), "it is out already");
}

/// No time brings it back, only a success.
#[test]
fn health_exclude_lasts_until_a_success() {
    let case = excluding();
    case.down("a", 2);
    let case = case.after(100_000);
    check(&case, "b", &["a skip self-healing-excluded"]);
    let recovered = case.view.probed(&case.config, &case.config.providers[0], Ok(()), case.now);
    assert_eq!(told(recovered.facts), ["a back after 100000s by coding"]);
    check(&case, "a b", &[]);
    assert!(out(&case).is_empty());
}

/// The chain is never emptied in silence.
#[test]
fn health_exclude_of_everybody_is_a_last_resort_and_is_told() {
    let case = excluding();
    case.down("a", 2);
    case.down("b", 2);
    check(&case, "a b", &["last resort a b"]);
    let case = Case::of(&["a", "B"]).health(BackendHealthAction::Exclude);
    case.down("a", 2);
    check(&case, "a", &["B skip paid-gate", "last resort a"]);
}

#[test]
fn an_excluded_one_comes_back_by_any_success() {
    let by_last_resort = excluding();
    by_last_resort.down("a", 2);
    by_last_resort.down("b", 2);
    let by_last_resort = by_last_resort.after(7);
    let facts = ["a back after 7s by coding", "a UNHEALTHY HEALTHY 0 by coding"];
    assert_eq!(told(by_last_resort.answers("a").facts), facts);
    assert_eq!(by_last_resort.order(), "a");

    let case = excluding().beside("patient");
    let case = case.profile(|profile| profile.backend_health.threshold = 20).under("coding");
    case.down("a", 2);
    let case = case.under("patient").after(9);
    assert_eq!(told(case.answers("a").facts), ["a back after 9s by coding"]);
    assert_eq!(case.under("coding").order(), "a b");
}

/// The continuous probe sees it first, long before the recovery's own next probe.
#[test]
fn an_excluded_one_comes_back_by_the_continuous_probe() {
    let case = excluding();
    case.down("a", 2);
    let case = case.after(60);
    let settled = case.view.probed(&case.config, &case.config.providers[0], Ok(()), case.now);
    assert_eq!(told(settled.facts)[0], "a back after 60s by coding");
    assert_eq!(case.view.excluded_by(&"a".into()), None);
    check(&case, "a b", &[]);
}

/// Whoever has counted the failures: it is the state that excludes, not a step to it that the profile has seen.
#[test]
fn health_exclude_acts_on_a_state_that_another_profile_brought_about() {
    let case = Case::of(&["a", "b"]).health(BackendHealthAction::Warn).beside("strict");
    let case = case.health(BackendHealthAction::Exclude).under("coding");
    case.down("a", 10);
    let case = case.under("strict");
    check(&case, "a b", &[]);
    let settled = case.fails("a", &down());
    assert!(settled.excluded);
    assert_eq!(told(settled.facts), ["a out after 11 by strict"], "its state has not changed");
    check(&case, "b", &["a skip self-healing-excluded"]);
}

/// What a strict profile does about a provider binds nobody that sees it well; those who see it alike are bound.
#[test]
fn health_exclude_of_one_profile_does_not_bind_a_patient_one() {
    let case = excluding().beside("alike").beside("patient");
    let case = case.profile(|profile| profile.backend_health.threshold = 20).beside("warned");
    let case = case.profile(|profile| profile.backend_health.action = BackendHealthAction::Warn);
    let mut case = case.under("coding");
    case.down("a", 3);
    for (profile, order) in [("coding", "b"), ("alike", "b"), ("patient", "a b"), ("warned", "a b")] {
        case = case.under(profile);
        assert_eq!(case.order(), order, "{profile}");
    }
}

#[test]
fn health_exclude_keeps_the_failures_of_a_request_apart() {
    let case = excluding();
    for _ in 0..10 {
        case.fails("a", &Fault::new(FaultKind::Rejected, "no such parameter").with_status(400));
    }
    check(&case, "a b", &[]);
}

/// One restart at a time, only while the provider is out, and none before it has rested from the last.
#[test]
fn a_restart_runs_alone_and_only_for_the_excluded() {
    let case = excluding();
    let provider = case.config.providers[0].clone();
    assert!(!case.view.begin_restart(&provider, case.now), "it is not out");
    case.down("a", 2);
    assert!(case.view.begin_restart(&provider, case.now));
    assert!(!case.view.begin_restart(&provider, case.now), "one is running");
    case.view.end_restart(&provider, case.now);
    assert!(!case.view.begin_restart(&provider, case.now), "it has just ended");
    let case = case.after(60);
    assert!(case.view.begin_restart(&provider, case.now));
    case.answers("a");
    case.view.end_restart(&provider, case.now);
    let case = case.after(3_600);
    assert!(!case.view.begin_restart(&provider, case.now), "it is back");
}

/// A reload that gives the name another place or model begins anew.
#[test]
fn an_excluded_one_that_is_replaced_is_not_out() {
    let case = excluding();
    case.down("a", 2);
    let case = case.provider("a", |provider| provider.model = "another".into());
    case.view.follow(&case.config);
    check(&case, "a b", &[]);
    assert!(out(&case).is_empty());
}

/// The same holds for the pause that it was told to take.
#[test]
fn a_resting_one_that_is_replaced_does_not_rest() {
    let case = Case::of(&["a", "b"]);
    let limited =
        Fault { retry_after: Some(Duration::from_secs(3_600)), ..Fault::new(FaultKind::RateLimit, "no") };
    case.fails("a", &limited);
    assert!(matches!(case.plan().verdict(&"a".into()), Some(Verdict::Later(SkipReason::RateLimited { .. }))));
    let case = case.with(|_| ());
    assert!(matches!(case.plan().verdict(&"a".into()), Some(Verdict::Later(_))), "it is the same");
    let case = case.provider("a", |provider| provider.model = "another".into());
    case.view.follow(&case.config);
    assert_eq!(case.plan().verdict(&"a".into()), Some(Verdict::Keep));
}
