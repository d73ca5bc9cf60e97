//! Money: the paid gate, the monthly budgets, and the law that no number of attempts at once overruns a cap.

use super::case::{ANSWERED, Case, check, down};
use crate::claim::{Claiming, Ending};
use crate::spend::{Caps, Payer};
use canon::config::{BackendHealthAction, Cost};
use canon::event::SkipReason;
use canon::money::Usd;
use canon::usage::Usage;
use std::sync::Barrier;
use std::time::{Duration, UNIX_EPOCH};

fn dollars(amount: f64) -> Usd {
    Usd::from_dollars(amount)
}

/// A chain whose providers cost so many dollars for a million tokens of output, and nothing for input.
fn priced(chain: &[&str], per_million: f64) -> Case {
    let mut case = Case::of(chain).with(|config| config.allow_paid = true);
    for name in chain {
        let output_per_million = dollars(per_million);
        case = case.provider(name, |it| it.cost = Cost { output_per_million, ..Cost::default() });
    }
    case
}

/// Something was spent at a provider under the profile `coding`.
fn spent(case: &Case, provider: &str, amount: f64) {
    let payer = Payer { provider: provider.into(), profile: "coding".into() };
    let promised = case.view.spend.reserve(payer, dollars(amount), Caps::default(), case.now.wall);
    promised.unwrap().settle(dollars(amount));
}

fn reason(case: &Case, provider: &str) -> Option<SkipReason> {
    let plan = case.plan();
    plan.passed_over(plan.verdict(&provider.into())?)
}

#[test]
fn the_paid_gate_takes_out_what_costs_money() {
    check(&Case::of(&["A", "b", "C"]), "b", &["A skip paid-gate", "C skip paid-gate"]);
    check(&Case::of(&["A", "b"]).with(|config| config.allow_paid = true), "A b", &[]);
}

#[test]
fn the_paid_gate_that_empties_a_chain_is_told_of_all() {
    let told = ["A skip paid-gate", "B skip paid-gate", "blocked paid-gate A B"];
    check(&Case::of(&["A", "B"]), "", &told);
}

#[test]
fn monthly_budget_takes_out_once_it_is_reached() {
    let case = priced(&["a", "b"], 10.0).with(|config| config.monthly_budget = Some(dollars(1.0)));
    let case = case.provider("b", |provider| provider.cost = Cost::default());
    spent(&case, "a", 0.999);
    check(&case, "a b", &[]);
    spent(&case, "b", 0.251);
    check(&case, "b", &["a skip budget-exceeded"]);
    let month = case.now.month();
    let expected = SkipReason::BudgetExceeded { cap: dollars(1.0), spent: dollars(1.25), month };
    assert_eq!((reason(&case, "a"), month.to_string().as_str()), (Some(expected), "2026-02"));
}

#[test]
fn monthly_budget_of_all_lets_free_providers_pass() {
    let case = Case::of(&["a"]).with(|config| config.monthly_budget = Some(dollars(1.0)));
    spent(&case, "a", 5.0);
    check(&case, "a", &[]);
    let plan = case.plan();
    assert!(case.claim(&plan, "a").is_ok());
}

#[test]
fn monthly_budget_of_a_provider_and_of_a_profile_hold_for_themselves() {
    let of_provider = priced(&["a", "b"], 10.0).provider("a", |it| it.monthly_budget = Some(dollars(0.5)));
    spent(&of_provider, "a", 0.5);
    check(&of_provider, "b", &["a skip budget-exceeded"]);
    let case = priced(&["a", "b"], 10.0).beside("frugal");
    let of_profile = case.profile(|profile| profile.monthly_budget = Some(dollars(0.0)));
    let told = ["a skip budget-exceeded", "b skip budget-exceeded", "blocked budget-exceeded a b"];
    check(&of_profile, "", &told);
    check(&of_profile.under("coding"), "a b", &[]);
}

#[test]
fn monthly_budget_begins_anew_with_the_month() {
    let case = priced(&["a"], 10.0).with(|config| config.monthly_budget = Some(dollars(1.0)));
    spent(&case, "a", 1.0);
    check(&case, "", &["a skip budget-exceeded", "blocked budget-exceeded a"]);
    let march = UNIX_EPOCH + Duration::from_secs(1_772_323_200);
    let last_second = case.after(0);
    let left = march.duration_since(last_second.now.wall).unwrap().as_secs();
    let february = last_second.after(left - 1);
    assert_eq!(february.order(), "");
    check(&february.after(1), "a", &[]);
}

/// What is opted out of changes nothing: without caps, no sum is looked at.
#[test]
fn monthly_budget_without_a_cap_takes_out_nobody() {
    let case = priced(&["a", "b"], 10.0);
    spent(&case, "a", 1e6);
    check(&case, "a b", &[]);
}

#[test]
fn a_reservation_counts_as_spent_until_it_is_settled() {
    let case = priced(&["a"], 100.0).with(|config| config.monthly_budget = Some(dollars(0.15)));
    let plan = case.plan();
    let claim = case.claim(&plan, "a").unwrap();
    assert_eq!(case.order(), "a", "a third of the cap is left, which is too little for another answer");
    assert!(matches!(case.claim(&plan, "a"), Err(SkipReason::BudgetExceeded { .. })));
    let fault = &down();
    let settled = case.settle(&plan, claim, Ending::Failed { fault, midstream: false });
    assert_eq!(settled.bill.cost, Usd::ZERO, "nobody bills a refusal");
    assert!(case.claim(&plan, "a").is_ok());
}

/// A long answer is asked for shorter before it is refused, down to what an agent can still work with.
#[test]
fn monthly_budget_lowers_the_output_to_what_it_still_buys() {
    let case = priced(&["a"], 100.0).with(|config| config.monthly_budget = Some(dollars(1.0)));
    let lowered = |spending: f64| {
        spent(&case, "a", spending);
        let plan = case.plan();
        let claiming = Claiming { max_output: Some(64_000), ..case.claiming(&plan, "a") };
        let claim = case.view.claim(&claiming)?;
        let lowered = claim.lowered_output();
        case.settle(&plan, claim, Ending::Failed { fault: &down(), midstream: false });
        Ok::<_, SkipReason>(lowered)
    };
    assert_eq!(lowered(0.0), Ok(Some(9_999)));
    assert_eq!(lowered(0.5), Ok(Some(4_999)));
    assert_eq!(lowered(0.39), Ok(Some(1_099)));
    assert!(matches!(lowered(0.01), Err(SkipReason::BudgetExceeded { .. })), "under 1,024 tokens are left");
}

/// An attempt that a half-open trial forbids was never made: it leaves no money and no place behind.
#[test]
fn an_attempt_that_is_refused_costs_nothing() {
    let limits = canon::config::Limits { concurrency: std::num::NonZeroU32::new(2), ..Default::default() };
    let case = priced(&["a", "b"], 10.0).with(|config| config.monthly_budget = Some(dollars(5.0)));
    let case = case.provider("a", |it| it.limits = limits).health(BackendHealthAction::Demote);
    case.down("a", 2);
    let (plan, same_time) = (case.plan(), case.plan());
    let trial = case.claim(&plan, "a").unwrap();
    let held = case.view.spend.overall(case.now.wall);
    for _ in 0..10 {
        assert_eq!(case.claim(&same_time, "a").err(), Some(SkipReason::Unhealthy));
    }
    assert_eq!(case.view.spend.overall(case.now.wall), held);
    case.settle(&plan, trial, ANSWERED);
    let places = [case.claim(&plan, "a"), case.claim(&plan, "a"), case.claim(&plan, "a")];
    assert_eq!(places.map(|place| place.is_ok()), [true, true, false]);
}

/// A hundred requests at once, each with a thread of its own, under a cap that pays for a few of them. All claims are
/// held open together, so that every reservation competes with every other.
#[test]
fn a_hundred_attempts_at_once_never_overrun_a_cap() {
    for (cap, per_million, tokens) in
        [(1.0, 10.0, 10_000), (1.0, 100.0, 8_192), (0.05, 1.0, 1_000), (3.0, 15.0, 64_000)]
    {
        let case = priced(&["a"], per_million).with(|config| config.monthly_budget = Some(dollars(cap)));
        let granted = at_once(&case, 100, tokens);
        let total = case.view.spend.overall(case.now.wall);
        assert!(total <= dollars(cap), "{total} of {cap} spent by {granted} attempts");
        assert!((1..100).contains(&granted), "{granted} attempts may begin");
        assert!(total >= dollars(cap * 0.7), "only {total} of {cap} could be spent");
    }
}

/// Lets so many attempts begin at once, each of which then uses all the output it may. How many could begin.
fn at_once(case: &Case, attempts: usize, tokens: u64) -> usize {
    let (start, claimed) = (&Barrier::new(attempts), &Barrier::new(attempts));
    let cap = case.config.monthly_budget.unwrap();
    let attempt = move || {
        let plan = case.plan();
        start.wait();
        let claiming = Claiming { max_output: Some(tokens), ..case.claiming(&plan, "a") };
        let claim = case.view.claim(&claiming);
        claimed.wait();
        assert!(case.view.spend.overall(case.now.wall) <= cap);
        let Ok(claim) = claim else { return 0 };
        let usage = Usage { output: Some(claim.lowered_output().unwrap_or(tokens)), ..Usage::default() };
        case.view.settle(claim, &case.settlement(&plan, ANSWERED, &usage));
        1
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..attempts).map(|_| scope.spawn(attempt)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    })
}
