//! Tables of states and trials, and the laws of the record.

use super::*;
use HealthState::{Degraded, Healthy, Unhealthy};
use proptest::prelude::*;

const HALF_OPEN: Duration = Duration::from_secs(30);

fn after(failures: u32, now: Instant) -> Health {
    let mut health = Health::default();
    (0..failures).for_each(|_| health.failure(now));
    health
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[test]
fn states_begin_at_the_threshold_and_at_twice_the_threshold() {
    let table = [
        (0, 3, Healthy),
        (2, 3, Healthy),
        (3, 3, Degraded),
        (5, 3, Degraded),
        (6, 3, Unhealthy),
        (u32::MAX, u32::MAX, Unhealthy),
        (1, 1, Degraded),
        (2, 1, Unhealthy),
        (1, 0, Degraded),
    ];
    for (failures, threshold, state) in table {
        assert_eq!(
            HealthState::after(failures, threshold),
            state,
            "{failures} failures, threshold {threshold}"
        );
    }
}

#[test]
fn a_threshold_of_one_profile_changes_nothing_for_another() {
    let health = after(4, Instant::now());
    assert_eq!((health.state(2), health.state(3), health.state(20)), (Unhealthy, Degraded, Healthy));
}

#[test]
fn transitions_are_told_once_and_only_when_the_state_changes() {
    let mut health = Health::default();
    let mut told = Vec::new();
    for _ in 0..8 {
        let before = health.failures_in_row();
        health.failure(Instant::now());
        told.extend(Transition::between(before, health.failures_in_row(), 3));
    }
    let step = |old, new, failures| Transition { old, new, failures };
    assert_eq!(told, [step(Healthy, Degraded, 3), step(Degraded, Unhealthy, 6)]);
    assert_eq!(Transition::between(8, 0, 3), Some(step(Unhealthy, Healthy, 0)));
    assert_eq!(Transition::between(0, 5, 1), Some(step(Healthy, Unhealthy, 5)), "a jump over a state");
    assert_eq!(Transition::between(2, 0, 3), None);
}

#[test]
fn any_success_restores_at_once() {
    let now = Instant::now();
    let mut health = after(50, now);
    health.claim_trial(now);
    health.success(now);
    assert_eq!((health.state(2), health.failures_in_row(), health.failures()), (Healthy, 0, 50));
    assert!(!health.is_due_for_trial(2, HALF_OPEN, now));
    (0..4).for_each(|_| health.failure(now));
    assert!(health.may_try(2, HALF_OPEN, now), "the trial of the last outage is forgotten");
}

#[test]
fn the_first_attempt_after_the_last_failure_is_a_trial_and_the_next_waits() {
    let start = Instant::now();
    let mut health = after(6, start);
    assert!(health.is_due_for_trial(3, HALF_OPEN, start));
    assert!(health.admit(3, HALF_OPEN, start));
    assert!(!health.admit(3, HALF_OPEN, start), "one at a time");
    health.failure(start + seconds(2));
    assert!(!health.may_try(3, HALF_OPEN, start + seconds(31)), "counted from the result");
    assert!(health.may_try(3, HALF_OPEN, start + seconds(32)));
}

#[test]
fn a_trial_is_spent_by_an_attempt_and_not_by_a_plan() {
    let start = Instant::now();
    let mut health = after(6, start);
    for plan in 0..100 {
        assert!(health.may_try(3, HALF_OPEN, start + seconds(plan)));
        assert!(health.is_due_for_trial(3, HALF_OPEN, start + seconds(plan)));
    }
    assert!(health.admit(3, HALF_OPEN, start + seconds(100)));
}

#[test]
fn a_trial_without_a_result_expires() {
    let start = Instant::now();
    let mut health = after(6, start);
    health.claim_trial(start);
    assert!(!health.may_try(3, HALF_OPEN, start + HALF_OPEN - Duration::from_nanos(1)));
    assert!(health.may_try(3, HALF_OPEN, start + HALF_OPEN));
}

#[test]
fn an_abandoned_trial_is_free_again_unless_it_was_taken_over() {
    let start = Instant::now();
    let mut health = after(6, start);
    health.claim_trial(start);
    health.abandon_trial(start);
    assert!(health.admit(3, HALF_OPEN, start + seconds(1)));
    health.abandon_trial(start);
    assert!(!health.may_try(3, HALF_OPEN, start + seconds(2)), "the trial of somebody else stays");
}

#[test]
fn failures_that_are_no_trial_do_not_put_the_next_one_off() {
    let start = Instant::now();
    let mut health = after(6, start);
    assert!(health.admit(3, HALF_OPEN, start));
    (1..=30).for_each(|tick| health.failure(start + seconds(tick)));
    assert!(health.may_try(3, HALF_OPEN, start + seconds(31)));
}

#[test]
fn a_demoted_provider_recovers_while_others_serve() {
    let start = Instant::now();
    let mut health = after(10, start);
    let mut asked = 0;
    for second in 0..300 {
        let now = start + seconds(second);
        if health.is_due_for_trial(3, HALF_OPEN, now) && health.admit(3, HALF_OPEN, now) {
            asked += 1;
            if second < 200 { health.failure(now) } else { health.success(now) }
        }
    }
    assert_eq!((asked, health.state(3)), (8, Healthy));
}

#[test]
fn the_latest_moments_stay_the_latest() {
    let start = Instant::now();
    let mut health = Health::default();
    health.failure(start + seconds(5));
    health.failure(start);
    health.success(start + seconds(9));
    health.success(start + seconds(8));
    assert_eq!(health.last_failure(), Some(start + seconds(5)));
    assert_eq!(health.last_success(), Some(start + seconds(9)));
    assert_eq!((health.failures(), health.successes()), (2, 2));
}

#[test]
fn what_is_stored_is_read_with_doubt() {
    let table = [
        (Some("UNHEALTHY"), Some(7), Unhealthy, 7),
        (Some("degraded"), Some(3), Degraded, 3),
        (Some("UNHEALTHY"), None, Unhealthy, 0),
        (Some("UNHEALTHY"), Some(-4), Unhealthy, 0),
        (Some("UNHEALTHY"), Some(i64::MAX), Unhealthy, u32::MAX),
        (Some("poorly"), Some(9), Healthy, 0),
        (None, Some(9), Healthy, 0),
    ];
    for (state, count, read, failures) in table {
        let snapshot = HealthSnapshot { state: read, consecutive_failures: failures };
        assert_eq!(HealthSnapshot::read(state, count), snapshot, "{state:?} {count:?}");
    }
}

#[test]
fn an_unhealthy_provider_stays_so_over_a_restart_and_is_tried_first_thing() {
    let now = Instant::now();
    let mut health = after(6, now);
    health.claim_trial(now);
    let kept = health.snapshot(3);
    assert_eq!((kept.state, kept.consecutive_failures), (Unhealthy, 6));
    let again = Health::restored(kept);
    assert_eq!(again.state(3), Unhealthy);
    assert!(again.is_due_for_trial(3, HALF_OPEN, now));
}

proptest! {
    #[test]
    fn more_failures_or_a_smaller_threshold_are_never_better(
        failures: u32, more: u32, threshold: u32, smaller: u32,
    ) {
        let state = HealthState::after(failures, threshold);
        prop_assert!(HealthState::after(failures.saturating_add(more), threshold) >= state);
        prop_assert!(HealthState::after(failures, threshold.min(smaller)) >= state);
        prop_assert_eq!(HealthState::named(state.word()), Some(state));
    }

    /// Whatever results come in between, trials of one outage are at least `HALF_OPEN` apart, and at no moment
    /// is the next one further away than that.
    #[test]
    fn trials_are_rare_and_never_stop(events in proptest::collection::vec((0u8..3, 0u64..20), 1..80)) {
        let mut now = Instant::now();
        let mut health = after(6, now);
        let mut claimed: Option<Instant> = None;
        for (kind, wait) in events {
            now += seconds(wait);
            match kind {
                0 => health.failure(now),
                1 => { health.success(now); (0..6).for_each(|_| health.failure(now)); claimed = None; }
                _ => if health.admit(3, HALF_OPEN, now) {
                    prop_assert!(claimed.is_none_or(|before| now - before >= HALF_OPEN));
                    claimed = Some(now);
                },
            }
            prop_assert!(health.clone().admit(3, HALF_OPEN, now + HALF_OPEN));
        }
    }
}
