//! The caps hold whatever comes when, months are kept apart, and nothing is forgotten over a restart.

use super::*;
use proptest::prelude::*;
use std::time::Duration;

/// 2026-11-28.
fn november() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_824_000)
}

fn december() -> SystemTime {
    november() + Duration::from_secs(5 * 86_400)
}

fn usd(dollars: f64) -> Usd {
    Usd::from_dollars(dollars)
}

fn payer(provider: &str, profile: &str) -> Payer {
    Payer { provider: provider.into(), profile: profile.into() }
}

fn provider_cap(dollars: f64) -> Caps {
    Caps { provider: Some(usd(dollars)), ..Caps::default() }
}

#[test]
fn ten_calls_at_once_do_not_pass_a_cap_of_one() {
    let spend = Spend::default();
    let ask = || spend.reserve(payer("p", "default"), usd(0.4), provider_cap(1.0), november());
    let held: Vec<_> = (0..10).filter_map(|_| ask().ok()).collect();
    assert_eq!(held.len(), 2);
    let refused = ask().unwrap_err();
    assert_eq!(refused, Exceeded { cap: Cap::Provider, limit: usd(1.0), spent: usd(0.8) });
    assert_eq!(refused.to_string(), "the provider budget of 1.000000 USD a month has 0.200000 USD left");
    held.into_iter().for_each(|reservation| drop(reservation.settle(usd(0.1))));
    assert_eq!(spend.overall(november()), usd(0.2));
    assert!(ask().is_ok());
}

#[test]
fn the_narrowest_cap_that_forbids_is_named() {
    let spend = Spend::default();
    let wall = november();
    drop(spend.reserve(payer("p", "a"), usd(1.0), Caps::default(), wall));
    let check = |payer: Payer, caps: [Option<f64>; 3], expect: Option<Cap>| {
        let [provider, profile, overall] = caps.map(|cap| cap.map(usd));
        let caps = Caps { provider, profile, overall };
        let found = spend.check(&payer, usd(0.5), caps, wall).err().map(|exceeded| exceeded.cap);
        assert_eq!(found, expect);
        assert_eq!(
            spend.reserve(payer, usd(0.5), caps, wall).map(Reservation::release).is_ok(),
            expect.is_none()
        );
    };
    check(payer("p", "a"), [None, None, None], None);
    check(payer("p", "a"), [Some(1.5), Some(1.5), Some(1.5)], None);
    check(payer("p", "a"), [Some(1.4), Some(1.4), Some(1.4)], Some(Cap::Provider));
    check(payer("q", "a"), [Some(1.4), Some(1.4), Some(1.4)], Some(Cap::Profile));
    check(payer("q", "b"), [Some(1.4), Some(1.4), Some(1.4)], Some(Cap::Overall));
    check(payer("q", "b"), [Some(1.4), Some(1.4), None], None);
    assert_eq!(
        [Cap::Provider, Cap::Profile, Cap::Overall].map(Cap::as_str),
        ["provider", "profile", "overall"]
    );
}

#[test]
fn a_cap_of_nothing_blocks_always() {
    let spend = Spend::default();
    for bound in [0.0, 0.01] {
        let refused = spend.reserve(payer("p", "a"), usd(bound), provider_cap(0.0), november()).unwrap_err();
        assert_eq!((refused.cap, refused.limit), (Cap::Provider, Usd::ZERO));
    }
}

#[test]
fn free_providers_go_on_when_the_money_for_others_is_gone() {
    let spend = Spend::default();
    let caps = Caps { provider: None, profile: Some(Usd::ZERO), overall: Some(Usd::ZERO) };
    assert!(spend.reserve(payer("local", "a"), Usd::ZERO, caps, november()).is_ok());
    assert!(spend.reserve(payer("cloud", "a"), usd(0.000_000_001), caps, november()).is_err());
}

#[test]
fn what_remains_is_what_the_tightest_cap_leaves() {
    let spend = Spend::default();
    let caps = Caps { provider: Some(usd(5.0)), profile: Some(usd(3.0)), overall: None };
    assert_eq!(spend.remaining(&payer("p", "a"), Caps::default(), november()), None);
    assert_eq!(spend.remaining(&payer("p", "a"), caps, november()), Some(usd(3.0)));
    let open = spend.reserve(payer("p", "b"), usd(4.0), Caps::default(), november()).unwrap();
    assert_eq!(spend.remaining(&payer("p", "a"), caps, november()), Some(usd(1.0)));
    open.settle(usd(9.0));
    assert_eq!(spend.remaining(&payer("p", "a"), caps, november()), Some(Usd::ZERO));
    assert_eq!(spend.of_provider(&"p".into(), november()), usd(9.0));
    assert_eq!(spend.of_profile(&"a".into(), november()), Usd::ZERO);
}

#[test]
fn an_attempt_that_vanishes_counts_as_its_bound() {
    let spend = Spend::default();
    drop(spend.reserve(payer("p", "a"), usd(0.7), provider_cap(1.0), november()));
    assert_eq!(spend.overall(november()), usd(0.7));
    assert!(spend.snapshot(november()).open.is_empty());
}

#[test]
fn a_month_begins_at_nothing_and_the_old_one_gets_its_own() {
    let spend = Spend::default();
    let over_midnight = spend.reserve(payer("p", "a"), usd(1.0), provider_cap(1.0), november()).unwrap();
    let fresh = spend.reserve(payer("p", "a"), usd(1.0), provider_cap(1.0), december()).unwrap();
    let settled = over_midnight.settle(usd(0.6));
    assert_eq!((settled.month.to_string().as_str(), settled.amount), ("2026-11", usd(0.6)));
    assert_eq!(spend.overall(december()), usd(1.0));
    assert_eq!(fresh.settle(usd(0.5)).month.to_string(), "2026-12");
    assert_eq!(spend.overall(december()), usd(0.5));
}

#[test]
fn a_reservation_settles_into_its_month_even_where_nobody_has_noticed_the_new_one() {
    let spend = Spend::default();
    let old = spend.reserve(payer("p", "a"), usd(1.0), Caps::default(), november()).unwrap();
    old.settle(usd(0.6));
    assert_eq!(spend.overall(december()), Usd::ZERO);
}

#[test]
fn a_clock_set_back_opens_no_budget_anew() {
    let spend = Spend::default();
    drop(spend.reserve(payer("p", "a"), usd(1.0), provider_cap(1.0), december()));
    assert!(spend.reserve(payer("p", "a"), usd(0.1), provider_cap(1.0), november()).is_err());
    assert!(spend.reserve(payer("p", "a"), usd(0.1), provider_cap(1.0), SystemTime::UNIX_EPOCH).is_err());
}

#[test]
fn a_restart_counts_open_reservations_as_spent() {
    let before = Spend::default();
    drop(before.reserve(payer("p", "a"), usd(0.25), Caps::default(), november()));
    let open = before.reserve(payer("q", "a"), usd(0.5), Caps::default(), november()).unwrap();
    let snapshot = before.snapshot(november());
    assert_eq!(snapshot.open, [open.held().clone()]);

    let after = Spend::default();
    after.restore(&snapshot, november());
    assert_eq!(after.of_provider(&"q".into(), november()), usd(0.5));
    assert_eq!(after.of_profile(&"a".into(), november()), usd(0.75));
    assert_eq!(after.overall(november()), usd(0.75));
    let fresh = after.reserve(payer("q", "a"), usd(0.1), Caps::default(), november()).unwrap();
    assert!(fresh.held().id > open.held().id);
    open.release();
    fresh.release();
    assert_eq!(after.overall(november()), usd(0.75));
}

#[test]
fn an_older_month_is_not_restored_and_a_later_one_is() {
    let before = Spend::default();
    drop(before.reserve(payer("p", "a"), usd(1.0), Caps::default(), november()));
    let snapshot = before.snapshot(november());
    let after = Spend::default();
    after.restore(&snapshot, december());
    assert_eq!(after.overall(december()), Usd::ZERO);
    let without_clock = Spend::default();
    without_clock.restore(&snapshot, SystemTime::UNIX_EPOCH);
    assert_eq!(without_clock.overall(november()), usd(1.0));
}

#[test]
fn a_reset_keeps_what_is_under_way() {
    let spend = Spend::default();
    drop(spend.reserve(payer("p", "a"), usd(1.0), Caps::default(), november()));
    let open = spend.reserve(payer("p", "a"), usd(0.5), Caps::default(), november()).unwrap();
    spend.reset();
    assert_eq!(spend.overall(november()), usd(0.5));
    open.settle(usd(0.2));
    assert_eq!(spend.of_provider(&"p".into(), november()), usd(0.2));
}

/// The caps that the laws are tried with.
const CAPS: [f64; 3] = [1.0, 1.5, 2.0];

fn caps() -> Caps {
    let [provider, profile, overall] = CAPS.map(|cap| Some(usd(cap)));
    Caps { provider, profile, overall }
}

/// Panics where any of the accounts holds more than its cap.
fn assert_within(spend: &Spend, providers: &[&str], profiles: &[&str], wall: SystemTime) {
    for name in providers {
        assert!(spend.of_provider(&(*name).into(), wall) <= usd(CAPS[0]), "{name}");
    }
    for name in profiles {
        assert!(spend.of_profile(&(*name).into(), wall) <= usd(CAPS[1]), "{name}");
    }
    assert!(spend.overall(wall) <= usd(CAPS[2]));
}

/// One thing that happens: somebody asks, or the oldest of those open ends with a share of its bound.
#[derive(Clone, Debug)]
enum Step {
    Ask { provider: usize, profile: usize, bound: f64, later: bool },
    End { which: usize, share: f64, vanish: bool },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0usize..3, 0usize..2, 0.0f64..0.6, any::<bool>())
            .prop_map(|(provider, profile, bound, later)| Step::Ask { provider, profile, bound, later }),
        (0usize..100, 0.0f64..=1.0, any::<bool>()).prop_map(|(which, share, vanish)| Step::End {
            which,
            share,
            vanish
        }),
    ]
}

proptest! {
    /// No order of asking, ending and restarting holds more against a cap than it allows, in whichever month.
    #[test]
    fn no_order_of_events_passes_a_cap(steps in prop::collection::vec(step(), 1..200), turn in 0usize..200) {
        let (providers, profiles) = (["p", "q", "r"], ["a", "b"]);
        let spend = Spend::default();
        let mut open = Vec::new();
        for (place, step) in steps.iter().enumerate() {
            let wall = if place < turn { november() } else { december() };
            match *step {
                Step::Ask { provider, profile, bound, later } => {
                    let payer = payer(providers[provider], profiles[profile]);
                    let checked = spend.check(&payer, usd(bound), caps(), wall);
                    let asked = spend.reserve(payer, usd(bound), caps(), wall);
                    prop_assert_eq!(checked.err(), asked.as_ref().err().copied());
                    if later { open.extend(asked) } else { drop(asked) }
                }
                Step::End { which, share, vanish } if !open.is_empty() => {
                    let ending: Reservation = open.swap_remove(which % open.len());
                    let bound = ending.held().bound;
                    if vanish { drop(ending) } else { drop(ending.settle(usd(bound.dollars() * share).min(bound))) }
                }
                Step::End { .. } => {}
            }
            assert_within(&spend, &providers, &profiles, wall);
            let restarted = Spend::default();
            restarted.restore(&spend.snapshot(wall), wall);
            prop_assert_eq!(restarted.overall(wall), spend.overall(wall));
            assert_within(&restarted, &providers, &profiles, wall);
        }
    }
}

#[test]
fn a_hundred_threads_pass_no_cap() {
    let spend = Spend::default();
    let granted: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..100u32)
            .map(|number| {
                let spend = &spend;
                scope.spawn(move || {
                    let (provider, profile) =
                        (["p", "q", "r"][number as usize % 3], ["a", "b"][number as usize % 2]);
                    let mut granted = 0;
                    for round in 0..20u32 {
                        let bound = f64::from(1 + (number * 7 + round * 3) % 30) / 100.0;
                        let asked = spend.reserve(payer(provider, profile), usd(bound), caps(), november());
                        assert_within(spend, &["p", "q", "r"], &["a", "b"], november());
                        if let Ok(reservation) = asked {
                            granted += 1;
                            reservation.settle(usd(bound / 10.0));
                        }
                    }
                    granted
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(granted > 20, "{granted} of 2000 were granted");
    assert!(spend.overall(november()) > Usd::ZERO);
    assert!(spend.snapshot(november()).open.is_empty());
}
