//! Probes: what a result is remembered as, and what it leaves alone.

use super::case::{Case, check, down, told};
use canon::config::{BackendHealthAction, HealthCacheAction, MemoryPressureAction};
use std::time::Duration;

fn probed(case: &Case, times: usize, result: Result<(), &str>) -> Vec<String> {
    let provider = &case.config.providers[0];
    let settled = (0..times).map(|_| case.view.probed(&case.config, provider, result, case.now));
    settled.flat_map(|settled| told(settled.facts)).collect()
}

const FAILED: Result<(), &str> = Err("HTTP 503: out of memory");

#[test]
fn probe_results_are_told_at_three_and_six_failures_and_at_the_first_success() {
    let case = Case::of(&["a"]);
    assert!(probed(&case, 2, FAILED).is_empty());
    assert_eq!(probed(&case, 1, FAILED), ["a HEALTHY DEGRADED 3 by a probe"]);
    assert_eq!(probed(&case, 3, FAILED), ["a DEGRADED UNHEALTHY 6 by a probe"]);
    assert!(probed(&case, 4, FAILED).is_empty());
    assert_eq!(probed(&case, 2, Ok(())), ["a UNHEALTHY HEALTHY 0 by a probe"]);
}

/// Who is found dead by a probe is out before a request has to find it out.
#[test]
fn a_provider_that_a_probe_finds_unhealthy_is_excluded() {
    let case = Case::of(&["a", "b"]).health(BackendHealthAction::Exclude);
    assert!(probed(&case, 1, FAILED).is_empty());
    let settled = case.view.probed(&case.config, &case.config.providers[0], FAILED, case.now);
    assert!(settled.excluded, "its recovery begins");
    assert_eq!(told(settled.facts), ["a out after 2 by coding"]);
    check(&case, "b", &["a skip self-healing-excluded"]);
    assert_eq!(case.view.excluded_by(&"a".into()), Some("coding".into()));
}

/// Only profiles that exclude, and have the provider in their chain, take it out.
#[test]
fn a_probe_excludes_for_nobody_that_does_not_ask_for_it() {
    for action in [BackendHealthAction::Off, BackendHealthAction::Warn, BackendHealthAction::Demote] {
        let case = Case::of(&["a", "b"]).health(action);
        probed(&case, 20, FAILED);
        assert!(case.view.excluded().is_empty(), "{action:?}");
    }
    let case = Case::of(&["a", "b"]).beside("other").health(BackendHealthAction::Exclude);
    let case = case.profile(|profile| profile.providers.retain(|name| name.as_str() == "b"));
    probed(&case, 20, FAILED);
    assert!(case.view.excluded().is_empty());
}

#[test]
fn probe_results_count_for_every_action_of_health() {
    let demoted = Case::of(&["a", "b"]).health(BackendHealthAction::Demote);
    probed(&demoted, 2, FAILED);
    demoted.down("a", 1);
    check(&demoted, "b a", &["a later backend-unhealthy"]);
    probed(&demoted, 1, Ok(()));
    check(&demoted, "a b", &[]);
    let skipped = Case::of(&["a", "b"]).health(BackendHealthAction::Skip);
    probed(&skipped, 2, FAILED);
    skipped.down("a", 1);
    assert_eq!(skipped.order(), "b");
    probed(&skipped, 1, Ok(()));
    assert_eq!(skipped.order(), "a b");
}

/// However often somebody is probed in vain, requests get their trials.
#[test]
fn failing_probes_put_no_trial_off() {
    let case = Case::of(&["a", "b"]).health(BackendHealthAction::Skip);
    let mut case = case.with(|config| {
        config.health_cache.action = HealthCacheAction::Skip;
        config.health_cache.unhealthy_backoff = Duration::from_secs(60);
    });
    case.down("a", 3);
    for _ in 0..60 {
        case = case.after(1);
        probed(&case, 1, FAILED);
    }
    check(&case, "a b", &[]);
    case.fails("a", &down());
    assert_eq!(case.order(), "b");
}

/// A probe says nothing about memory, speed or quality.
#[test]
fn probe_results_count_for_health_alone() {
    let case = Case::of(&["a", "b"]).profile(|profile| {
        profile.adaptive = true;
        profile.memory_pressure.action = MemoryPressureAction::Skip;
        profile.memory_pressure.cooldown = Duration::from_secs(60);
    });
    probed(&case, 20, FAILED);
    check(&case, "a b", &[]);
    assert!(case.view.memory().samples(&"a".into()).is_none());
}
