//! Outages from their beginning to their end, and the laws of waits and restarts.

use super::*;
use proptest::prelude::*;

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn excluded(now: Instant) -> Exclusion {
    let mut exclusion = Exclusion::default();
    assert!(exclusion.exclude(&"coding".into(), 6, now));
    exclusion
}

/// The seconds at which a restart begins, for a command that takes 5 s and helps nothing.
fn restarts(exclusion: &mut Exclusion, limits: &RestartLimits, start: Instant, until: u64) -> Vec<u64> {
    let mut begun = Vec::new();
    for second in 0..until {
        if exclusion.begin_restart(limits, start + seconds(second)) {
            begun.push(second);
            exclusion.end_restart(start + seconds(second + 5));
        }
    }
    begun
}

#[test]
fn the_first_exclusion_counts_and_the_others_change_nothing() {
    let start = Instant::now();
    let mut exclusion = excluded(start);
    assert!(!exclusion.exclude(&"other".into(), 9, start + seconds(1)));
    let expected = Excluded { at: start, profile: "coding".into(), failures: 6 };
    assert_eq!(exclusion.excluded(), Some(&expected));
}

#[test]
fn any_success_restores_and_says_how_long_it_took() {
    let start = Instant::now();
    let mut exclusion = excluded(start);
    assert_eq!(exclusion.restore(start + Duration::from_millis(90_500)), Some(Duration::from_millis(90_500)));
    assert_eq!(exclusion.restore(start + seconds(91)), None);
    assert_eq!(exclusion.excluded(), None);
    assert!(exclusion.exclude(&"coding".into(), 6, start + seconds(92)));
}

#[test]
fn an_exclusion_binds_those_who_see_the_provider_unhealthy() {
    let exclusion = excluded(Instant::now());
    let states = [HealthState::Healthy, HealthState::Degraded, HealthState::Unhealthy];
    assert_eq!(states.map(|state| exclusion.binds(state)), [false, false, true]);
    assert!(!Exclusion::default().binds(HealthState::Unhealthy));
}

#[test]
fn recovery_is_probed_ever_more_rarely_up_to_the_longest_wait() {
    let waits = |initial, longest| {
        let mut backoff = RecoveryBackoff::new(initial, longest);
        [(); 6].map(|()| backoff.next_delay())
    };
    assert_eq!(waits(seconds(30), seconds(300)), [30, 60, 120, 240, 300, 300].map(seconds));
    assert_eq!(waits(seconds(600), seconds(300)), [300; 6].map(seconds));
    assert_eq!(waits(Duration::ZERO, Duration::ZERO), [SHORTEST_DELAY; 6]);
    assert_eq!(waits(Duration::MAX, Duration::MAX), [Duration::MAX; 6]);
}

#[test]
fn what_comes_next_is_what_was_announced() {
    let mut backoff = RecoveryBackoff::new(seconds(30), seconds(300));
    backoff.next_delay();
    assert_eq!(backoff.upcoming(), seconds(60));
    assert_eq!(backoff.next_delay(), seconds(60));
}

#[test]
fn a_long_outage_sees_several_restarts_and_then_no_more() {
    let start = Instant::now();
    let begun = restarts(&mut excluded(start), &RestartLimits::default(), start, 24 * 3600);
    assert_eq!(begun, [0, 65, 190, 435, 920, 1885, 3690, 5495]);
}

#[test]
fn two_restarts_never_run_at_once() {
    let (start, limits) = (Instant::now(), RestartLimits::default());
    let mut exclusion = excluded(start);
    assert!(exclusion.begin_restart(&limits, start));
    assert!(!exclusion.begin_restart(&limits, start + seconds(1_000_000)));
    assert_eq!(exclusion.restart_due_in(&limits, start), None);
    exclusion.restore(start + seconds(10));
    exclusion.exclude(&"coding".into(), 6, start + seconds(20));
    assert!(!exclusion.begin_restart(&limits, start + seconds(30)), "it still runs, whatever came between");
    exclusion.end_restart(start + seconds(40));
    assert_eq!(exclusion.restart_due_in(&limits, start + seconds(50)), Some(seconds(50)));
    assert!(exclusion.begin_restart(&limits, start + seconds(100)));
}

#[test]
fn nothing_is_restarted_that_is_not_excluded() {
    let (start, limits) = (Instant::now(), RestartLimits::default());
    assert!(!Exclusion::default().begin_restart(&limits, start));
    let mut exclusion = excluded(start);
    exclusion.restore(start);
    assert!(!exclusion.begin_restart(&limits, start));
    assert_eq!(exclusion.restart_due_in(&limits, start), None);
    let mut never = excluded(start);
    assert!(!never.begin_restart(&RestartLimits { runs: 0, ..limits }, start));
}

#[test]
fn a_backend_that_dies_again_soon_is_not_restarted_without_a_pause() {
    let (start, limits) = (Instant::now(), RestartLimits::default());
    let mut exclusion = excluded(start);
    let mut begun = Vec::new();
    for second in (0..1_000).step_by(10) {
        let now = start + seconds(second);
        exclusion.exclude(&"coding".into(), 6, now);
        if exclusion.begin_restart(&limits, now) {
            begun.push(second);
            exclusion.end_restart(now);
            exclusion.restore(now);
        }
    }
    assert_eq!(begun, [0, 60, 180, 420, 900]);
}

#[test]
fn an_outage_long_after_the_last_restart_is_a_new_one() {
    let (start, limits) = (Instant::now(), RestartLimits { runs: 1, ..RestartLimits::default() });
    let mut exclusion = excluded(start);
    assert_eq!(restarts(&mut exclusion, &limits, start, 100), [0]);
    exclusion.restore(start + seconds(100));
    let later = start + seconds(5) + SETTLED;
    exclusion.exclude(&"coding".into(), 6, later);
    assert_eq!(restarts(&mut exclusion, &limits, later, 100), [0]);
}

#[test]
fn an_exclusion_goes_on_after_a_start() {
    let start = Instant::now();
    let kept = excluded(start).snapshot().expect("it is excluded");
    let mut again = Exclusion::default();
    assert_eq!(again.snapshot(), None);
    assert!(again.resume(&kept, start + seconds(9)));
    let expected = Excluded { at: start + seconds(9), profile: "coding".into(), failures: 6 };
    assert_eq!(again.excluded(), Some(&expected));
    let other = ExclusionSnapshot { profile: "other".into(), consecutive_failures: 1 };
    assert!(!again.resume(&other, start + seconds(10)), "what is there stays");
    assert_eq!(again.excluded(), Some(&expected));
}

#[test]
fn what_is_stored_is_read_with_doubt() {
    let read = |profile, count| {
        ExclusionSnapshot::read(profile, count)
            .map(|kept| (kept.profile.to_string(), kept.consecutive_failures))
    };
    assert_eq!(read(Some("a"), Some(4)), Some(("a".to_owned(), 4)));
    assert_eq!(read(Some("a"), None), Some(("a".to_owned(), 0)));
    assert_eq!(read(Some("a"), Some(-1)), Some(("a".to_owned(), 0)));
    assert_eq!(read(Some("a"), Some(i64::MAX)), Some(("a".to_owned(), u32::MAX)));
    assert_eq!(read(Some(""), Some(4)), None);
    assert_eq!(read(None, Some(4)), None);
}

proptest! {
    #[test]
    fn waits_never_shrink_and_stay_within_bounds(initial in 0u64..1_000, longest in 0u64..1_000) {
        let mut backoff = RecoveryBackoff::new(seconds(initial), seconds(longest));
        let waits = [(); 20].map(|()| backoff.next_delay());
        prop_assert!(waits.is_sorted());
        prop_assert!(waits[0] >= SHORTEST_DELAY && waits[19] == seconds(longest).max(SHORTEST_DELAY));
    }

    /// Whatever a day brings, each restart begins after the last has ended and no sooner than the first wait.
    #[test]
    fn restarts_keep_their_distance(events in proptest::collection::vec((0u8..4, 0u64..40), 1..200)) {
        let limits = RestartLimits::default();
        let (mut now, mut exclusion) = (Instant::now(), Exclusion::default());
        let (mut running, mut ended): (bool, Option<Instant>) = (false, None);
        for (kind, wait) in events {
            now += seconds(wait);
            match kind {
                0 => { exclusion.exclude(&"p".into(), 1, now); }
                1 => { exclusion.restore(now); }
                2 if running => { exclusion.end_restart(now); (running, ended) = (false, Some(now)); }
                2 => exclusion.end_restart(now),
                _ => if exclusion.begin_restart(&limits, now) {
                    prop_assert!(!running);
                    prop_assert!(ended.is_none_or(|end| now - end >= limits.initial));
                    running = true;
                },
            }
        }
    }
}
