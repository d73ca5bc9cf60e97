//! Providers and their models.

use crate::moment::rfc3339;
use crate::redact::Redactor;
use crate::seen::{Counters, Metric, Seen, Unit};
use crate::shown::metrics_json::{cache_outcomes, hit_rate};
use crate::shown::number::{self, clean, millis, rounded};
use crate::standing::{ProviderStanding, Standing};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

/// Calls that were mended, and calls that were left as they were.
type Calls = (u64, u64);

/// The calls in answers of each provider's models.
type Repairs<'c> = BTreeMap<(&'c str, &'c str), Calls>;

/// Every configured provider, in the order of the configuration.
pub(super) fn providers(seen: &Seen, standing: &Standing, redactor: &Redactor) -> Value {
    let repairs = repairs(seen.counters());
    standing.providers.iter().map(|it| provider(seen, it, &repairs, standing.now, redactor)).collect()
}

fn provider(
    seen: &Seen,
    it: &ProviderStanding,
    repairs: &Repairs<'_>,
    now: SystemTime,
    redactor: &Redactor,
) -> Value {
    let (counters, name) = (seen.counters(), it.name.as_str());
    let outcome = |outcome| counters.get(Metric::ProviderOutcomes, &[name, outcome]);
    let tokens = |kind| counters.get(Metric::Tokens, &[name, kind]);
    let usd = |metric| number::json(Unit::Usd, counters.get(metric, &[name]));
    let history = seen.history.providers.get(name);
    let [took, first_token] = history.map(|history| history.quantiles(now)).unwrap_or_default();
    let rate = history.and_then(|history| history.tokens_per_second(now));
    let calls = repairs.iter().filter(|((provider, _), _)| *provider == name);
    let (repaired, left) = calls.fold((0, 0), |sum, (_, calls)| (sum.0 + calls.0, sum.1 + calls.1));
    let [hits, creations, none, unknown] = cache_outcomes(counters, name);
    json!({
        "name": name, "model": it.model, "context_tokens": it.context_tokens, "kind": it.kind, "class": it.class.word(), "base_url": redactor.clean(&it.base_url),
        "health": it.health, "healthy": it.healthy,
        "excluded_s": seconds(it.excluded), "resting_s": seconds(it.resting),
        "drift": it.drift, "in_flight": it.in_flight,
        "attempts": counters.get(Metric::ProviderAttempts, &[name]),
        "ok": outcome("ok"), "failed": outcome("failed"), "failed_midstream": outcome("failed_midstream"),
        "last_error": last_error(seen, name, redactor),
        "latency_ms": quantiles(took), "first_token_ms": quantiles(first_token),
        "tokens_per_s": rate.map(|rate| rounded(rate, 1)),
        "tokens": {
            "input": tokens("input"), "output": tokens("output"),
            "cache_read": tokens("cache_read"), "cache_write": tokens("cache_write"),
        },
        "cache": {
            "cache_hit": hits, "cache_creation": creations, "no_cache": none, "unknown": unknown,
            "hit_rate": hit_rate([hits, creations, none]),
        },
        "cost_usd": usd(Metric::Cost), "cache_savings_usd": usd(Metric::Savings),
        "language_tax_usd": usd(Metric::LanguageTax),
        "repairs": {"repaired": repaired, "left": left},
    })
}

/// The models that answered, or made calls that were not as they should be.
pub(super) fn models(counters: &Counters, redactor: &Redactor) -> Value {
    let mut models: BTreeMap<(&str, &str), (Calls, u64)> = BTreeMap::new();
    for (key, calls) in repairs(counters) {
        models.entry(key).or_default().0 = calls;
    }
    for (labels, count) in counters.all(Metric::Answers) {
        if let [provider, model] = labels[..] {
            models.entry((provider, model)).or_default().1 = count;
        }
    }
    let models = models.into_iter().map(|((provider, model), ((repaired, left), answers))| {
        json!({
            "provider": provider, "model": redactor.clean(model),
            "calls_repaired": repaired, "calls_left": left, "answers": answers,
        })
    });
    models.collect()
}

fn repairs(counters: &Counters) -> Repairs<'_> {
    let mut repairs = Repairs::new();
    for (labels, count) in counters.all(Metric::ToolRepairs) {
        let [provider, model, outcome] = labels[..] else { continue };
        let calls = repairs.entry((provider, model)).or_default();
        match outcome {
            "repaired" => calls.0 += count,
            _ => calls.1 += count,
        }
    }
    repairs
}

fn last_error(seen: &Seen, name: &str, redactor: &Redactor) -> Value {
    let last = seen.recent.error_of(name).map(|last| {
        json!({
            "at": rfc3339(last.at), "status": last.status, "retryable": last.retryable,
            "error": clean(&last.error, 500, redactor),
        })
    });
    last.into()
}

fn quantiles(quantiles: Option<(Duration, Duration)>) -> Value {
    quantiles.map(|(half, most)| json!({"p50": millis(half), "p95": millis(most)})).into()
}

fn seconds(time: Option<Duration>) -> Value {
    time.map(|time| rounded(time.as_secs_f64(), 1)).into()
}
