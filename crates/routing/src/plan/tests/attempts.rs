//! What each way an attempt can end counts as, and for whom: health, speed, memory pressure, drift, and money.

use super::case::{ANSWERED, Case, down, told};
use crate::claim::{Ending, Settled};
use crate::drift::{Answer, Ending as End, Observation, Offer};
use canon::config::{BackendHealthAction, Cost, Drift, DriftAction, HealthCacheAction, MemoryPressureAction};
use canon::fault::{Fault, FaultKind, Phase};
use canon::money::Usd;
use canon::usage::Usage;
use std::time::Duration;

/// Everything that remembers, switched on: one failure is told as degraded, and drift judges by one observation.
fn remembering() -> Case {
    let case = Case::of(&["a", "b"]).with(|config| config.health_cache.action = HealthCacheAction::Demote);
    let case = case.health(BackendHealthAction::Warn).profile(|profile| {
        profile.adaptive = true;
        profile.memory_pressure.action = MemoryPressureAction::Warn;
        profile.drift = Drift { action: DriftAction::Warn, window: 1, ..Drift::default() };
    });
    let output_per_million = Usd::from_dollars(1_000.0);
    case.provider("a", |provider| provider.cost = Cost { output_per_million, ..Cost::default() })
}

/// What an ending leaves behind.
#[derive(Debug, PartialEq)]
struct Left {
    failures_in_row: u32,
    samples: usize,
    failed_samples: usize,
    facts: Vec<String>,
    /// In dollars.
    cost: f64,
}

fn ended(case: &Case, ending: Ending<'_>) -> (Left, Settled) {
    let plan = case.plan();
    let claim = case.claim(&plan, "a").unwrap();
    let settled = case.settle(&plan, claim, ending);
    let memory = case.view.memory();
    let stats = memory.samples(&"a".into()).map(|samples| samples.stats(case.now.at)).unwrap_or_default();
    let left = Left {
        failures_in_row: memory.record(&"a".into()).map_or(0, |record| record.health.failures_in_row()),
        samples: stats.count,
        failed_samples: stats.failures,
        facts: told(settled.facts.iter().cloned()),
        cost: settled.bill.cost.dollars(),
    };
    drop(memory);
    (left, settled)
}

fn failed(fault: &Fault, midstream: bool) -> Left {
    ended(&remembering(), Ending::Failed { fault, midstream }).0
}

fn fault(kind: FaultKind, status: u16) -> Fault {
    Fault { status: (status > 0).then_some(status), ..Fault::new(kind, "no") }
}

/// The next provider is asked whatever it was; here is whether the same request may succeed elsewhere or later, and
/// with it whether the provider is to blame.
#[test]
fn every_status_and_fault_counts_against_who_is_to_blame() {
    use FaultKind::*;
    let provider = [
        (NotFound, 404),
        (Timeout(Phase::FirstByte), 408),
        (RateLimit, 429),
        (Backend, 500),
        (Backend, 501),
        (Backend, 502),
        (Overloaded, 503),
        (Backend, 504),
        (Backend, 507),
        (Backend, 520),
        (Backend, 524),
        (Overloaded, 529),
        (Auth, 401),
        (Billing, 402),
        (Auth, 403),
        (Timeout(Phase::Connect), 0),
        (Timeout(Phase::Idle), 0),
        (Timeout(Phase::FirstToken), 0),
        (Connect, 0),
        (Cut, 0),
        (Malformed, 200),
        (EmptyStream, 0),
        (Truncated, 0),
        (Empty, 0),
    ];
    let request =
        [(Rejected, 400), (TooLarge, 413), (Rejected, 422), (Overflow { prompt: None, limit: None }, 400)];
    for (kind, status) in provider {
        let left = failed(&fault(kind.clone(), status), false);
        let blamed = (left.failures_in_row, left.samples, left.failed_samples);
        assert_eq!(blamed, (1, 1, 1), "{kind:?} {status}");
    }
    for (kind, status) in request {
        let left = failed(&fault(kind.clone(), status), false);
        let blamed = (left.failures_in_row, left.samples, left.facts.len());
        assert_eq!(blamed, (0, 0, 0), "{kind:?} {status}");
    }
}

#[test]
fn a_whole_answer_is_a_success_for_everybody() {
    let case = remembering();
    case.down("a", 1);
    let (left, _) = ended(&case, ANSWERED);
    assert_eq!((left.failures_in_row, left.samples, left.failed_samples), (0, 2, 1));
    assert_eq!(left.facts, ["a DEGRADED HEALTHY 0 by coding"]);
    assert!(left.cost > 0.0);
}

/// Success is what has ended: the first token is remembered as the latency, and nothing before the end.
#[test]
fn a_finished_stream_is_a_success_with_its_first_token() {
    let case = remembering();
    let plan = case.plan();
    let claim = case.claim(&plan, "a").unwrap();
    let usage = Usage::default();
    let first_token = Some(Duration::from_millis(120));
    let ending = Ending::Answered { first_token, stream: true };
    let mut settlement = case.settlement(&plan, ending, &usage);
    assert!(case.view.memory().samples(&"a".into()).is_none());
    settlement.now = case.now.plus(Duration::from_secs(90));
    case.view.settle(claim, &settlement);
    let stats = case.view.memory().samples(&"a".into()).unwrap().stats(settlement.now.at);
    assert_eq!(stats.stream.map(|latency| latency.median), first_token);
}

#[test]
fn a_failure_before_content_counts_for_health_speed_and_drift_and_costs_nothing() {
    let left = failed(&down(), false);
    let facts = ["a HEALTHY DEGRADED 1 by coding", "a drifts: mild"];
    assert_eq!((left.facts, left.cost), (facts.map(str::to_owned).to_vec(), 0.0));
}

#[test]
fn a_failure_for_want_of_memory_is_told_as_that_too() {
    let left = failed(&Fault::new(FaultKind::Backend, "out of memory").with_status(500), false);
    assert_eq!(left.facts[0], "a out of memory: warn 3600s");
    assert_eq!((left.failures_in_row, left.facts.len()), (1, 3));
}

#[test]
fn a_failure_in_mid_answer_counts_the_same_and_is_paid_for() {
    let left = failed(&Fault::new(FaultKind::Cut, "broken pipe"), true);
    let counts = (left.failures_in_row, left.samples, left.failed_samples, left.facts.len());
    assert_eq!(counts, (1, 1, 1, 2));
    assert_eq!(left.cost, 0.1, "a hundred tokens of output had come");
}

/// A client that goes away says nothing about the provider, which is paid all the same.
#[test]
fn a_client_that_leaves_counts_for_nobody_and_is_paid_for() {
    let case = remembering();
    let (left, settled) = ended(&case, Ending::Abandoned);
    let nothing = Left { failures_in_row: 0, samples: 0, failed_samples: 0, facts: Vec::new(), cost: 0.1 };
    assert_eq!(left, nothing);
    assert_eq!(settled.charge.map(|charge| charge.amount), Some(Usd::from_dollars(0.1)));
    assert!(case.view.health_cache.state(&"a".into()).is_none());
}

/// What a provider refuses or never hears of is free; a prompt that was read is not.
#[test]
fn what_was_never_read_costs_nothing() {
    for (kind, status, cost) in [
        (FaultKind::Rejected, 400, 0.0),
        (FaultKind::RateLimit, 429, 0.0),
        (FaultKind::Connect, 0, 0.0),
        (FaultKind::Timeout(Phase::Connect), 0, 0.0),
        (FaultKind::Timeout(Phase::FirstByte), 0, 0.1),
        (FaultKind::Cut, 0, 0.1),
    ] {
        assert_eq!(failed(&fault(kind.clone(), status), false).cost, cost, "{kind:?}");
    }
}

/// An answer is observed as it was; an empty one is a bad one although the attempt succeeded.
#[test]
fn an_empty_answer_is_seen_by_drift() {
    let case = remembering();
    let answer = Answer {
        has_content: false,
        called: false,
        length: 0,
        offer: Offer::Nothing,
        ending: End::Turn,
        fingerprint: None,
    };
    let (plan, usage) = (case.plan(), Usage::default());
    let claim = case.claim(&plan, "a").unwrap();
    let mut settlement = case.settlement(&plan, ANSWERED, &usage);
    settlement.observation = Some(Observation::Answered(answer));
    assert_eq!(told(case.view.settle(claim, &settlement).facts), ["a drifts: severe"]);
}

/// A reservation that nobody settles counts as spent: the attempt may have cost all of it.
#[test]
fn a_claim_that_is_lost_is_paid_in_full() {
    let case = remembering();
    let plan = case.plan();
    let claim = case.claim(&plan, "a").unwrap();
    let bound = claim.reservation().unwrap().bound;
    drop(claim);
    assert_eq!(case.view.spend.overall(case.now.wall), bound);
}
