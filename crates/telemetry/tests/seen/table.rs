//! Every name of the Python program's pages, by itself: whoever reads them today reads them tomorrow.

use crate::story::{at, redactor, standing, told};
use serde_json::Value;
use telemetry::seen::Seen;
use telemetry::shown::{metrics_json, overview, prometheus, reference};

/// Name, type, labels, and whether it is there before anything happened.
const METRICS: &[(&str, &str, &[&str], bool)] = &[
    ("uptime_seconds", "gauge", &[], true),
    ("requests_total", "counter", &[], true),
    ("chain_paid_gate_blocked_total", "counter", &[], true),
    ("chain_budget_exceeded_total", "counter", &[], true),
    ("chain_memory_pressure_blocked_total", "counter", &[], true),
    ("chain_uniform_auth_failure_total", "counter", &[], true),
    ("auto_router_fallthrough_total", "counter", &[], true),
    ("provider_attempts_total", "counter", &["provider"], true),
    ("provider_outcomes_total", "counter", &["provider", "outcome"], true),
    ("provider_skipped_total", "counter", &["provider", "reason"], true),
    ("provider_demoted_unhealthy_total", "counter", &["provider"], true),
    ("backend_health_transitions_total", "counter", &["provider", "state"], true),
    ("capability_degraded_total", "counter", &["capability"], true),
    ("output_filter_applied_total", "counter", &["filter"], true),
    ("cache_read_tokens_total", "counter", &["provider"], true),
    ("cache_observed_total", "counter", &["provider", "outcome"], true),
    ("cost_total_usd_total", "counter", &["provider"], true),
    ("cost_savings_usd_total", "counter", &["provider"], true),
    ("context_budget_warnings_total", "counter", &["profile"], true),
    ("context_budget_trims_total", "counter", &["profile"], true),
    ("context_budget_usage_ratio", "gauge", &["profile"], true),
    ("drift_detected_total", "counter", &["provider"], true),
    ("drift_promoted_total", "counter", &[], false),
    ("drift_reload_total", "counter", &[], false),
    ("drift_reload_success_total", "counter", &[], false),
    ("partial_stitch_surfaced_total", "counter", &[], false),
    ("probe_total", "counter", &["provider"], false),
    ("probe_outcomes_total", "counter", &["provider", "outcome"], false),
    ("probe_rounds_total", "counter", &[], false),
    ("probe_drift_detected_total", "counter", &["provider"], false),
    ("probe_latency_ms", "gauge", &["provider"], false),
    ("stream_truncated_total", "counter", &["provider"], false),
    ("stream_truncated_by_action_total", "counter", &["action"], false),
];

#[test]
fn every_metric_of_the_python_program_is_there() {
    let fresh = prometheus(&Seen::new(at(0.0)), &standing(), &redactor());
    let full = prometheus(&told(), &standing(), &redactor());
    for (name, kind, labels, is_always) in METRICS {
        let (help, kind) =
            (format!("# HELP coderouter_{name} "), format!("\n# TYPE coderouter_{name} {kind}\n"));
        for (page, expect) in [(&fresh, *is_always), (&full, true)] {
            assert_eq!((page.contains(&help), page.contains(&kind)), (expect, expect), "{name}");
        }
        let label = |name: &&str| format!("{name}=\"");
        let sample = full.lines().find(|line| {
            let rest = line.strip_prefix(&format!("coderouter_{name}"));
            rest.is_some_and(|rest| rest.starts_with(if labels.is_empty() { ' ' } else { '{' }))
        });
        let sample = sample.unwrap_or_else(|| panic!("no sample of {name}"));
        assert_eq!(sample.matches("=\"").count(), labels.len(), "{sample}");
        assert!(labels.iter().all(|name| sample.contains(&label(name))), "{sample}");
    }
    assert!(full.ends_with('\n') && !full.ends_with("\n\n"));
}

#[test]
fn samples_stand_under_their_name_and_in_order() {
    let page = prometheus(&told(), &standing(), &redactor());
    let mut names = Vec::new();
    for block in page.split("# HELP ").skip(1) {
        let mut lines = block.lines();
        let name = lines.next().and_then(|line| line.split(' ').next()).unwrap();
        let kind = lines.next().unwrap();
        assert!(kind.starts_with(&format!("# TYPE {name} ")), "{kind}");
        let samples: Vec<&str> = lines.collect();
        assert!(samples.iter().all(|sample| sample.starts_with(name)), "{name}");
        if !kind.ends_with(" histogram") {
            assert!(samples.is_sorted(), "{name}");
        }
        names.push(name.to_owned());
    }
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn the_reference_has_every_metric_that_is_shown() {
    let page = prometheus(&told(), &standing(), &redactor());
    let shown = page.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let row = |line: &str| {
        let (name, kind) = line.split_once(' ').unwrap();
        format!("| `{name}` | {kind} | ")
    };
    let reference = reference();
    let missing: Vec<String> = shown.map(row).filter(|row| !reference.contains(row)).collect();
    assert_eq!(missing, [""; 0]);
}

const TOP: &[&str] = &["uptime_s", "started_at", "startup", "counters", "providers", "recent", "config"];

const NUMBERS: &[&str] = &[
    "requests_total",
    "chain_paid_gate_blocked_total",
    "chain_budget_exceeded_total",
    "chain_memory_pressure_blocked_total",
    "chain_uniform_auth_failure_total",
    "auto_router_fallthrough_total",
    "cache_read_tokens_total",
    "cache_creation_tokens_total",
    "cost_total_usd_aggregate",
    "cost_savings_usd_aggregate",
    "context_budget_warnings_total",
    "context_budget_trims_total",
    "drift_detected_total",
    "drift_promoted_total",
    "drift_reload_total",
    "drift_reload_success_total",
    "partial_stitch_surfaced_total",
    "probe_rounds_total",
    "language_tax_usd_aggregate",
    "tokens_saved_total",
    "empty_responses_total",
    "stream_truncated_total",
];

const MAPS: &[&str] = &[
    "provider_attempts",
    "provider_skipped_paid",
    "provider_skipped_unknown",
    "provider_skipped_budget",
    "provider_skipped_memory_pressure",
    "provider_demoted_unhealthy",
    "capability_degraded",
    "output_filter_applied",
    "cache_read_tokens",
    "cache_creation_tokens",
    "cost_total_usd",
    "cost_savings_usd",
    "language_tax_usd",
    "provider_outcomes",
    "backend_health_transitions",
    "cache_outcomes",
    "context_budget_warnings_by_profile",
    "context_budget_trims_by_profile",
    "context_budget_latest_ratio",
    "drift_detected_by_provider",
    "probe_total",
    "probe_success",
    "probe_failure",
    "probe_latency_ms",
    "probe_drift_detected",
    "tokens_saved_by_mechanism",
    "empty_responses_by_provider",
    "stream_truncated_by_provider",
    "stream_truncated_by_action",
];

#[test]
fn every_key_of_the_python_program_is_there() {
    let fresh = metrics_json(&Seen::new(at(0.0)), &standing(), &redactor());
    let full = metrics_json(&told(), &standing(), &redactor());
    for page in [&fresh, &full] {
        let missing = TOP.iter().find(|key| page.get(key).is_none());
        assert_eq!(missing, None);
        assert!(NUMBERS.iter().all(|key| page["counters"][key].is_number()));
        assert!(MAPS.iter().all(|key| page["counters"][key].is_object()));
    }
    assert_eq!(fresh["startup"], serde_json::json!({}));
    assert!(NUMBERS.iter().all(|key| fresh["counters"][key].as_f64() == Some(0.0)));
    assert!(MAPS.iter().all(|key| fresh["counters"][key] == serde_json::json!({})));
    let quiet = "cache_creation_tokens_total cache_creation_tokens".split(' ').collect::<Vec<_>>();
    for key in NUMBERS.iter().chain(MAPS).filter(|key| !quiet.contains(key)) {
        let value = &full["counters"][key];
        assert!(value.as_f64() != Some(0.0) && *value != serde_json::json!({}), "nothing came to {key}");
    }
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    let provider = &full["providers"][0];
    assert_eq!(keys(provider), "attempts cache cost last_error name outcomes");
    assert_eq!(keys(&provider["outcomes"]), "failed failed_midstream ok");
    assert_eq!(keys(&provider["cache"]), "creation_tokens hit_rate observations outcomes read_tokens");
    assert_eq!(keys(&provider["cost"]), "language_tax_usd savings_usd total_usd");
}

#[test]
fn the_overview_has_what_was_agreed() {
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    for seen in [Seen::new(at(0.0)), told()] {
        let page = overview(&seen, &standing(), &redactor());
        assert_eq!(
            keys(&page),
            "chains display_timezone guards history in_flight models money now providers recent_requests requests started_at status telemetry uptime_s version"
        );
        assert_eq!(
            keys(&page["requests"]),
            "answered broken failed fell_back in_flight last_minute left total"
        );
        assert_eq!(
            keys(&page["money"]),
            "allow_paid cache_savings_usd caps language_tax_usd month spent_usd"
        );
        assert_eq!(
            keys(&page["providers"][0]),
            "attempts base_url cache cache_savings_usd class context_tokens cost_usd drift excluded_s failed failed_midstream first_token_ms health healthy in_flight kind language_tax_usd last_error latency_ms model name ok repairs resting_s tokens tokens_per_s"
        );
        let history = &page["history"];
        assert_eq!(keys(history), "failed fell_back providers requests start step_s");
        assert_eq!(history["requests"].as_array().unwrap().len(), 60);
        let local = &history["providers"]["local"];
        assert_eq!(
            keys(local),
            "attempts cache_hit_rate cost_usd failures first_token_ms latency_ms tokens_per_s"
        );
        assert!(local.as_object().unwrap().values().all(|series| series.as_array().unwrap().len() == 60));
    }
    let page = overview(&told(), &standing(), &redactor());
    assert_eq!(
        keys(&page["recent_requests"][0]),
        "at attempts cache class cost_usd error fallbacks first_token_ms guards id model outcome profile provider repairs savings_usd status stream tokens took_ms"
    );
    assert_eq!(keys(&page["in_flight"][0]), "attempt id provider since");
    assert_eq!(keys(&page["guards"][0]), "count event last profile provider");
    assert_eq!(keys(&page["models"][0]), "answers calls_left calls_repaired model provider");
}
