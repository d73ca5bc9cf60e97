//! Memory pressure: what a backend that ran out of memory leads to, by each action.

use super::case::{Case, check, told};
use crate::claim::Settled;
use canon::config::MemoryPressureAction;
use canon::event::SkipReason;
use canon::fault::{Fault, FaultKind};
use std::time::Duration;

/// A cooldown of two minutes.
fn watching(action: MemoryPressureAction) -> Case {
    Case::of(&["a", "b"]).profile(|profile| {
        profile.memory_pressure.action = action;
        profile.memory_pressure.cooldown = Duration::from_secs(120);
    })
}

fn presses(case: &Case) -> Settled {
    case.fails("a", &Fault::new(FaultKind::Backend, "model requires more system memory").with_status(500))
}

#[test]
fn memory_pressure_skip_takes_out_for_the_cooldown() {
    let case = watching(MemoryPressureAction::Skip);
    assert_eq!(told(presses(&case).facts), ["a out of memory: skip 120s"]);
    check(&case, "b", &["a skip memory-pressure"]);
    let plan = case.plan();
    let wait = Duration::from_secs(120);
    assert_eq!(
        plan.passed_over(plan.verdict(&"a".into()).unwrap()),
        Some(SkipReason::MemoryPressure { wait })
    );
    let case = case.after(119);
    assert_eq!(case.order(), "b");
    check(&case.after(1), "a b", &[]);
}

#[test]
fn memory_pressure_marked_again_begins_anew() {
    let case = watching(MemoryPressureAction::Skip);
    presses(&case);
    let case = case.after(100);
    presses(&case);
    let case = case.after(119);
    assert_eq!(case.order(), "b");
    assert_eq!(case.after(1).order(), "a b");
}

#[test]
fn memory_pressure_warn_is_told_and_takes_out_nobody() {
    let case = watching(MemoryPressureAction::Warn);
    assert_eq!(told(presses(&case).facts), ["a out of memory: warn 120s"]);
    check(&case, "a b", &[]);
}

#[test]
fn memory_pressure_off_does_nothing() {
    let case = watching(MemoryPressureAction::Off);
    assert!(told(presses(&case).facts).is_empty());
    check(&case, "a b", &[]);
}

/// What is known of a provider is known to all profiles, but only those act on it that want to.
#[test]
fn memory_pressure_is_of_the_provider_and_the_action_of_the_profile() {
    let case = watching(MemoryPressureAction::Skip).beside("patient");
    let case = case.profile(|profile| profile.memory_pressure.action = MemoryPressureAction::Warn);
    let case = case.beside("strict");
    presses(&case);
    assert_eq!(case.order(), "b");
    let case = case.under("coding");
    assert_eq!(case.order(), "b");
    assert_eq!(case.under("patient").order(), "a b");
}

/// A profile that only warns leaves no cooldown behind for those that skip.
#[test]
fn memory_pressure_warn_marks_nobody() {
    let case = watching(MemoryPressureAction::Warn).beside("strict");
    let case = case.profile(|profile| profile.memory_pressure.action = MemoryPressureAction::Skip);
    let case = case.under("coding");
    presses(&case);
    check(&case.under("strict"), "a b", &[]);
}

#[test]
fn memory_pressure_needs_words_about_memory() {
    let case = watching(MemoryPressureAction::Skip);
    for message in ["no room left", "failed to load model: no such file or directory", "boom"] {
        assert!(told(case.fails("a", &Fault::new(FaultKind::Backend, message)).facts).is_empty());
    }
    check(&case, "a b", &[]);
}

/// The words may stand deep in a long error; its text is kept to 200 characters.
#[test]
fn memory_pressure_is_seen_behind_the_first_words() {
    let case = watching(MemoryPressureAction::Skip);
    let error = "x".repeat(1_000) + " CUDA out of memory";
    let settled = case.fails("a", &Fault::new(FaultKind::Backend, error));
    assert_eq!(told(settled.facts), ["a out of memory: skip 120s"]);
    assert_eq!(case.order(), "b");
}

/// A failure in mid-answer counts as well, and so does any status.
#[test]
fn memory_pressure_does_not_look_at_the_status() {
    for status in [200, 400, 404, 503] {
        let case = watching(MemoryPressureAction::Skip);
        case.fails("a", &Fault::new(FaultKind::Rejected, "Metal Out Of Memory").with_status(status));
        assert_eq!(case.order(), "b", "{status}");
    }
}

/// Where everybody is pressed, the chain is not blocked: an unlikely answer beats none.
#[test]
fn memory_pressure_on_everybody_is_a_last_resort() {
    let case = watching(MemoryPressureAction::Skip);
    let fault = Fault::new(FaultKind::Backend, "failed to allocate");
    for provider in ["a", "b"] {
        case.fails(provider, &fault);
    }
    check(&case, "a b", &["last resort a b"]);
}
