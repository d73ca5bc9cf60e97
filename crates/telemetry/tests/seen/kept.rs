//! What outlives the process.

use crate::story::{at, redactor, standing, told};
use serde_json::{Value, json};
use telemetry::seen::Seen;
use telemetry::shown::{metrics_json, overview, prometheus};

fn restored(saved: &Value) -> Seen {
    let mut seen = Seen::new(at(0.0));
    seen.restored(saved);
    seen
}

#[test]
fn all_counts_are_as_before_after_a_restart() {
    let before = told();
    let text = before.saved().to_string();
    let after = restored(&serde_json::from_str(&text).unwrap());
    assert_eq!(after.saved().to_string(), text);
    let counters = |seen: &Seen| {
        let page = prometheus(seen, &standing(), &redactor());
        let is_gauge = |line: &&str| {
            ["context_budget_usage_ratio", "probe_latency_ms", "requests_in_flight"]
                .iter()
                .any(|name| line.contains(name))
        };
        page.lines().filter(|line| !is_gauge(line)).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(counters(&before), counters(&after));
    let money = |seen: &Seen| overview(seen, &standing(), &redactor())["money"].clone();
    assert_eq!(money(&before), money(&after));
}

#[test]
fn what_is_kept_is_added() {
    let mut seen = told();
    let saved = seen.saved();
    seen.restored(&saved);
    let of =
        |seen: &Seen| metrics_json(seen, &standing(), &redactor())["counters"]["requests_total"].as_u64();
    assert_eq!(of(&seen), of(&told()).map(|count| 2 * count));
}

#[test]
fn what_is_odd_means_nothing() {
    let none = Seen::new(at(0.0)).saved();
    for odd in [
        json!(null),
        json!([1]),
        json!({"counts": 5, "histograms": [], "month": "x"}),
        json!({"counts": {"requests_total": "x", "events_total": [5, [["a"]], [[1], 2], [["a", "b"], 1], [["a"], -1]]}}),
        json!({"counts": {"unheard_of_total": [[[], 5]]}}),
        json!({"counts": {"events_total": [[["x".repeat(500)], 5]]}}),
        json!({"histograms": {"first_token_seconds": {"bounds": [1.0], "samples": [[[], [1, 2], 3]]}}}),
        json!({"month": {"month": "2026-99", "spent": 5}}),
    ] {
        assert_eq!(restored(&odd).saved(), none, "{odd}");
    }
}

#[test]
fn totals_agree_whatever_was_kept() {
    let seen =
        restored(&json!({"counts": {"provider_outcomes_total": [[["a", "ok"], 5], [["b", "failed"], 2]]}}));
    let page = metrics_json(&seen, &standing(), &redactor());
    assert_eq!(page["counters"]["requests_total"], 7);
    assert_eq!(page["counters"]["provider_attempts"], json!({"a": 5, "b": 2}));
}

#[test]
fn the_python_programs_counts_are_taken_over_once() {
    let python = json!({
        "requests_total": 10,
        "provider_attempts": {"a": 7, "b": 3},
        "provider_outcomes": {"a": {"ok": 6, "failed": 1, "failed_midstream": 2}, "b": {"failed": "x"}},
        "cost_total_usd": {"a": 1.5, "b": "x"},
        "cost_total_usd_aggregate": 1.5,
        "cost_savings_usd": {"a": 0.25},
        "language_tax_usd": {"a": 0.125},
        "chain_paid_gate_blocked_total": 1,
        "chain_budget_exceeded_total": 2,
        "chain_memory_pressure_blocked_total": 3,
        "chain_uniform_auth_failure_total": 4,
        "tokens_saved_total": 9,
        "tokens_saved_by_mechanism": {"compress": 9},
        "probe_rounds_total": 5,
        "unheard_of": {},
    });
    let mut seen = Seen::new(at(0.0));
    assert!(seen.adopted(&python));
    assert!(!seen.adopted(&python));
    let mut again = restored(&seen.saved());
    assert!(!again.adopted(&python));
    let counters = metrics_json(&again, &standing(), &redactor())["counters"].clone();
    // A stream that broke was counted as whole too.
    assert_eq!(counters["provider_outcomes"], json!({"a": {"ok": 4, "failed": 1, "failed_midstream": 2}}));
    for (key, expect) in [
        ("requests_total", json!(10)),
        ("cost_total_usd_aggregate", json!(1.5)),
        ("cost_savings_usd_aggregate", json!(0.25)),
        ("language_tax_usd_aggregate", json!(0.125)),
        ("chain_paid_gate_blocked_total", json!(1)),
        ("chain_budget_exceeded_total", json!(2)),
        ("chain_memory_pressure_blocked_total", json!(3)),
        ("chain_uniform_auth_failure_total", json!(4)),
        ("tokens_saved_total", json!(9)),
        ("probe_rounds_total", json!(5)),
    ] {
        assert_eq!(counters[key], expect, "{key}");
    }
    let mut inside = Seen::new(at(0.0));
    assert!(!inside.adopted(&Value::Null) && inside.adopted(&json!({"counters": python})));
    assert_eq!(inside.saved(), seen.saved());
}
