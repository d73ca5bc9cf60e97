//! `GET /v1/overview`: what the dashboard shows. The parts with much in them are files under `overview/`.

mod history;
mod providers;
mod requests;

pub use requests::request_summary;

use super::number::{dollars, rounded};
use crate::moment::rfc3339;
use crate::redact::Redactor;
use crate::seen::{Counters, Metric, Seen};
use crate::standing::{CapStanding, Standing};
use canon::moment::Month;
use serde_json::{Value, json};
use std::time::SystemTime;

/// What the dashboard shows, as one JSON document.
pub fn overview(seen: &Seen, standing: &Standing, redactor: &Redactor) -> Value {
    let now = standing.now;
    let uptime = now.duration_since(seen.started_at).unwrap_or_default();
    let counters = seen.counters();
    json!({
        "version": standing.version,
        "now": rfc3339(now),
        "started_at": rfc3339(seen.started_at),
        "uptime_s": rounded(uptime.as_secs_f64(), 3),
        "display_timezone": standing.display_timezone,
        "status": status(seen, now),
        "requests": totals(seen, now),
        "money": money(seen, standing),
        "chains": standing.chains,
        "providers": providers::providers(seen, standing, redactor),
        "models": providers::models(counters, redactor),
        "history": history::history(seen, standing),
        "in_flight": requests::in_flight(seen),
        "recent_requests": requests::recent(seen, redactor),
        "guards": guards(seen, redactor),
        "telemetry": {
            "dropped": counters.get(Metric::Lost, &[]),
            "store": standing.store.map(|store| store.word()),
        },
    })
}

/// How requests that ended in the last five minutes went: fine with fewer than one in twenty unanswered or broken and
/// fewer than half on another provider; bad from one in five unanswered or broken on, though a single one is no trend
/// while others were answered.
fn status(seen: &Seen, now: SystemTime) -> &'static str {
    let minutes = seen.history.minutes.last(5, now).flatten();
    let (all, failed, fell_back) = minutes.fold((0_u64, 0_u64, 0_u64), |(all, failed, fell_back), minute| {
        let (requests, bad) = (u64::from(minute.requests), u64::from(minute.failed));
        (all + requests, failed + bad, fell_back + u64::from(minute.fell_back))
    });
    match all {
        0 => "idle",
        _ if failed * 20 < all && fell_back * 2 < all => "ok",
        _ if failed * 5 < all || (failed == 1 && all > 1) => "degraded",
        _ => "failing",
    }
}

/// Requests of clients since counting began. An answer that broke off counts as broken even where what had been said
/// of it was given as a short answer.
fn totals(seen: &Seen, now: SystemTime) -> Value {
    let counters = seen.counters();
    let of = |outcome: &str| counters.get(Metric::ClientRequests, &[outcome]);
    let last_minute: u64 = seen.history.seconds.last(60, now).flatten().map(|count| u64::from(*count)).sum();
    json!({
        "total": counters.sum(Metric::ClientRequests),
        "answered": of("answered") + of("welcomed"),
        "failed": of("unanswered"),
        "broken": of("broken") + of("surfaced"),
        "left": of("left"),
        "fell_back": counters.get(Metric::FellBack, &[]),
        "in_flight": seen.requests.under_way().count(),
        "last_minute": last_minute,
    })
}

/// Money of the current month.
fn money(seen: &Seen, standing: &Standing) -> Value {
    let sums = seen.month.at(standing.now);
    let cap = |cap: &CapStanding| {
        json!({
            "scope": cap.scope, "name": cap.name,
            "cap_usd": dollars(cap.cap), "spent_usd": dollars(cap.spent), "left_usd": dollars(cap.left),
        })
    };
    json!({
        "allow_paid": standing.allow_paid,
        "month": Month::of(standing.now).to_string(),
        "spent_usd": dollars(standing.month_spent.unwrap_or(sums.spent)),
        "cache_savings_usd": dollars(sums.savings),
        "language_tax_usd": dollars(sums.tax),
        "caps": standing.caps.iter().map(cap).collect::<Vec<_>>(),
    })
}

fn guards(seen: &Seen, redactor: &Redactor) -> Value {
    let counters: &Counters = seen.counters();
    let named = |name: &Option<String>| name.as_deref().map(|name| redactor.clean(name).into_owned());
    let guards = seen.guards.latest().into_iter().map(|(name, acted)| {
        json!({
            "event": name,
            "count": counters.get(Metric::Events, &[name]),
            "last": rfc3339(acted.at),
            "provider": named(&acted.provider),
            "profile": named(&acted.profile),
        })
    });
    guards.collect()
}
