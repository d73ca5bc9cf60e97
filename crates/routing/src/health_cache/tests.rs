//! The reference timeline, trials, and what is read. Listeners and laws have files of their own.

mod keeping;
mod laws;
mod telling;

use super::*;
use std::time::{Duration, UNIX_EPOCH};

/// A cache on a clock of its own, for one provider.
struct Bench {
    cache: HealthCache,
    id: ProviderName,
    start: Instant,
}

impl Bench {
    fn new(failure_threshold: u32, backoff: f64) -> Self {
        let cache = HealthCache::new(failure_threshold, backoff).expect("legal numbers");
        Self { cache, id: "groq".into(), start: Instant::now() }
    }

    fn at(&self, second: f64) -> (Instant, SystemTime) {
        let since = Duration::from_secs_f64(second);
        (self.start + since, UNIX_EPOCH + since)
    }

    fn healthy(&self, second: f64) -> Marked {
        self.cache.mark_healthy(&self.id, self.at(second).1)
    }

    fn unhealthy(&self, second: f64) -> Marked {
        let (now, wall) = self.at(second);
        self.cache.mark_unhealthy(&self.id, "e", now, wall)
    }

    fn probe_failed(&self, second: f64) -> Marked {
        let (now, wall) = self.at(second);
        self.cache.mark_unhealthy_by_probe(&self.id, "p", now, wall)
    }

    fn is_healthy(&self, second: f64) -> bool {
        self.cache.is_healthy(&self.id, self.at(second).0)
    }

    fn claim(&self, second: f64) -> Admission {
        self.cache.claim_trial(&self.id, self.at(second).0)
    }

    fn is_trial(&self, second: f64) -> bool {
        matches!(self.claim(second), Admission::Trial(_))
    }

    fn state(&self) -> ProviderState {
        self.cache.state(&self.id).unwrap_or_default()
    }
}

#[test]
fn the_reference_timeline() {
    const READ: &str = "read only";
    let bench = Bench::new(2, 60.0);
    let table = [
        (0.0, "unhealthy", true, 1, 0.0, true, None),
        (5.0, "healthy", true, 0, 0.0, true, None),
        (10.0, "unhealthy", true, 1, 0.0, true, None),
        (12.0, "unhealthy", false, 2, 72.0, false, Some(false)),
        (30.0, "unhealthy", false, 3, 90.0, false, None),
        (89.9, READ, false, 3, 90.0, false, None),
        (90.0, READ, false, 3, 90.0, true, None),
        (95.0, "unhealthy", false, 4, 155.0, false, None),
        (160.0, "healthy", true, 0, 0.0, true, Some(true)),
        (161.0, "healthy", true, 0, 0.0, true, None),
    ];
    let told = telling::recorded(&bench.cache);
    let mut last_check = 0.0;
    for (second, call, healthy, failures, until, is_healthy, notified) in table {
        match call {
            "healthy" => drop(bench.healthy(second)),
            "unhealthy" => drop(bench.unhealthy(second)),
            _ => {}
        }
        last_check = if call == READ { last_check } else { second };
        let last_error = (failures > 0).then(|| "e".to_owned());
        let expected = ProviderState {
            healthy,
            consecutive_failures: failures,
            last_check,
            last_error,
            unhealthy_until: until,
        };
        assert_eq!(bench.state(), expected, "{second}");
        assert_eq!(bench.is_healthy(second), is_healthy, "{second}");
        let heard: Vec<_> = told.take().into_iter().map(|(_, healthy)| healthy).collect();
        assert_eq!(heard, Vec::from_iter(notified), "{second}");
    }
}

#[test]
fn a_threshold_of_one_trips_at_the_first_failure() {
    let bench = Bench::new(1, 60.0);
    let tripped = Transition::Tripped { failures: 1, reason: "e".into(), backoff: Duration::from_secs(60) };
    assert_eq!(bench.unhealthy(0.0).transition, Some(tripped));
    assert!(!bench.is_healthy(59.9));
    assert!(bench.is_healthy(60.0));
    assert_eq!(bench.healthy(61.0).transition, Some(Transition::Recovered));
    assert_eq!(bench.healthy(62.0).transition, None);
}

#[test]
fn a_window_of_zero_counts_and_tells_and_leaves_nobody_out() {
    let bench = Bench::new(1, 0.0);
    assert!(bench.unhealthy(3.0).transition.is_some());
    assert!(!bench.state().healthy);
    for _ in 0..3 {
        assert!(bench.is_healthy(3.0) && bench.is_trial(3.0));
    }
}

#[test]
fn reading_makes_no_entry() {
    let bench = Bench::new(2, 60.0);
    assert!(bench.is_healthy(0.0));
    assert_eq!(bench.claim(0.0), Admission::Free);
    assert_eq!(bench.cache.state(&bench.id), None);
    assert!(bench.cache.snapshot([]).is_empty());
}

#[test]
fn a_snapshot_has_everybody_expected_and_everybody_known() {
    let bench = Bench::new(1, 60.0);
    drop(bench.unhealthy(7.0));
    let expected = ["a", "groq", "z"].map(ProviderName::from);
    let snapshot = bench.cache.snapshot(&expected);
    assert_eq!(snapshot.keys().cloned().collect::<Vec<_>>(), expected);
    assert_eq!(snapshot[&expected[0]], ProviderState::default());
    assert_eq!(snapshot[&bench.id], bench.state());
    assert_eq!(bench.cache.snapshot([&expected[0]]).len(), 2, "what is known stays in it");
    assert_eq!(bench.cache.state(&expected[0]), None, "what is expected is not known by that");
}

#[test]
fn one_caller_gets_the_trial_and_the_others_wait() {
    let bench = Bench::new(1, 60.0);
    drop(bench.unhealthy(0.0));
    assert_eq!(bench.claim(59.9), Admission::Wait);
    assert!(bench.is_trial(60.0));
    assert_eq!(bench.claim(60.0), Admission::Wait);
    assert!(!bench.is_healthy(61.0), "planners wait as well");
    drop(bench.unhealthy(62.0));
    assert_eq!(bench.claim(121.9), Admission::Wait);
    assert!(bench.is_trial(122.0));
    drop(bench.healthy(123.0));
    assert_eq!(bench.claim(123.0), Admission::Free);
}

#[test]
fn a_trial_without_a_result_holds_others_off_for_a_time_only() {
    let bench = Bench::new(1, 60.0);
    let parameters = bench.cache.parameters().trying_for(Duration::from_secs(10));
    bench.cache.reconfigure(parameters);
    drop(bench.unhealthy(0.0));
    assert!(bench.is_trial(60.0));
    assert!(!bench.is_healthy(69.9) && bench.is_healthy(70.0));
    assert!(bench.is_trial(70.0));
}

#[test]
fn a_failed_trial_is_over_however_long_it_might_have_taken() {
    let bench = Bench::new(1, 60.0);
    bench.cache.reconfigure(bench.cache.parameters().trying_for(Duration::from_secs(3_600)));
    drop(bench.unhealthy(0.0));
    assert!(bench.is_trial(60.0));
    drop(bench.unhealthy(61.0));
    assert!(!bench.is_trial(120.9) && bench.is_trial(121.0));
}

#[test]
fn an_abandoned_trial_is_free_again_and_a_later_one_stays() {
    let bench = Bench::new(1, 60.0);
    drop(bench.unhealthy(0.0));
    let Admission::Trial(first) = bench.claim(60.0) else { panic!("it is a trial") };
    bench.cache.abandon_trial(&bench.id, first);
    let Admission::Trial(second) = bench.claim(61.0) else { panic!("it is a trial again") };
    bench.cache.abandon_trial(&bench.id, first);
    assert_eq!(bench.claim(62.0), Admission::Wait);
    bench.cache.abandon_trial(&bench.id, second);
    bench.cache.abandon_trial(&"unknown".into(), second);
    assert!(bench.is_trial(62.0));
}

#[test]
fn probes_open_and_close_a_window_but_prolong_none() {
    let bench = Bench::new(2, 60.0);
    drop(bench.probe_failed(0.0));
    assert!(bench.probe_failed(1.0).transition.is_some(), "probes trip");
    for second in 2..=200 {
        drop(bench.probe_failed(f64::from(second)));
    }
    assert_eq!((bench.state().consecutive_failures, bench.state().unhealthy_until), (201, 61.0));
    assert!(bench.is_trial(61.0), "traffic gets its trial");
    drop(bench.probe_failed(62.0));
    assert_eq!(bench.claim(63.0), Admission::Wait, "a probe decides no trial");
    drop(bench.unhealthy(64.0));
    drop(bench.probe_failed(100.0));
    assert_eq!(bench.state().unhealthy_until, 124.0);
    assert_eq!(bench.healthy(110.0).transition, Some(Transition::Recovered), "a probe's success is one");
}

#[test]
fn windows_grow_with_failed_trials_alone() {
    let bench = Bench::new(1, 60.0);
    bench.cache.reconfigure(bench.cache.parameters().growing_to(200.0).expect("it is legal"));
    let mut ends = Vec::new();
    for second in [0.0, 10.0, 70.0, 80.0, 200.0, 201.0, 401.0] {
        drop(bench.unhealthy(second));
        drop(bench.probe_failed(second));
        ends.push(bench.state().unhealthy_until - second);
    }
    assert_eq!(ends, [60.0, 60.0, 120.0, 120.0, 200.0, 200.0, 200.0]);
    drop(bench.healthy(700.0));
    drop(bench.unhealthy(701.0));
    assert_eq!(bench.state().unhealthy_until, 761.0);
}

#[test]
fn the_wall_clock_decides_nothing() {
    let bench = Bench::new(1, 60.0);
    let (now, _) = bench.at(0.0);
    let far = UNIX_EPOCH + Duration::from_secs(9_000_000_000);
    drop(bench.cache.mark_unhealthy(&bench.id, "e", now, far));
    assert!(!bench.is_healthy(59.9) && bench.is_healthy(60.0));
    drop(bench.cache.mark_unhealthy(&bench.id, "e", now, UNIX_EPOCH - Duration::from_secs(1)));
    assert_eq!((bench.state().last_check, bench.is_healthy(59.9)), (0.0, false));
}

#[test]
fn reasons_are_cut_between_characters() {
    let bench = Bench::new(1, 60.0);
    let (now, wall) = bench.at(0.0);
    let marked = bench.cache.mark_unhealthy(&bench.id, &"ü".repeat(5_000), now, wall);
    let kept = "ü".repeat(REASON_LIMIT);
    assert_eq!(bench.state().last_error.as_ref(), Some(&kept));
    let Some(Transition::Tripped { reason, .. }) = marked.transition else { panic!("it trips") };
    assert_eq!(reason, kept);
}

#[test]
fn other_parameters_hold_at_once() {
    let bench = Bench::new(3, 3600.0);
    (0..3).for_each(|_| drop(bench.unhealthy(0.0)));
    assert!(!bench.is_healthy(100.0));
    bench.cache.reconfigure(Parameters::new(1, 60.0).expect("it is legal"));
    assert!(bench.is_healthy(100.0));
    assert_eq!((bench.state().unhealthy_until, bench.cache.parameters().failure_threshold()), (60.0, 1));
}

#[test]
fn forgotten_providers_are_as_if_never_seen() {
    let bench = Bench::new(1, 60.0);
    drop(bench.unhealthy(0.0));
    let Admission::Trial(trial) = bench.claim(60.0) else { panic!("it is a trial") };
    let told = telling::recorded(&bench.cache);
    bench.cache.forget(|id| id.as_str() == "another");
    assert!(bench.is_healthy(0.0) && bench.cache.state(&bench.id).is_none());
    assert!(told.take().is_empty(), "that is no transition");
    drop(bench.unhealthy(61.0));
    bench.cache.abandon_trial(&bench.id, trial);
    assert!(bench.is_trial(121.0));
}

#[test]
fn windows_and_clocks_beyond_all_bounds_do_no_harm() {
    let bench = Bench::new(1, f64::INFINITY);
    drop(bench.unhealthy(1_000.0));
    drop(bench.unhealthy(0.0));
    assert!(!bench.is_healthy(1e9) && bench.state().unhealthy_until.is_finite());
}
