//! The chain as a whole: its declared order, unknown names, providers that have just failed, last resorts, and what is
//! told of a chain that nobody is left in.

use super::case::{Case, check, down, told};
use crate::passes::{PASSES, Pass};
use canon::config::{BackendHealthAction, HealthCacheAction, MemoryPressureAction};
use canon::event::SkipReason;
use canon::fault::{Fault, FaultKind};
use std::time::Duration;

fn check_table(case: &Case, table: &str) {
    assert_eq!(case.plan().to_string(), table);
}

fn broke(case: Case, provider: &str, ago_s: u64) -> Case {
    case.view.memory().breaks.add(case.conversation, &provider.into(), case.now.at);
    case.after(ago_s)
}

#[test]
fn the_chain_is_tried_as_declared() {
    check_table(&Case::of(&["a", "bb"]), "profile coding: 2 to try\n  1  a   keep\n  2  bb  keep");
}

#[test]
fn what_may_not_be_tried_is_passed_over() {
    check_table(
        &Case::of(&["a?", "B", "c"]),
        "profile coding: 1 to try\n  -  a?  skip   unknown-provider\n  -  B   skip   paid-gate\n  1  c   keep",
    );
    let case = Case::of(&["B", "c"]).with(|config| config.allow_paid = true);
    check_table(&case, "profile coding: 2 to try\n  1  B  keep\n  2  c  keep");
}

#[test]
fn doubted_ones_are_left_where_everybody_else_fails() {
    let case = Case::of(&["a", "b"]).health(BackendHealthAction::Exclude);
    case.down("a", 6);
    let plan = case.plan();
    assert_eq!(
        plan.to_string(),
        "profile coding: 2 to try\n  2  a  skip   self-healing-excluded\n  1  b  keep"
    );
    assert!(!plan.is_last_resort, "somebody stands in front");
}

#[test]
fn unknown_provider_is_passed_over_by_name() {
    check(&Case::of(&["x?", "a", "y?"]), "a", &["x? skip unknown-provider", "y? skip unknown-provider"]);
}

#[test]
fn a_name_that_stands_twice_is_tried_once() {
    check(&Case::of(&["a", "b", "a"]), "a b", &[]);
}

#[test]
fn a_repeat_starts_behind_the_provider_that_broke() {
    let broken = broke(Case::of(&["a", "b", "c"]), "a", 1);
    check_table(&broken, "profile coding: 3 to try\n  3  a  later  just-failed\n  1  b  keep\n  2  c  keep");
    check_table(
        &broke(broken, "b", 1),
        "profile coding: 3 to try\n  2  a  later  just-failed\n  3  b  later  just-failed\n  1  c  keep",
    );
    check_table(
        &broke(broke(Case::of(&["a", "b"]), "b", 1), "a", 1),
        "profile coding: 2 to try\n  2  a  later  just-failed\n  1  b  later  just-failed",
    );
    check_table(
        &broke(Case::of(&["a", "b"]), "a", 120),
        "profile coding: 2 to try\n  1  a  keep\n  2  b  keep",
    );
}

#[test]
fn a_blocked_chain_says_why() {
    let paid = Case::of(&["A", "b?"]);
    assert_eq!(paid.plan().blocked(), Some(SkipReason::PaidGate));
    assert_eq!(paid.plan().skipped_for(SkipReason::PaidGate), ["A".into()]);
    check(&paid, "", &["A skip paid-gate", "b? skip unknown-provider", "blocked paid-gate A"]);
    check(&broke(Case::of(&["a"]), "a", 1), "a", &[]);
    check(&broke(Case::of(&["a", "b"]), "a", 1), "b a", &["a later just-failed"]);
}

/// Exactly one event tells of the chain, and it is the one a person can do something about soonest.
#[test]
fn an_empty_chain_tells_one_reason_for_all() {
    let case = |chain: &[&str]| {
        let case = Case::of(chain).with(|config| config.allow_paid = false);
        case.provider("a", |provider| provider.monthly_budget = Some(canon::money::Usd::ZERO))
    };
    check(&case(&["a"]), "", &["a skip budget-exceeded", "blocked budget-exceeded a"]);
    check(
        &case(&["B", "a", "x?"]),
        "",
        &[
            "B skip paid-gate",
            "a skip budget-exceeded",
            "x? skip unknown-provider",
            "blocked budget-exceeded a",
        ],
    );
    let mut away = Case::of(&["B", "c"]).provider("c", |provider| provider.local = false);
    away.local_only = true;
    check(&away, "", &["B skip paid-gate", "c skip local-only", "blocked paid-gate B"]);
}

#[test]
fn an_empty_chain_of_unknown_names_stays_quiet_as_a_whole() {
    check(&Case::of(&["x?"]), "", &["x? skip unknown-provider"]);
    check(&Case::of(&[]), "", &[]);
}

#[test]
fn doubt_never_empties_a_chain() {
    let doubting: Pass = |_, chain| chain.skip(|_| Some(SkipReason::JustFailed));
    let paid_first: &[Pass] = &[PASSES[1], doubting];
    let plan = Case::of(&["a", "B", "c"]).judged_by(paid_first);
    assert_eq!(
        plan.to_string(),
        "profile coding: 2 to try\n  1  a  later  just-failed\n  -  B  skip   paid-gate\n  2  c  later  just-failed",
    );
}

/// A chain that doubts alone have emptied is told about, and tried; one that money has emptied is not tried.
#[test]
fn a_last_resort_is_told_and_never_costs_what_is_not_allowed() {
    let case = Case::of(&["a", "B"]).health(BackendHealthAction::Skip);
    case.down("a", 3);
    check(&case, "a", &["B skip paid-gate", "last resort a"]);
    assert!(case.plan().is_last_resort);
    assert_eq!(case.plan().blocked(), None, "somebody is tried");
}

/// Every kind of doubt by itself, over the whole chain.
#[test]
fn a_last_resort_follows_from_every_doubt_that_takes_out() {
    let oom = Fault::new(FaultKind::Backend, "CUDA out of memory").with_status(500);
    let pressed = Case::of(&["a"]).profile(|profile| {
        profile.memory_pressure.action = MemoryPressureAction::Skip;
        profile.memory_pressure.cooldown = Duration::from_secs(60);
    });
    pressed.fails("a", &oom);
    check(&pressed, "a", &["last resort a"]);
    for action in [BackendHealthAction::Skip, BackendHealthAction::Exclude] {
        let unhealthy = Case::of(&["a"]).health(action);
        unhealthy.down("a", 3);
        check(&unhealthy, "a", &["last resort a"]);
    }
    let flagged = Case::of(&["a"]).with(|config| config.health_cache.action = HealthCacheAction::Skip);
    flagged.down("a", 2);
    check(&flagged, "a", &["last resort a"]);
}

/// Those who are doubted keep the order of the profile among themselves, and each is claimed in spite of the doubt.
#[test]
fn a_last_resort_can_be_claimed() {
    let case = Case::of(&["a", "b"]).health(BackendHealthAction::Skip);
    for provider in ["a", "b"] {
        case.down(provider, 3);
    }
    check(&case, "a b", &["last resort a b"]);
    let plan = case.plan();
    for provider in ["a", "b"] {
        assert!(case.claim(&plan, provider).is_ok(), "{provider}");
    }
    assert!(told(case.fails("b", &down()).facts).is_empty(), "repeated failures say nothing new");
}
