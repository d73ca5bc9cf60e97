//! Windows that outlive a run.

use super::*;

impl Bench {
    fn take_over(&self, kept: &KeptWindow, second: f64) {
        let (at, wall) = self.at(second);
        self.cache.take_over(&self.id, kept, Now { at, wall });
    }
}

#[test]
fn a_window_that_runs_goes_on_in_the_next_run() {
    let (before, after) = (Bench::new(2, 60.0), Bench::new(2, 60.0));
    assert_eq!(before.cache.kept(), []);
    let _ = (before.unhealthy(100.0), before.unhealthy(110.0));
    let kept = before.cache.kept()[0].1;
    after.take_over(&kept, 130.0);
    assert_eq!(after.cache.kept(), before.cache.kept());
    assert_eq!((after.is_healthy(169.9), after.is_healthy(170.0)), (false, true));
    assert_eq!(after.state().consecutive_failures, 2);
}

#[test]
fn a_window_that_has_run_out_is_forgotten() {
    let (before, after) = (Bench::new(2, 60.0), Bench::new(2, 60.0));
    let _ = (before.unhealthy(100.0), before.unhealthy(110.0));
    after.take_over(&before.cache.kept()[0].1, 170.0);
    assert_eq!(after.cache.kept(), []);
    assert!(after.is_healthy(170.0));
}

#[test]
fn a_clock_that_was_set_back_makes_a_window_no_longer() {
    let (before, after) = (Bench::new(2, 60.0), Bench::new(2, 60.0));
    let _ = (before.unhealthy(1_000.0), before.unhealthy(1_000.0));
    after.take_over(&before.cache.kept()[0].1, 10.0);
    assert_eq!((after.is_healthy(69.9), after.is_healthy(70.0)), (false, true));
}

#[test]
fn what_was_reported_since_counts_more() {
    let (before, after) = (Bench::new(2, 60.0), Bench::new(2, 60.0));
    let _ = (before.unhealthy(100.0), before.unhealthy(110.0), after.healthy(120.0));
    after.take_over(&before.cache.kept()[0].1, 130.0);
    assert!(after.is_healthy(130.0));
}
