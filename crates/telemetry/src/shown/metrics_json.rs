//! `GET /metrics.json`: the Python program's keys, and ours beside them.

use super::number::{clean, json, millis, rounded};
use crate::moment::rfc3339;
use crate::redact::Redactor;
use crate::seen::{Counters, Entry, METRICS, Metric, Seen, Unit};
use crate::standing::Standing;
use serde_json::{Map, Value, json as object};

/// Where the Python program's counter comes from.
enum From {
    /// All counts of a metric together.
    Sum(Metric),
    /// The counts of a metric by its labels, one within the other.
    Map(Metric),
    /// The same, of the samples whose last label is this word.
    Where(Metric, &'static str),
}

use From::{Map as By, Sum, Where};

/// The Python program's counters.
const COUNTERS: &[(&str, From)] = &[
    ("requests_total", Sum(Metric::Attempts)),
    ("chain_paid_gate_blocked_total", Sum(Metric::PaidGateBlocked)),
    ("chain_budget_exceeded_total", Sum(Metric::BudgetBlocked)),
    ("chain_memory_pressure_blocked_total", Sum(Metric::MemoryBlocked)),
    ("chain_uniform_auth_failure_total", Sum(Metric::UniformAuth)),
    ("auto_router_fallthrough_total", Sum(Metric::AutoFallthrough)),
    ("cache_read_tokens_total", Sum(Metric::CacheRead)),
    ("cache_creation_tokens_total", Sum(Metric::CacheCreation)),
    ("cost_total_usd_aggregate", Sum(Metric::Cost)),
    ("cost_savings_usd_aggregate", Sum(Metric::Savings)),
    ("context_budget_warnings_total", Sum(Metric::ContextWarnings)),
    ("context_budget_trims_total", Sum(Metric::ContextTrims)),
    ("drift_detected_total", Sum(Metric::DriftDetected)),
    ("drift_promoted_total", Sum(Metric::DriftPromoted)),
    ("drift_reload_total", Sum(Metric::DriftReload)),
    ("drift_reload_success_total", Sum(Metric::DriftReloadOk)),
    ("partial_stitch_surfaced_total", Sum(Metric::PartialStitch)),
    ("probe_rounds_total", Sum(Metric::ProbeRounds)),
    ("language_tax_usd_aggregate", Sum(Metric::LanguageTax)),
    ("tokens_saved_total", Sum(Metric::TokensSaved)),
    ("empty_responses_total", Sum(Metric::Empty)),
    ("stream_truncated_total", Sum(Metric::StreamTruncated)),
    ("provider_attempts", By(Metric::ProviderAttempts)),
    ("provider_skipped_paid", Where(Metric::ProviderSkipped, "paid")),
    ("provider_skipped_unknown", Where(Metric::ProviderSkipped, "unknown")),
    ("provider_skipped_budget", Where(Metric::ProviderSkipped, "budget")),
    ("provider_skipped_memory_pressure", Where(Metric::ProviderSkipped, "memory_pressure")),
    ("provider_demoted_unhealthy", By(Metric::Demoted)),
    ("capability_degraded", By(Metric::CapabilityDegraded)),
    ("output_filter_applied", By(Metric::OutputFilter)),
    ("cache_read_tokens", By(Metric::CacheRead)),
    ("cache_creation_tokens", By(Metric::CacheCreation)),
    ("cost_total_usd", By(Metric::Cost)),
    ("cost_savings_usd", By(Metric::Savings)),
    ("language_tax_usd", By(Metric::LanguageTax)),
    ("provider_outcomes", By(Metric::ProviderOutcomes)),
    ("backend_health_transitions", By(Metric::HealthTransitions)),
    ("cache_outcomes", By(Metric::CacheObserved)),
    ("context_budget_warnings_by_profile", By(Metric::ContextWarnings)),
    ("context_budget_trims_by_profile", By(Metric::ContextTrims)),
    ("context_budget_latest_ratio", By(Metric::ContextRatio)),
    ("drift_detected_by_provider", By(Metric::DriftDetected)),
    ("probe_total", By(Metric::Probes)),
    ("probe_success", Where(Metric::ProbeOutcomes, "success")),
    ("probe_failure", Where(Metric::ProbeOutcomes, "failure")),
    ("probe_latency_ms", By(Metric::ProbeLatency)),
    ("probe_drift_detected", By(Metric::ProbeDrift)),
    ("tokens_saved_by_mechanism", By(Metric::TokensSaved)),
    ("empty_responses_by_provider", By(Metric::Empty)),
    ("stream_truncated_by_provider", By(Metric::StreamTruncated)),
    ("stream_truncated_by_action", By(Metric::TruncatedBy)),
];

/// The first metric that the Python program did not have.
const FIRST_OF_OURS: Metric = Metric::ClientRequests;

/// What was seen as one JSON document.
pub fn metrics_json(seen: &Seen, standing: &Standing, redactor: &Redactor) -> Value {
    let uptime = standing.now.duration_since(seen.started_at).unwrap_or_default();
    let providers = seen.providers().map(|name| provider(seen, name, redactor));
    let recent = seen.recent.entries().map(|entry| recent(entry, redactor));
    object!({
        "uptime_s": rounded(uptime.as_secs_f64(), 3),
        "started_at": rfc3339(seen.started_at),
        "startup": startup(seen),
        "counters": counters(seen.counters(), redactor),
        "providers": providers.collect::<Vec<_>>(),
        "recent": recent.collect::<Vec<_>>(),
        "config": config(standing, redactor),
        "histograms": histograms(seen.counters(), redactor),
        "requests_in_flight": seen.requests.under_way().count(),
    })
}

fn startup(seen: &Seen) -> Value {
    let Some(it) = &seen.startup else { return object!({}) };
    let providers: Vec<&str> = it.providers.iter().map(|name| name.as_str()).collect();
    let profiles: Vec<&str> = it.profiles.iter().map(|name| name.as_str()).collect();
    object!({
        "version": it.version,
        "providers": providers,
        "profiles": profiles,
        "default_profile": it.default_profile.as_str(),
        "allow_paid": it.allow_paid,
        "mode_source": it.mode_source,
    })
}

fn counters(counters: &Counters, redactor: &Redactor) -> Value {
    let theirs = COUNTERS.iter().map(|(name, from)| {
        let value = match from {
            Sum(metric) => json(metric.row().unit(), counters.sum(*metric)),
            By(metric) => nested(counters, *metric, None, redactor),
            Where(metric, word) => nested(counters, *metric, Some(word), redactor),
        };
        ((*name).to_owned(), value)
    });
    let ours = METRICS.iter().skip(FIRST_OF_OURS as usize).filter(|row| row.bounds().is_none());
    let ours = ours.map(|row| {
        let value = match row.labels {
            [] => json(row.unit(), counters.get(row.metric, &[])),
            _ => nested(counters, row.metric, None, redactor),
        };
        (row.name, value)
    });
    // A name that both have is theirs: there the total stands, and by whom beside it.
    let mut all: Map<String, Value> = theirs.collect();
    for (name, value) in ours {
        all.entry(name).or_insert(value);
    }
    Value::Object(all)
}

/// Counts by their labels, one within the other.
fn nested(counters: &Counters, metric: Metric, only: Option<&str>, redactor: &Redactor) -> Value {
    let (unit, mut all) = (metric.row().unit(), Map::new());
    for (labels, count) in counters.all(metric) {
        let labels = match (only, &labels[..]) {
            (None, labels) => labels,
            (Some(only), [labels @ .., last]) if *last == only => labels,
            (Some(_), _) => continue,
        };
        put(&mut all, labels, json(unit, count), redactor);
    }
    Value::Object(all)
}

fn put(into: &mut Map<String, Value>, labels: &[&str], value: Value, redactor: &Redactor) {
    match labels {
        [] => {}
        [label] => {
            into.insert(redactor.clean(label).into_owned(), value);
        }
        [label, rest @ ..] => {
            let inner = into.entry(redactor.clean(label)).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value, redactor);
            }
        }
    }
}

fn provider(seen: &Seen, name: &str, redactor: &Redactor) -> Value {
    let counters = seen.counters();
    let outcome = |outcome| counters.get(Metric::ProviderOutcomes, &[name, outcome]);
    let usd = |metric| json(Unit::Usd, counters.get(metric, &[name]));
    object!({
        "name": name,
        "attempts": counters.get(Metric::ProviderAttempts, &[name]),
        "outcomes": {
            "ok": outcome("ok"),
            "failed": outcome("failed"),
            "failed_midstream": outcome("failed_midstream"),
        },
        "last_error": seen.recent.error_of(name).map(|last| object!({
            "ts": rfc3339(last.at),
            "status": last.status,
            "retryable": last.retryable,
            "error": clean(&last.error, 200, redactor),
        })),
        "cache": cache(counters, name),
        "cost": {
            "total_usd": usd(Metric::Cost),
            "savings_usd": usd(Metric::Savings),
            "language_tax_usd": usd(Metric::LanguageTax),
        },
    })
}

/// What prompt caches did for a provider's answers.
fn cache(counters: &Counters, name: &str) -> Value {
    let [hits, creations, none, unknown] = cache_outcomes(counters, name);
    let outcomes =
        [("cache_hit", hits), ("cache_creation", creations), ("no_cache", none), ("unknown", unknown)];
    let outcomes = outcomes.into_iter().filter(|(_, count)| *count > 0);
    object!({
        "read_tokens": counters.get(Metric::CacheRead, &[name]),
        "creation_tokens": counters.get(Metric::CacheCreation, &[name]),
        "outcomes": outcomes.map(|(name, count)| (name.to_owned(), count.into())).collect::<Map<_, _>>(),
        "hit_rate": hit_rate([hits, creations, none]),
        "observations": hits + creations + none + unknown,
    })
}

/// Answers of a provider by what the cache did: hit, creation, none, unknown.
pub(super) fn cache_outcomes(counters: &Counters, provider: &str) -> [u64; 4] {
    ["cache_hit", "cache_creation", "no_cache", "unknown"]
        .map(|outcome| counters.get(Metric::CacheObserved, &[provider, outcome]))
}

/// The share of hits among answers whose backend said what its cache did.
pub(super) fn hit_rate([hits, creations, none]: [u64; 3]) -> Value {
    let known = hits.saturating_add(creations).saturating_add(none);
    rounded(hits as f64 / known as f64, 4)
}

fn recent(entry: &Entry, redactor: &Redactor) -> Value {
    let mut it = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        it.extend(value.map(|value| (name.to_owned(), value)));
    };
    put("ts", Some(rfc3339(entry.at).into()));
    put("event", Some(entry.event.into()));
    put("provider", entry.provider.as_ref().map(|name| name.as_str().into()));
    put("stream", entry.stream.map(Value::from));
    put("status", entry.status.map(Value::from));
    put("retryable", entry.retryable.map(Value::from));
    put("request_id", entry.request.map(|id| id.to_string().into()));
    put("profile", entry.profile.as_ref().map(|name| name.as_str().into()));
    put("duration_ms", entry.took.map(millis));
    put("error", entry.error.as_ref().map(|error| clean(error, 200, redactor).into()));
    Value::Object(it)
}

fn config(standing: &Standing, redactor: &Redactor) -> Value {
    let providers = standing.providers.iter().map(|it| {
        object!({
            "name": it.name.as_str(), "kind": it.kind, "paid": it.paid, "base_url": redactor.clean(&it.base_url),
            "class": it.class.word(), "model": it.model,
        })
    });
    let profiles = standing.profiles.iter().map(|it| {
        let providers: Vec<&str> = it.providers.iter().map(|name| name.as_str()).collect();
        object!({"name": it.name.as_str(), "providers": providers})
    });
    object!({
        "default_profile": standing.default_profile.as_str(),
        "allow_paid": standing.allow_paid,
        "display_timezone": standing.display_timezone,
        "providers": providers.collect::<Vec<_>>(),
        "profiles": profiles.collect::<Vec<_>>(),
    })
}

/// Every histogram: its bounds, and for each of its samples how many values were at most which.
fn histograms(counters: &Counters, redactor: &Redactor) -> Value {
    let rows = METRICS.iter().filter_map(|row| Some((row, row.bounds()?)));
    let rows = rows.map(|(row, bounds)| {
        let samples = counters.histograms(row.metric).map(|(labels, it)| {
            let labels = row.labels.iter().zip(labels);
            let labels = labels.map(|(name, label)| ((*name).to_owned(), redactor.clean(label).into()));
            object!({
                "labels": labels.collect::<Map<_, _>>(),
                "counts": it.counts, "count": it.count(), "sum": it.sum(),
            })
        });
        (row.name.to_owned(), object!({"bounds": bounds, "samples": samples.collect::<Vec<_>>()}))
    });
    Value::Object(rows.collect())
}
