//! Laws over any course of reports.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    Healthy,
    Unhealthy,
    Probe,
    Claim,
}

/// Steps with the whole seconds before each.
fn steps() -> impl Strategy<Value = Vec<(Step, u32)>> {
    let step = prop_oneof![
        1 => Just(Step::Healthy),
        3 => Just(Step::Unhealthy),
        3 => Just(Step::Probe),
        3 => Just(Step::Claim),
    ];
    proptest::collection::vec((step, 0u32..40), 1..60)
}

/// The rules for traffic as they are usually written, with a deadline.
#[derive(Default)]
struct Model {
    unhealthy: bool,
    failures: u32,
    until: u32,
}

impl Model {
    fn step(&mut self, step: Step, second: u32, threshold: u32, backoff: u32) -> Option<bool> {
        match step {
            Step::Healthy => std::mem::take(self).unhealthy.then_some(true),
            Step::Unhealthy => {
                self.failures += 1;
                if !self.unhealthy && self.failures < threshold {
                    return None;
                }
                self.until = second + backoff;
                (!std::mem::replace(&mut self.unhealthy, true)).then_some(false)
            }
            Step::Probe | Step::Claim => None,
        }
    }
}

proptest! {
    #[test]
    fn traffic_follows_the_rules(steps in steps(), threshold in 1u32..4, backoff in 0u32..60) {
        let bench = Bench::new(threshold, f64::from(backoff));
        let told = telling::recorded(&bench.cache);
        let (mut model, mut second, mut expected) = (Model::default(), 0, Vec::new());
        for (step, wait) in steps {
            second += wait;
            match step {
                Step::Healthy => drop(bench.healthy(f64::from(second))),
                Step::Unhealthy => drop(bench.unhealthy(f64::from(second))),
                Step::Probe | Step::Claim => {}
            }
            expected.extend(model.step(step, second, threshold, backoff));
            let state = bench.state();
            prop_assert_eq!((!state.healthy, state.consecutive_failures), (model.unhealthy, model.failures));
            prop_assert_eq!(state.unhealthy_until, f64::from(model.until));
            prop_assert_eq!(bench.is_healthy(f64::from(second)), model.until <= second);
        }
        prop_assert_eq!(told.take().into_iter().map(|(_, healthy)| healthy).collect::<Vec<_>>(), expected);
    }

    /// Once a provider has tripped, no failure of a probe changes who may try it when.
    #[test]
    fn probes_put_no_trial_off(steps in steps(), longest in 0.0..400.0) {
        let [with, without] = [(); 2].map(|()| {
            let bench = Bench::new(1, 60.0);
            bench.cache.reconfigure(bench.cache.parameters().growing_to(longest).expect("it is legal"));
            bench
        });
        let mut second = 0.0;
        for (step, wait) in steps {
            second += f64::from(wait);
            let both = [&with, &without];
            match step {
                Step::Healthy => both.map(|bench| { drop(bench.healthy(second)); drop(bench.unhealthy(second)) }),
                Step::Unhealthy => both.map(|bench| drop(bench.unhealthy(second))),
                Step::Probe if !with.state().healthy => [drop(with.probe_failed(second)), ()],
                Step::Probe => [(), ()],
                Step::Claim => { prop_assert_eq!(with.claim(second), without.claim(second)); [(), ()] }
            };
            prop_assert_eq!(with.is_healthy(second), without.is_healthy(second));
        }
    }

    /// Trials of one outage are never closer together than a trial may take, and whatever happens, an unhealthy
    /// provider is never further from its next one than its window or the trial under way.
    #[test]
    fn trials_come_one_at_a_time_and_never_stop(steps in steps()) {
        let bench = Bench::new(2, 60.0);
        let (mut second, mut last): (f64, Option<f64>) = (0.0, None);
        for (step, wait) in steps {
            second += f64::from(wait);
            match step {
                Step::Healthy => { drop(bench.healthy(second)); last = None; }
                Step::Unhealthy => drop(bench.unhealthy(second)),
                Step::Probe => drop(bench.probe_failed(second)),
                Step::Claim => {
                    let free = bench.is_healthy(second);
                    let admission = bench.claim(second);
                    prop_assert_eq!(free, admission != Admission::Wait);
                    if matches!(admission, Admission::Trial(_)) {
                        prop_assert!(last.is_none_or(|before| second - before >= 60.0));
                        last = Some(second);
                    }
                }
            }
            prop_assert!(bench.is_healthy(second + 60.0));
        }
    }
}
