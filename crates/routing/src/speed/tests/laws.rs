//! What holds for whatever has happened.

use super::*;
use proptest::prelude::*;

/// What can happen to the chain `a b c d e`, of which `e` is never asked.
#[derive(Clone, Debug)]
enum Step {
    Saw(usize, Outcome),
    Waited(Duration),
    Asked(usize, Mode),
}

const CHAIN: [&str; 5] = ["a", "b", "c", "d", "e"];

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![Just(Mode::Stream), Just(Mode::Whole)]
}

fn step() -> impl Strategy<Value = Step> {
    let latency = prop_oneof![1_u64..1_000, Just(100), Just(150)];
    let answered =
        (mode(), latency).prop_map(|(mode, latency)| Outcome::Answered { mode, latency: ms(latency) });
    let outcome = prop_oneof![4 => answered, 1 => Just(Outcome::Failed)];
    prop_oneof![
        8 => (0..CHAIN.len() - 1, outcome).prop_map(|(place, outcome)| Step::Saw(place, outcome)),
        2 => (0_u64..40_000).prop_map(|wait| Step::Waited(ms(wait))),
        2 => (0..CHAIN.len() - 1, mode()).prop_map(|(place, mode)| Step::Asked(place, mode)),
    ]
}

/// The window worked out anew from everything that has ever happened.
fn slowly(past: &[(Instant, Outcome)], now: Instant) -> Stats {
    let live: Vec<Outcome> = past
        .iter()
        .filter(|(at, _)| now.duration_since(*at) <= WINDOW)
        .map(|(_, outcome)| *outcome)
        .collect();
    let of = |wanted: Mode| {
        let mut times: Vec<Duration> = live
            .iter()
            .filter_map(|outcome| match outcome {
                Outcome::Answered { mode, latency } if *mode == wanted => Some(*latency),
                _ => None,
            })
            .collect();
        times.sort();
        let count = times.len();
        (count > 0).then(|| Latency {
            count,
            median: (times[(count - 1) / 2] + times[count / 2]) / 2,
            p95: times[(0.95 * count as f64).ceil() as usize - 1],
        })
    };
    Stats {
        count: live.len(),
        failures: live.iter().filter(|outcome| **outcome == Outcome::Failed).count(),
        stream: of(Mode::Stream),
        whole: of(Mode::Whole),
    }
}

proptest! {
    #[test]
    fn an_order_is_the_chain_in_another_order(steps in proptest::collection::vec(step(), 0..120), mode in mode()) {
        let mut case = Case::of(&CHAIN);
        for step in steps {
            match step {
                Step::Saw(place, outcome) => {
case.saw(CHAIN[place], 1, outcome);
}
                Step::Waited(wait) => {
case.after(wait);
}
                Step::Asked(place, mode) => {
                    let order = case.order(mode);
                    case.speeds.commit(&"p".into(), &order, &CHAIN[place].into(), case.now);
                }
            }
            let order = case.order(mode);
            prop_assert_eq!(&order, &case.order(mode), "a reading changed something");
            let mut places: Vec<usize> = order.placed.iter().map(|placed| placed.place).collect();
            let unknown = order.placed.iter().find(|placed| placed.name.as_str() == "e").unwrap();
            prop_assert_eq!(unknown.demotion, Demotion::default(), "nothing is known of it");
            for pair in order.placed.windows(2) {
                let turn = |placed: &Placed| if placed.trial { 0 } else { placed.demotion.steps() };
                let (first, second) = (&pair[0], &pair[1]);
                prop_assert!((turn(first), first.place) < (turn(second), second.place));
            }
            places.sort_unstable();
            prop_assert_eq!(places, [0, 1, 2, 3, 4]);
        }
    }

    #[test]
    fn nobodys_demotion_changes_twice_within_half_a_minute(
        steps in proptest::collection::vec(step(), 0..200),
    ) {
        let mut case = Case::of(&CHAIN);
        let mut changes: HashMap<ProviderName, (Demotion, Instant)> = HashMap::new();
        for step in steps {
            match step {
                Step::Saw(place, outcome) => {
case.saw(CHAIN[place], 1, outcome);
}
                Step::Waited(wait) => {
case.after(wait);
}
                Step::Asked(place, _) => {
case.ask(CHAIN[place]);
}
            }
            let order = case.order(Mode::Stream);
            case.ask("e");
            for placed in order.placed {
                let before = changes.get(&placed.name).copied();
                let (demotion, at) = before.map_or((Demotion::default(), None), |(demotion, at)| (demotion, Some(at)));
                if demotion != placed.demotion {
                    prop_assert!(at.is_none_or(|at| case.now - at >= DEBOUNCE), "{} after {at:?}", placed.name);
                    changes.insert(placed.name, (placed.demotion, case.now));
                }
            }
        }
    }

    #[test]
    fn where_nothing_is_known_the_chain_stays(
        chain in proptest::collection::hash_set("[a-z]{1,3}", 0..8),
        mode in mode(),
    ) {
        let chain: Vec<&str> = chain.iter().map(String::as_str).collect();
        let order = Case::of(&chain).order(mode);
        prop_assert!(order.is_unchanged());
        prop_assert_eq!(order.placed.len(), chain.len());
    }

    #[test]
    fn sorted_latencies_give_what_working_it_out_gives(
        steps in proptest::collection::vec(step(), 0..150),
    ) {
        let (mut samples, mut past, mut now) = (Samples::default(), Vec::new(), Instant::now());
        for step in steps {
            match step {
                Step::Saw(_, outcome) => {
                    samples.record(outcome, now);
                    past.push((now, outcome));
                }
                Step::Waited(wait) => now += wait,
                Step::Asked(..) => {}
            }
            let stats = samples.stats(now);
            prop_assert_eq!(stats, slowly(&past, now));
            for mode in [Mode::Stream, Mode::Whole] {
                let (recent, latency) = (samples.recent(mode, now), if mode == Mode::Stream { stats.stream } else { stats.whole });
                prop_assert_eq!((recent.count, recent.failures), (stats.count, stats.failures));
                prop_assert_eq!(recent.median, latency.map(|latency| latency.median));
                prop_assert_eq!(recent.answers, latency.map_or(0, |latency| latency.count));
            }
        }
    }
}
