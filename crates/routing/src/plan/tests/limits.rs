//! Rates: limits that a file sets, pauses that a provider asks for, and slots.

use super::case::{ANSWERED, Case, check};
use crate::claim::{Claiming, Ending, Priority, Turn};
use canon::config::Limits;
use canon::event::SkipReason;
use canon::fault::{Fault, FaultKind};
use std::num::NonZeroU32;
use std::time::Duration;

fn limited(chain: &[&str], limits: Limits) -> Case {
    Case::of(chain).provider("a", |provider| provider.limits = limits)
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn refusal(kind: FaultKind, status: u16, retry_after: Option<u64>) -> Fault {
    Fault { retry_after: retry_after.map(seconds), ..Fault::new(kind, "slow down").with_status(status) }
}

#[test]
fn rate_limit_of_a_file_moves_back_until_there_is_room() {
    let case = limited(&["a", "b"], Limits { rpm: NonZeroU32::new(2), ..Limits::default() });
    case.answers("a");
    check(&case, "a b", &[]);
    case.answers("a");
    check(&case, "b a", &["a later rate-limited"]);
    let case = case.after(30);
    assert_eq!(case.order(), "b a");
    check(&case.after(31), "a b", &[]);
}

#[test]
fn rate_limit_of_one_alone_is_waited_for() {
    let case = limited(&["a"], Limits { rpm: NonZeroU32::new(1), ..Limits::default() });
    case.answers("a");
    check(&case, "a", &[]);
    let plan = case.plan();
    let Err(SkipReason::RateLimited { wait }) = case.claim(&plan, "a") else { panic!("there is no room") };
    assert!(wait > seconds(0) && wait <= seconds(61), "{wait:?}");
    let later = case.after(61);
    assert!(later.claim(&plan, "a").is_ok());
}

#[test]
fn rate_limit_of_tokens_counts_what_a_request_may_need() {
    let case = limited(&["a", "b"], Limits { tpm: NonZeroU32::new(2_500), ..Limits::default() });
    let plan = case.plan();
    let first = case.claim(&plan, "a").unwrap();
    assert!(matches!(case.claim(&plan, "a"), Err(SkipReason::RateLimited { .. })));
    drop(first);
}

/// A provider that has said when to come back is left alone until then, by every request.
#[test]
fn rate_limit_cools_down_for_as_long_as_the_provider_says() {
    let case = Case::of(&["a", "b"]);
    case.fails("a", &refusal(FaultKind::RateLimit, 429, Some(30)));
    for _ in 0..20 {
        check(&case, "b a", &["a later rate-limited"]);
    }
    let plan = case.plan();
    assert_eq!(case.claim(&plan, "a").err(), Some(SkipReason::RateLimited { wait: seconds(30) }));
    let case = case.after(29);
    assert_eq!(case.order(), "b a");
    check(&case.after(1), "a b", &[]);
}

#[test]
fn rate_limit_without_a_time_rests_ever_longer() {
    let (mut case, refusal) = (Case::of(&["a", "b"]), refusal(FaultKind::RateLimit, 429, None));
    for pause in [1, 2, 4, 8] {
        case.fails("a", &refusal);
        case = case.after(pause - 1);
        assert_eq!(case.order(), "b a", "{pause}");
        case = case.after(1);
        assert_eq!(case.order(), "a b", "{pause}");
    }
}

#[test]
fn rate_limit_is_also_an_overload_that_says_how_long_it_lasts() {
    let case = Case::of(&["a", "b"]);
    case.fails("a", &refusal(FaultKind::Overloaded, 529, None));
    assert_eq!(case.order(), "a b");
    case.fails("a", &refusal(FaultKind::Overloaded, 503, Some(5)));
    check(&case, "b a", &["a later rate-limited"]);
    assert_eq!(case.after(5).order(), "a b");
}

#[test]
fn rate_limit_of_slots_holds_until_one_is_given_back() {
    let case = limited(&["a", "b"], Limits { concurrency: NonZeroU32::new(2), ..Limits::default() });
    let plan = case.plan();
    let claims = [case.claim(&plan, "a").unwrap(), case.claim(&plan, "a").unwrap()];
    check(&case, "b a", &["a later rate-limited"]);
    let again = case.view.claim(&Claiming { turn: Turn::LastResort, ..case.claiming(&plan, "a") });
    assert!(matches!(again, Err(SkipReason::RateLimited { .. })), "a limit is no doubt");
    let [first, second] = claims;
    case.settle(&plan, first, ANSWERED);
    check(&case, "a b", &[]);
    case.settle(&plan, second, Ending::Abandoned);
}

#[test]
fn rate_limit_of_slots_leaves_one_for_somebody_who_waits() {
    let mut case = limited(&["a"], Limits { concurrency: NonZeroU32::new(2), ..Limits::default() });
    let plan = case.plan();
    case.priority = Priority::Background;
    let _first = case.claim(&plan, "a").unwrap();
    assert!(case.claim(&plan, "a").is_err());
    case.priority = Priority::Main;
    assert!(case.claim(&plan, "a").is_ok());
}
