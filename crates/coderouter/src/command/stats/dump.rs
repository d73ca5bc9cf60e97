//! `coderouter stats --once`: the text of the Python program, from `GET /metrics.json`.

use super::facts::{Counters, lenient};
use super::words;
use crate::command::fact::time_of_day;
use crate::command::plain::{cut, padded, plain_document};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;
use std::fmt::Write;

/// What the text is made of.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Metrics {
    uptime_s: f64,
    startup: Value,
    counters: Value,
    providers: Vec<Provider>,
    recent: Vec<Recent>,
    config: Config,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Config {
    default_profile: Option<String>,
    display_timezone: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Provider {
    name: String,
    attempts: u64,
    outcomes: Outcomes,
    last_error: Option<LastError>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Outcomes {
    ok: u64,
    failed: u64,
    failed_midstream: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LastError {
    status: Option<u16>,
    error: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Recent {
    ts: String,
    event: String,
    provider: Option<String>,
    status: Option<u16>,
}

/// The text of a metrics document.
pub fn text(mut metrics: Value) -> String {
    plain_document(&mut metrics);
    let mut it: Metrics = lenient(metrics);
    it.providers.sort_by(|one, other| one.name.cmp(&other.name));
    let mut out = heading(&it);
    providers(&it, &mut out);
    gates(&it, &mut out);
    recent(&it, &mut out);
    out
}

fn heading(it: &Metrics) -> String {
    let started = it.startup["default_profile"].as_str();
    let profile = it.config.default_profile.as_deref().or(started).unwrap_or("?");
    let requests = it.counters["requests_total"].as_u64().unwrap_or(0);
    let zone = it.config.display_timezone.as_deref().filter(|name| words::zone(Some(name)).is_some());
    format!(
        "coderouter stats — profile: {profile}  uptime: {}  requests: {requests}  tz: {}\n{}\n",
        words::uptime(it.uptime_s),
        zone.unwrap_or("UTC"),
        "-".repeat(80)
    )
}

fn providers(it: &Metrics, out: &mut String) {
    // Writing to a text can't fail.
    let _ =
        writeln!(out, "Providers\n  {:<22} {:>5} {:>5} {:>7}  last error", "name", "att", "ok%", "failed");
    if it.providers.is_empty() {
        out.push_str("  (no requests seen yet)\n");
    }
    for provider in &it.providers {
        let Outcomes { ok, failed, failed_midstream } = provider.outcomes;
        let failed = failed.saturating_add(failed_midstream);
        let rate = match ok.saturating_add(failed) {
            0 => 1.0,
            all => ok as f64 / all as f64,
        };
        let line = format!(
            "  {} {:>5} {:>5} {failed:>7}  {}",
            padded(&provider.name, 22),
            provider.attempts,
            words::percent(rate),
            last_error(provider),
        );
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

/// The status and the words, in at most 40 columns.
fn last_error(provider: &Provider) -> String {
    let Some(LastError { status, error }) = &provider.last_error else { return String::new() };
    let text = words::error(&provider.name, *status, error.as_deref().unwrap_or_default());
    cut(&text, 40).into_owned()
}

fn gates(it: &Metrics, out: &mut String) {
    let counters: Counters = lenient(it.counters.clone());
    let sum = |value: fn(&Outcomes) -> u64| it.providers.iter().map(|it| value(&it.outcomes)).sum::<u64>();
    let failed = sum(|it| it.failed.saturating_add(it.failed_midstream));
    let all = failed.saturating_add(sum(|it| it.ok));
    let rate = if all == 0 { 0.0 } else { failed as f64 / all as f64 * 100.0 };
    out.push_str("Fallback & Gates\n");
    let mut row = |name: &str, value: String| {
        let _ = writeln!(out, "{}", format!("  {name:<22} {value}").trim_end());
    };
    row("fallback rate", format!("{rate:.1}%  ({failed}/{all})"));
    row("paid-gate blocked", counters.chain_paid_gate_blocked_total.to_string());
    let by = |counts: &std::collections::BTreeMap<String, u64>| {
        format!("{}  {}", counts.values().sum::<u64>(), words::breakdown(counts))
    };
    row("capability degraded", by(&counters.capability_degraded));
    row("output-filter applied", by(&counters.output_filter_applied));
    let (warned, cut) = (counters.context_budget_warnings_total, counters.context_budget_trims_total);
    if warned + cut > 0 {
        let latest = counters.context_budget_latest_ratio.values().copied().fold(0.0, f64::max);
        row("context-budget", format!("warn {warned}  trim {cut}  latest {}", words::percent(latest)));
    }
}

/// The latest ten events, the newest first.
fn recent(it: &Metrics, out: &mut String) {
    out.push_str("Recent\n");
    if it.recent.is_empty() {
        out.push_str("  (no events yet)\n");
    }
    let zone = words::zone(it.config.display_timezone.as_deref()).unwrap_or(TimeZone::UTC);
    let mut latest: Vec<&Recent> = it.recent.iter().collect();
    latest.sort_by(|one, other| other.ts.cmp(&one.ts));
    for event in latest.into_iter().take(10) {
        let what = match (event.event.as_str(), event.status) {
            ("provider-ok", _) => "ok".to_owned(),
            ("try-provider", _) => "try".to_owned(),
            ("provider-failed" | "provider-failed-midstream", Some(status)) => format!("FAIL ({status})"),
            ("provider-failed" | "provider-failed-midstream", None) => "FAIL".to_owned(),
            (name, _) => name.to_owned(),
        };
        let provider = padded(event.provider.as_deref().unwrap_or("-"), 22);
        let _ = writeln!(out, "  {} {provider} {what}", time_of_day(&event.ts, &zone));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_text_of_a_router_with_traffic() {
        let metrics = json!({
            "uptime_s": 184.2,
            "counters": {
                "requests_total": 5, "chain_paid_gate_blocked_total": 1,
                "capability_degraded": {"thinking": 1, "top_k": 3}, "output_filter_applied": {},
                "context_budget_warnings_total": 2, "context_budget_latest_ratio": {"main": 0.83},
            },
            "providers": [
                {"name": "zeta", "attempts": 1, "outcomes": {"ok": 1}},
                {"name": "モデル\u{1b}[31m", "attempts": 4, "outcomes": {"ok": 1, "failed": 2, "failed_midstream": 1},
                 "last_error": {"status": 503, "error": "the server is overloaded; try again later, please"}},
            ],
            "recent": [
                {"ts": "2026-11-28T09:28:00.123Z", "event": "try-provider", "provider": "zeta"},
                {"ts": "2026-11-28T09:28:01.123Z", "event": "provider-failed", "provider": "zeta", "status": 500},
                {"ts": "2026-11-28T09:28:02.123Z", "event": "paid-gate", "provider": null},
            ],
            "config": {"default_profile": "main", "display_timezone": "Asia/Tokyo"},
        });
        insta::assert_snapshot!(text(metrics));
    }

    #[test]
    fn the_text_of_a_router_that_has_seen_nothing() {
        insta::assert_snapshot!(text(
            json!({"uptime_s": 1.0, "config": {"default_profile": "main", "display_timezone": null}})
        ));
    }
}
