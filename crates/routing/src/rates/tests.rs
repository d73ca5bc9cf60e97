//! Limits hold whoever asks, refusals are remembered, and places come back.

use super::*;
use proptest::prelude::*;
use std::num::NonZeroU32;

const SECOND: Duration = Duration::from_secs(1);

fn limits(rpm: u32, rpd: u32, tpm: u32, concurrency: u32) -> Limits {
    let [rpm, rpd, tpm, concurrency] = [rpm, rpd, tpm, concurrency].map(NonZeroU32::new);
    Limits { rpm, rpd, tpm, concurrency }
}

fn ask(limits: &Limits, tokens: u64) -> Ask<'_> {
    Ask { limits, tokens, priority: Priority::Main }
}

fn wall() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_824_000)
}

/// What is claimed and given back at once.
fn pass(rates: &Rates, ask: &Ask<'_>, now: Instant) -> Result<(), Wait> {
    rates.claim(&"p".into(), ask, now).map(|claim| claim.release(None, now))
}

#[test]
fn each_limit_is_held() {
    let check = |limits: &Limits, passes: usize, wait: Duration| {
        let (rates, start) = (Rates::default(), Instant::now());
        for _ in 0..passes {
            assert_eq!(pass(&rates, &ask(limits, 10), start), Ok(()));
        }
        assert_eq!(rates.check(&"p".into(), &ask(limits, 10), start), Err(Wait::Until(start + wait)));
        assert_eq!(pass(&rates, &ask(limits, 10), start), Err(Wait::Until(start + wait)));
        assert_eq!(rates.check(&"q".into(), &ask(limits, 10), start), Ok(()));
        assert_eq!(pass(&rates, &ask(limits, 10), start + wait), Ok(()));
    };
    let minute = 61 * SECOND;
    check(&limits(3, 0, 0, 0), 3, minute);
    check(&limits(0, 2, 0, 0), 2, 97 * 15 * 60 * SECOND);
    check(&limits(0, 0, 45, 0), 4, minute);
    check(&limits(5, 9, 30, 1), 3, minute);
}

#[test]
fn no_limits_are_no_limits() {
    let (rates, now, none) = (Rates::default(), Instant::now(), Limits::default());
    let claims: Vec<_> =
        (0..1_000).map(|_| rates.claim(&"p".into(), &ask(&none, u64::MAX), now).unwrap()).collect();
    assert_eq!(claims.len(), 1_000);
}

#[test]
fn slots_come_back_even_if_nobody_releases_them() {
    let (rates, now, limits) = (Rates::default(), Instant::now(), limits(0, 0, 0, 2));
    let claim = || rates.claim(&"p".into(), &ask(&limits, 1), now);
    let (one, other) = (claim().unwrap(), claim().unwrap());
    assert_eq!(claim().unwrap_err(), Wait::ForSlot);
    drop(one);
    let third = claim().unwrap();
    other.release(Some(5), now);
    assert!(claim().is_ok());
    drop(third);
}

#[test]
fn background_work_never_takes_the_last_slot() {
    let (rates, now, limits) = (Rates::default(), Instant::now(), limits(0, 0, 0, 2));
    let claim = |priority| rates.claim(&"p".into(), &Ask { limits: &limits, tokens: 1, priority }, now);
    let title = claim(Priority::Background).unwrap();
    assert_eq!(claim(Priority::Background).unwrap_err(), Wait::ForSlot);
    let main = claim(Priority::Main).unwrap();
    drop(title);
    assert_eq!(claim(Priority::Background).unwrap_err(), Wait::ForSlot);
    drop(main);
    assert!(claim(Priority::Background).is_ok());
}

#[test]
fn tokens_are_corrected_at_the_end() {
    let (rates, start, limits) = (Rates::default(), Instant::now(), limits(0, 0, 100, 0));
    let claim = rates.claim(&"p".into(), &ask(&limits, 90), start).unwrap();
    assert!(pass(&rates, &ask(&limits, 20), start).is_err());
    claim.release(Some(10), start);
    assert_eq!(pass(&rates, &ask(&limits, 90), start), Ok(()));

    let later = start + 120 * SECOND;
    let claim = rates.claim(&"p".into(), &ask(&limits, 10), later).unwrap();
    claim.release(Some(95), later + 30 * SECOND);
    let wait = rates.check(&"p".into(), &ask(&limits, 20), later + 60 * SECOND);
    assert_eq!(wait, Err(Wait::Until(later + 91 * SECOND)));
}

#[test]
fn a_refusing_provider_rests_as_long_as_it_says() {
    let (rates, now, none) = (Rates::default(), Instant::now(), Limits::default());
    let claim = rates.claim(&"p".into(), &ask(&none, 1), now).unwrap();
    assert_eq!(claim.refused(Some(30 * SECOND), now), now + 30 * SECOND);
    drop(claim);
    assert_eq!(pass(&rates, &ask(&none, 1), now), Err(Wait::Until(now + 30 * SECOND)));
    let later = now + 10 * SECOND;
    let last_resort = rates.claim_anyway(&"p".into(), &ask(&none, 1), later);
    last_resort.answered();
    assert_eq!(pass(&rates, &ask(&none, 1), later), Ok(()));
}

#[test]
fn a_refusal_without_a_hint_looks_at_the_headers_and_then_guesses() {
    let (rates, now, none) = (Rates::default(), Instant::now(), Limits::default());
    let claim = rates.claim(&"p".into(), &ask(&none, 1), now).unwrap();
    assert_eq!(claim.refused(None, now), now + SECOND);
    let claim = rates.claim(&"q".into(), &ask(&none, 1), now).unwrap();
    let headers =
        [("x-ratelimit-limit", "50"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795824600")];
    claim.heard(&RateHeaders::read(headers), now, wall());
    assert_eq!(claim.refused(None, now), now + 600 * SECOND);
}

#[test]
fn an_answer_that_says_nothing_is_left_keeps_the_next_one_away() {
    let (rates, now, none) = (Rates::default(), Instant::now(), Limits::default());
    let claim = rates.claim(&"p".into(), &ask(&none, 100), now).unwrap();
    let headers =
        [("anthropic-ratelimit-tokens-remaining", "50"), ("anthropic-ratelimit-tokens-reset", "12s")];
    claim.heard(&RateHeaders::read(headers), now, wall());
    claim.answered();
    assert_eq!(rates.check(&"p".into(), &ask(&none, 50), now), Ok(()));
    assert_eq!(rates.check(&"p".into(), &ask(&none, 51), now), Err(Wait::Until(now + 12 * SECOND)));
}

#[test]
fn a_day_and_a_pause_outlive_a_restart() {
    let (before, start, limits) = (Rates::default(), Instant::now(), limits(0, 2, 0, 0));
    pass(&before, &ask(&limits, 1), start).unwrap();
    let claim = before.claim(&"p".into(), &ask(&limits, 1), start + 3_600 * SECOND).unwrap();
    claim.refused(Some(600 * SECOND), start + 3_600 * SECOND);
    drop(before.claim(&"free".into(), &ask(&limits, 1), start));
    let kept = before.snapshot(start + 3_660 * SECOND, wall());
    assert_eq!(kept.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["free", "p"]);

    let (after, restarted) = (Rates::default(), wall() + 60 * SECOND);
    after.restore(&kept, start, restarted);
    let Err(Wait::Until(free)) = pass(&after, &ask(&limits, 1), start) else {
        panic!("two of two were sent")
    };
    let exact = (24 - 1) * 3_600 * SECOND;
    assert!(free >= start + exact - 120 * SECOND && free <= start + exact + 1_800 * SECOND);
    let unlimited = Limits::default();
    assert_eq!(pass(&after, &ask(&unlimited, 1), start), Err(Wait::Until(start + 480 * SECOND)));
    assert!(Rates::default().snapshot(start, wall()).is_empty());
}

/// One thing that happens after so many milliseconds.
#[derive(Clone, Debug)]
enum Step {
    Claim { tokens: u64, background: bool },
    Release { which: usize, used: Option<u64> },
    Refuse { which: usize, hint: Option<u64> },
    Hear { remaining: u64, reset: u64 },
}

fn step() -> impl Strategy<Value = (u64, Step)> {
    let step = prop_oneof![
        4 => (0u64..60, any::<bool>()).prop_map(|(tokens, background)| Step::Claim { tokens, background }),
        3 => (any::<usize>(), prop::option::of(0u64..80)).prop_map(|(which, used)| Step::Release { which, used }),
        1 => (any::<usize>(), prop::option::of(0u64..1_000_000_000)).prop_map(|(which, hint)| Step::Refuse { which, hint }),
        1 => (0u64..50, 0u64..100_000).prop_map(|(remaining, reset)| Step::Hear { remaining, reset }),
    ];
    (0u64..5_000, step)
}

proptest! {
    /// Whatever happens: no real minute has more requests than allowed, no more are under way, every wait ends
    /// within two days, and what was told to be the end of a wait is one if nothing else happens.
    #[test]
    fn no_order_of_events_passes_a_limit(steps in prop::collection::vec(step(), 1..150)) {
        let (rates, limits, start) = (Rates::default(), limits(6, 0, 100, 3), Instant::now());
        let name = ProviderName::from("p");
        let (mut now, mut open, mut sent) = (start, Vec::<Claim>::new(), Vec::new());
        for (millis, step) in steps {
            now += Duration::from_millis(millis);
            match step {
                Step::Claim { tokens, background } => {
                    let priority = if background { Priority::Background } else { Priority::Main };
                    let ask = Ask { limits: &limits, tokens, priority };
                    let checked = rates.check(&name, &ask, now);
                    match rates.claim(&name, &ask, now) {
                        Ok(claim) => {
                            prop_assert_eq!(checked, Ok(()));
                            open.push(claim);
                            sent.push(now);
                        }
                        Err(wait) => {
                            prop_assert_eq!(checked, Err(wait));
                            if let Wait::Until(until) = wait {
                                prop_assert!(until > now && until <= now + 2 * MAX_WAIT);
                            }
                        }
                    }
                    let most = if background && checked.is_ok() { 2 } else { 3 };
                    prop_assert!(open.len() <= most);
                    prop_assert!(sent.iter().filter(|at| **at + 60 * SECOND > now).count() <= 6);
                }
                Step::Release { which, used } if !open.is_empty() => {
                    open.swap_remove(which % open.len()).release(used, now);
                }
                Step::Refuse { which, hint } if !open.is_empty() => {
                    let claim = open.swap_remove(which % open.len());
                    let until = claim.refused(hint.map(Duration::from_secs), now);
                    prop_assert!(until > now && until <= now + MAX_WAIT);
                }
                Step::Hear { remaining, reset } if !open.is_empty() => {
                    let (remaining, reset) = (remaining.to_string(), reset.to_string());
                    let headers = [("x-ratelimit-remaining-tokens", &*remaining), ("x-ratelimit-reset-tokens", &*reset)];
                    open[0].heard(&RateHeaders::read(headers), now, wall());
                }
                _ => {}
            }
        }
        drop(open);
        let end = ask(&limits, 100);
        if let Err(Wait::Until(until)) = rates.check(&name, &end, now) {
            prop_assert_eq!(rates.check(&name, &end, until), Ok(()));
        }
    }
}

#[test]
fn threads_pass_no_limit() {
    let (rates, now, limits) = (Rates::default(), Instant::now(), limits(50, 0, 0, 0));
    let granted: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..20)
            .map(|_| scope.spawn(|| (0..50).filter(|_| pass(&rates, &ask(&limits, 1), now).is_ok()).count()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(granted, 50);
}
