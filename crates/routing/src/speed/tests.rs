//! One provider's samples, the order of several, and what keeps it steady; the laws are in `laws`.

mod laws;

use super::*;
use crate::fixture;
use std::time::Duration;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn stream(millis: u64) -> Outcome {
    Outcome::Answered { mode: Mode::Stream, latency: ms(millis) }
}

fn whole(millis: u64) -> Outcome {
    Outcome::Answered { mode: Mode::Whole, latency: ms(millis) }
}

/// A chain of the profile `p` and what has happened to it, with a clock that only the test moves.
struct Case {
    chain: Vec<ProviderName>,
    speeds: Speeds,
    now: Instant,
}

impl Case {
    fn of(chain: &[&str]) -> Self {
        let chain = chain.iter().map(|name| ProviderName::from(*name)).collect();
        Self { chain, speeds: Speeds::default(), now: Instant::now() }
    }

    fn after(&mut self, wait: Duration) -> &mut Self {
        self.now += wait;
        self
    }

    fn saw(&mut self, name: &str, times: usize, outcome: Outcome) -> &mut Self {
        (0..times).for_each(|_| self.speeds.record(&name.into(), outcome, self.now));
        self
    }

    fn order(&self, mode: Mode) -> Order {
        self.speeds.order(&"p".into(), mode, &self.chain, self.now)
    }

    /// The order of streams, a provider on trial with a question mark.
    fn names(&self) -> String {
        let tell = |placed: &Placed| format!("{}{}", placed.name, if placed.trial { "?" } else { "" });
        self.order(Mode::Stream).placed.iter().map(tell).collect::<Vec<_>>().join(" ")
    }

    /// Plans and attempts as a request for a stream does.
    fn ask(&mut self, attempted: &str) -> Claim {
        let order = self.order(Mode::Stream);
        self.speeds.commit(&"p".into(), &order, &attempted.into(), self.now)
    }

    #[track_caller]
    fn check(&self, expect: &str) {
        assert_eq!(self.names(), expect);
    }
}

#[test]
fn stats_are_of_answers_and_failures_apart() {
    let (mut samples, now) = (Samples::default(), Instant::now());
    assert_eq!((samples.stats(now), samples.stats(now).error_rate()), (Stats::default(), 0.0));
    for outcome in [stream(300), stream(100), Outcome::Failed, stream(200), whole(9_000), whole(1_000)] {
        samples.record(outcome, now);
    }
    let stats = samples.stats(now);
    assert_eq!((stats.count, stats.failures), (6, 1));
    assert_eq!(stats.stream, Some(Latency { count: 3, median: ms(200), p95: ms(300) }));
    assert_eq!(stats.whole, Some(Latency { count: 2, median: ms(5_000), p95: ms(9_000) }));
    assert!((stats.error_rate() - 1.0 / 6.0).abs() < f64::EPSILON);
}

#[test]
fn samples_count_for_a_minute() {
    let (mut samples, start) = (Samples::default(), Instant::now());
    samples.record(stream(100), start);
    samples.record(Outcome::Failed, start);
    samples.record(stream(300), start + secs(1));
    let seen = |now: Duration| {
        let stats = samples.stats(start + now);
        (stats.count, stats.failures, stats.stream.map(|latency| latency.median))
    };
    assert_eq!(seen(WINDOW), (3, 1, Some(ms(200))));
    assert_eq!(seen(WINDOW + ms(1)), (1, 0, Some(ms(300))));
    assert_eq!(seen(WINDOW + secs(1) + ms(1)), (0, 0, None));
}

#[test]
fn a_slow_one_goes_behind_and_a_failing_one_behind_that() {
    let mut case = Case::of(&["slow", "both", "bad", "new", "fast"]);
    case.saw("fast", 5, stream(100)).saw("slow", 5, stream(200)).check("both bad new fast slow");
    case.saw("bad", 9, stream(100)).saw("bad", 1, Outcome::Failed);
    case.saw("both", 9, stream(200)).saw("both", 1, Outcome::Failed);
    case.check("new fast slow bad both");
    let steps: Vec<usize> = case.order(Mode::Stream).placed.iter().map(|p| p.demotion.steps()).collect();
    assert_eq!(steps, [0, 0, 1, 2, 3]);
    assert!(!case.order(Mode::Stream).is_unchanged());
}

#[test]
fn error_rates_need_five_samples_and_a_tenth() {
    let mut case = Case::of(&["a", "b"]);
    case.saw("a", 4, Outcome::Failed).check("a b");
    case.saw("a", 1, Outcome::Failed).check("b a");
    let mut case = Case::of(&["a", "b"]);
    case.saw("a", 10, stream(1)).saw("a", 1, Outcome::Failed).check("a b");
    case.saw("a", 8, stream(1)).saw("a", 1, Outcome::Failed).check("b a");
}

/// With the median of all, the slower of two had to take three times as long.
#[test]
fn of_two_the_slow_one_is_demoted_at_one_and_a_half_times_the_other() {
    for (slow, expect) in [(149, "a b"), (150, "b a"), (300, "b a")] {
        Case::of(&["a", "b"]).saw("b", 3, stream(100)).saw("a", 3, stream(slow)).check(expect);
    }
}

#[test]
fn a_provider_is_compared_with_the_best_of_the_others() {
    let mut case = Case::of(&["a", "b", "c", "d", "e"]);
    for name in ["a", "b", "c", "d"] {
        case.saw(name, 3, stream(200));
    }
    case.check("a b c d e");
    case.saw("e", 3, stream(100)).check("e a b c d");
    let mut alone = Case::of(&["a"]);
    alone.saw("a", 10, stream(60_000)).check("a");
    assert_eq!(alone.order(Mode::Stream).placed[0].demotion.steps(), 0);
}

#[test]
fn times_of_streams_and_of_whole_answers_are_not_compared() {
    let mut case = Case::of(&["a", "b"]);
    case.saw("a", 5, whole(9_000)).saw("b", 5, stream(100)).check("a b");
    assert!(case.order(Mode::Whole).is_unchanged());
    case.saw("b", 5, whole(3_000)).check("a b");
    assert!(!case.order(Mode::Whole).is_unchanged(), "only whole answers are slow");
    assert!(case.order(Mode::Stream).is_unchanged());
}

#[test]
fn a_median_needs_three_answers_and_failures_are_none() {
    let mut case = Case::of(&["a", "b"]);
    case.saw("b", 3, stream(100)).saw("a", 1, stream(900)).saw("a", 2, Outcome::Failed).check("a b");
    case.saw("a", 1, stream(900)).check("a b");
    case.saw("a", 1, stream(900)).check("b a");
    let mut case = Case::of(&["a", "b"]);
    case.saw("a", 3, stream(900)).saw("b", 1, stream(100)).saw("b", 2, Outcome::Failed).check("a b");
}

#[test]
fn injected_failures_demote_where_there_are_samples_beside_them() {
    let mut case = Case::of(&["a", "b"]);
    case.speeds.demote(&"a".into(), 2, case.now);
    case.check("a b");
    case.saw("a", 2, stream(100)).check("a b");
    case.saw("a", 1, stream(100)).check("b a");
    case.speeds.demote(&"b".into(), usize::MAX, case.now);
    assert_eq!(case.speeds.samples(&"b".into()).unwrap().stats(case.now).count, SAMPLES_LIMIT);
}

#[test]
fn planning_commits_nothing() {
    let mut case = Case::of(&["a", "b"]);
    case.saw("b", 3, stream(100)).saw("a", 3, stream(300));
    (0..3).for_each(|_| case.check("b a"));
    case.after(WINDOW + ms(1)).check("a b");
}

#[test]
fn a_demotion_stays_for_half_a_minute_and_its_end_too() {
    let mut case = Case::of(&["a", "b"]);
    case.saw("b", 3, stream(100)).saw("a", 3, stream(300));
    assert_eq!(case.ask("b"), Claim::Granted);
    case.saw("a", 9, stream(100)).check("b a");
    case.after(DEBOUNCE - ms(1)).check("b a");
    case.after(ms(1)).check("a b");
    case.ask("a");
    case.saw("a", 30, stream(300)).check("a b");
    case.after(DEBOUNCE - ms(1)).saw("b", 3, stream(100)).check("a b");
    case.after(ms(1)).check("b a");
}

/// Pinning places, not demotions, would keep a failing provider first because another one has just left that place.
#[test]
fn one_demotion_does_not_hold_up_another() {
    let mut case = Case::of(&["a", "b", "c"]);
    case.saw("c", 3, stream(100)).saw("b", 3, stream(100)).saw("a", 3, stream(300));
    case.ask("b");
    case.check("b c a");
    case.after(secs(1)).saw("b", 5, Outcome::Failed).check("c a b");
}

#[test]
fn an_old_order_changes_nothing_that_has_just_changed() {
    let mut case = Case::of(&["a", "b"]);
    let old = case.order(Mode::Stream);
    case.saw("b", 3, stream(100)).saw("a", 3, stream(300)).ask("b");
    case.after(secs(1));
    case.speeds.commit(&"p".into(), &old, &"b".into(), case.now);
    case.check("b a");
}

/// `a` was slow, has been demoted, and a minute later nothing is known of it any more.
fn silent_for_a_minute() -> Case {
    let mut case = Case::of(&["a", "b"]);
    case.saw("b", 3, stream(100)).saw("a", 3, stream(300)).ask("b");
    case.after(TRIAL_INTERVAL - ms(1)).saw("b", 3, stream(100));
    case.check("b a");
    case.after(ms(2));
    case
}

#[test]
fn a_demoted_one_does_not_come_back_by_silence() {
    let mut case = silent_for_a_minute();
    case.check("a? b");
    let late = case.order(Mode::Stream);
    assert_eq!(case.ask("a"), Claim::Granted);
    case.check("b a");
    assert_eq!(case.speeds.commit(&"p".into(), &late, &"a".into(), case.now), Claim::TrialTaken);
    case.saw("a", 1, stream(150)).check("b a");
    case.after(TRIAL_INTERVAL - ms(1)).saw("b", 3, stream(100)).check("b a");
    case.after(ms(1)).check("a? b");
}

#[test]
fn a_trial_that_goes_well_ends_the_demotion() {
    let mut case = silent_for_a_minute();
    case.ask("a");
    case.saw("a", 1, stream(149)).check("a b");
    assert_eq!(case.ask("a"), Claim::Granted);
    case.after(DEBOUNCE).saw("b", 1, stream(100)).check("a b");
    case.ask("a");
    assert!(case.speeds.ranks.values().all(|ranks| ranks.of(Mode::Stream).len() == 0));
}

#[test]
fn a_trial_is_spent_by_the_attempt_and_not_by_the_plan() {
    let mut case = silent_for_a_minute();
    assert_eq!(case.ask("b"), Claim::Granted);
    case.check("a? b");
    case.ask("a");
    case.saw("a", 1, Outcome::Failed).check("b a");
}

#[test]
fn a_trial_of_a_failing_one_needs_an_answer() {
    let mut case = Case::of(&["a", "b"]);
    case.saw("a", 5, Outcome::Failed).ask("b");
    case.after(TRIAL_INTERVAL + ms(1)).check("a? b");
    case.ask("a");
    case.saw("a", 1, stream(100)).saw("a", 1, Outcome::Failed).check("b a");
    case.after(TRIAL_INTERVAL + ms(1)).check("a? b");
    case.ask("a");
    case.saw("a", 1, stream(9_000)).check("a b");
}

#[test]
fn after_a_night_a_trial_is_compared_with_what_was_slow_the_day_before() {
    for (latency, expect) in [(149, "a b"), (150, "b a")] {
        let mut case = silent_for_a_minute();
        case.ask("b");
        case.after(secs(40_000)).check("a? b");
        case.ask("a");
        case.saw("a", 1, stream(latency)).check(expect);
    }
}

#[test]
fn hedging_waits_for_twenty_first_tokens_of_an_hour() {
    let (mut samples, start) = (Samples::default(), Instant::now());
    for number in 1..HEDGE_SAMPLES {
        samples.record(stream(number as u64), start);
    }
    samples.record(whole(9_000), start);
    samples.record(Outcome::Failed, start);
    assert_eq!(samples.hedge_delay(start), None);
    samples.record(stream(1_000), start + secs(1));
    assert_eq!(samples.hedge_delay(start + HORIZON), Some(ms(19)));
    assert_eq!(samples.hedge_delay(start + HORIZON + ms(1)), None);
    for number in 1..=1_000 {
        samples.record(stream(number), start + secs(2));
    }
    assert_eq!(samples.hedge_delay(start + secs(2)), Some(ms(936 + 61)), "of the latest 64");
}

#[test]
fn memory_is_bounded_and_reloads_leave_nothing_behind() {
    let mut case = Case::of(&["a", "b"]);
    case.saw("a", 10_000, stream(300)).saw("b", 9, stream(100)).saw("gone", 9, stream(100)).ask("b");
    let stats = case.speeds.samples(&"a".into()).unwrap().stats(case.now);
    assert_eq!((stats.count, stats.stream.unwrap().count), (SAMPLES_LIMIT, SAMPLES_LIMIT));
    let mut config = fixture::config(&["a", "b"].map(fixture::provider), &[]);
    let profile = canon::config::Profile { adaptive: true, ..fixture::profile("p", &["a", "b"]) };
    config.profiles = vec![profile.into()];
    case.speeds.retain(&config);
    assert_eq!((case.speeds.providers.len(), case.speeds.ranks.len()), (2, 1));
    case.check("b a");
    config.providers.remove(0);
    case.speeds.retain(&config);
    assert_eq!(case.speeds.ranks[&ProfileName::from("p")].of(Mode::Stream).len(), 0);
    config.profiles.clear();
    case.speeds.retain(&config);
    assert!(case.speeds.ranks.is_empty());
}
