//! The screen at several sizes, as a terminal without colours shows it.

use super::draw;
use super::palette::Palette;
use crate::command::stats::facts::{Facts, lenient};
use crate::command::stats::view::{Detail, Known, Trouble, View};
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serde_json::{Value, json};
use std::time::Duration;

fn view() -> View {
    View::new(Palette::Plain, TimeZone::UTC, Duration::from_secs(1))
}

fn shown(size: (u16, u16), facts: Option<&Facts>, view: &View) -> String {
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal.draw(|frame| draw(frame, facts, view)).unwrap();
    terminal.backend().to_string()
}

/// The same with other values of some fields.
fn with(mut it: Value, more: Value) -> Value {
    if let (Value::Object(it), Value::Object(more)) = (&mut it, more) {
        it.extend(more);
    }
    it
}

fn provider(name: &str, more: Value) -> Value {
    let it = json!({
        "name": name, "class": "local", "health": "HEALTHY", "healthy": true, "attempts": 40, "ok": 40,
        "latency_ms": {"p50": 840.0, "p95": 2_100.0}, "first_token_ms": {"p50": 210.0, "p95": 400.0}, "tokens_per_s": 31.4,
    });
    with(it, more)
}

fn request(id: &str, outcome: &str, more: Value) -> Value {
    let it = json!({
        "id": id, "at": "2026-11-28T09:28:00.123Z", "profile": "coding", "provider": "local", "model": "qwen3-coder:30b",
        "status": 200, "outcome": outcome, "attempts": 1, "took_ms": 1_240.0, "tokens": {"input": 18_200, "output": 312},
    });
    with(it, more)
}

fn busy() -> Facts {
    let out = json!({
        "health": "UNHEALTHY", "healthy": false, "excluded_s": 42.0, "ok": 30, "failed": 9, "failed_midstream": 1,
        "class": "free", "last_error": {"at": "", "status": 503, "error": "[cloud] 503: overloaded, try later"},
    });
    let hour = |peak: u64| (0..60_u64).map(|minute| minute * minute % (peak + 1)).collect::<Vec<_>>();
    let left = json!({
        "provider": "dear", "cost_usd": 0.0123, "attempts": 2, "fallbacks": [{"from": "cloud", "reason": "upstream-5xx"}],
    });
    let failed = json!({"status": 502, "provider": null, "model": null, "error": "nobody could answer"});
    let overview = json!({
        "version": "0.1.0", "uptime_s": 4_980.0, "display_timezone": "Asia/Tokyo", "status": "degraded",
        "requests": {"total": 12_345, "failed": 3, "fell_back": 17, "in_flight": 1, "last_minute": 9},
        "money": {"allow_paid": true, "month": "2026-11", "spent_usd": 1.0, "cache_savings_usd": 0.25, "caps": [
            {"scope": "all", "cap_usd": 5.0, "spent_usd": 1.0}, {"scope": "provider", "name": "dear", "cap_usd": 1.0, "spent_usd": 1.0},
        ]},
        "chains": [{"profile": "other"}, {"profile": "coding", "is_default": true}],
        "providers": [
            provider("local", json!({"in_flight": 1})), provider("cloud", out),
            provider("dear", json!({"class": "paid", "cost_usd": 1.0, "resting_s": 3.0})),
            provider("日本語のモデル名がとても長い", json!({"attempts": 0, "ok": 0, "latency_ms": null, "drift": "demoted"})),
        ],
        "history": {"requests": hour(20), "failed": hour(2), "fell_back": hour(3)},
        "in_flight": [{"id": "req_9", "provider": "local"}],
        "recent_requests": [
            request("req_c", "answered", json!({"guards": ["tool-loop-detected"], "repairs": 2})),
            request("req_b", "answered", left), request("req_a", "unanswered", failed),
        ],
        "guards": [{"event": "tool-loop-detected", "count": 3, "last": "2026-11-28T09:27:00Z", "profile": "coding"}],
    });
    let metrics = json!({"counters": {
        "chain_paid_gate_blocked_total": 2, "capability_degraded": {"thinking": 1, "top_k": 4},
        "context_budget_warnings_total": 1, "context_budget_latest_ratio": {"coding": 0.83},
    }});
    Facts::read(overview, metrics)
}

#[test]
fn a_busy_router_at_every_size() {
    let facts = busy();
    for size in [(160, 40), (120, 30), (100, 40), (80, 24), (60, 15)] {
        let name = format!("busy_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name, shown(size, Some(&facts), &view()));
    }
}

#[test]
fn a_router_that_has_seen_nothing() {
    let facts = Facts::read(
        json!({"status": "idle", "providers": [], "chains": [{"profile": "default", "is_default": true}]}),
        json!({}),
    );
    insta::assert_snapshot!(shown((120, 30), Some(&facts), &view()));
}

#[test]
fn what_is_chosen() {
    let mut view = view();
    (view.selected, view.is_only_failures, view.is_paused) = (Some("req_a".to_owned()), true, true);
    insta::assert_snapshot!("failures_only", shown((80, 24), Some(&busy()), &view));
    view.is_more = true;
    insta::assert_snapshot!("more", shown((80, 24), Some(&busy()), &view));
    view.is_help = true;
    insta::assert_snapshot!("help", shown((80, 24), Some(&busy()), &view));
}

#[test]
fn a_request_that_is_looked_into() {
    let route = json!({
        "request_id": "req_b", "table": "profile coding: 2 to try\n  1  cloud\n  2  dear", "answered_by": "dear", "status": 200,
        "hops": [{"from": "cloud", "to": "dear", "reason": "upstream-5xx", "detail": "status=503"}],
        "summary": request("req_b", "answered", json!({"provider": "dear"})),
        "facts": [{"ts": "2026-11-28T09:28:00.123Z", "level": "INFO", "msg": "try-provider", "provider": "cloud"}],
    });
    let mut view = view();
    let known = Known::Told(Box::new(lenient(route)));
    view.detail = Some(Detail { id: "req_b".to_owned(), known, scroll: 0 });
    insta::assert_snapshot!("detail", shown((80, 24), Some(&busy()), &view));
    view.detail = Some(Detail { id: "req_b".to_owned(), known: Known::Asked, scroll: 0 });
    insta::assert_snapshot!("detail_asked", shown((60, 6), Some(&busy()), &view));
}

#[test]
fn a_router_that_does_not_answer() {
    let mut view = view();
    insta::assert_snapshot!("asking", shown((60, 6), None, &view));
    let reason = "no coderouter answers at http://127.0.0.1:4000; start one with `coderouter serve`, or name its port with --port";
    view.trouble = Some(Trouble { reason: reason.to_owned(), tries: 3 });
    insta::assert_snapshot!("nobody", shown((60, 15), None, &view));
    view.age = Duration::from_secs(12);
    insta::assert_snapshot!("gone", shown((80, 15), Some(&busy()), &view));
}

/// No text of anybody reaches the terminal as more than text, and no size or number breaks the screen.
#[test]
fn hostile_names_at_any_size() {
    let nasty = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}a\nb\tc\u{0}\u{200b}漢字👩‍💻e\u{301}";
    let overview = json!({
        "status": nasty, "version": nasty, "display_timezone": nasty, "uptime_s": -1e300,
        "requests": {"total": u64::MAX, "failed": u64::MAX, "fell_back": u64::MAX, "in_flight": u64::MAX},
        "money": {"month": nasty, "spent_usd": 1e300, "caps": [
            {"scope": nasty, "name": nasty, "cap_usd": 0.0, "spent_usd": -5.0}, {"scope": nasty, "cap_usd": 1e-300, "spent_usd": 1e300},
        ]},
        "chains": [{"profile": nasty, "is_default": true}],
        "providers": [provider(nasty, json!({
            "class": nasty, "health": nasty, "ok": u64::MAX, "failed": u64::MAX, "failed_midstream": u64::MAX,
            "latency_ms": {"p50": 1e300, "p95": -1.0}, "tokens_per_s": 1e300, "excluded_s": 1e300,
            "last_error": {"status": 65535, "error": nasty},
        }))],
        "history": {"requests": [u64::MAX, 0, 1], "failed": [u64::MAX, u64::MAX]},
        "recent_requests": [request(nasty, nasty, json!({
            "at": nasty, "provider": nasty, "model": nasty, "error": nasty, "guards": [nasty], "took_ms": -1e300,
            "fallbacks": [{"from": nasty, "reason": nasty}],
        }))],
        "guards": [{"event": nasty, "count": u64::MAX, "last": nasty, "provider": nasty, "profile": nasty}],
    });
    let facts =
        Facts::read(overview, json!({"counters": {"capability_degraded": {nasty: u64::MAX, "b": u64::MAX}}}));
    for width in [1, 2, 19, 20, 21, 40, 59, 60, 76, 119, 120, 200, 400] {
        for height in [1, 3, 4, 5, 8, 15, 24, 34, 60] {
            for (is_more, is_help) in [(false, false), (true, false), (false, true)] {
                let mut view = view();
                (view.is_more, view.is_help) = (is_more, is_help);
                view.selected = facts.overview.recent_requests.first().map(|request| request.id.clone());
                let text = shown((width, height), Some(&facts), &view);
                let steers = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}' || c == '\u{200b}');
                assert!(!text.contains(steers), "{width}x{height}: {text:?}");
            }
        }
    }
}
