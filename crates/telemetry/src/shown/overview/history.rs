//! The last hour in minutes.

use crate::moment::rfc3339;
use crate::seen::{MINUTES, ProviderHistory, ProviderMinute, Seen, rate};
use crate::shown::number::{dollars, millis, rounded};
use crate::standing::Standing;
use serde_json::{Map, Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Sixty minutes, oldest first; the last one is going on. Of providers those that are configured or were seen.
pub(super) fn history(seen: &Seen, standing: &Standing) -> Value {
    let now = standing.now;
    let series = |value: fn(&crate::seen::Minute) -> u32| -> Value {
        seen.history.minutes.last(MINUTES, now).map(|minute| minute.map_or(0, value)).collect()
    };
    let configured = standing.providers.iter().map(|it| it.name.as_str());
    let configured = configured.map(|name| (name.to_owned(), provider(None, now)));
    let mut providers: Map<String, Value> = configured.collect();
    for (name, history) in seen.history.providers.iter() {
        providers.insert(name.to_owned(), provider(Some(history), now));
    }
    json!({
        "step_s": 60,
        "start": rfc3339(start(now)),
        "requests": series(|minute| minute.requests),
        "failed": series(|minute| minute.failed),
        "fell_back": series(|minute| minute.fell_back),
        "providers": providers,
    })
}

/// Where the first of the minutes begins.
fn start(now: SystemTime) -> SystemTime {
    let minute = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / 60);
    UNIX_EPOCH + Duration::from_secs(minute.saturating_sub(MINUTES as u64 - 1) * 60)
}

fn provider(history: Option<&ProviderHistory>, now: SystemTime) -> Value {
    let minutes: Vec<Option<&ProviderMinute>> = match history {
        Some(history) => history.minutes.last(MINUTES, now).collect(),
        None => vec![None; MINUTES],
    };
    let series = |value: fn(&ProviderMinute) -> Value, nothing: Value| -> Value {
        minutes.iter().map(|minute| minute.map_or_else(|| nothing.clone(), value)).collect()
    };
    json!({
        "attempts": series(|it| it.attempts.into(), 0.into()),
        "failures": series(|it| it.failures.into(), 0.into()),
        "latency_ms": series(|it| it.took.value().map(millis).into(), Value::Null),
        "first_token_ms": series(|it| it.first_token.value().map(millis).into(), Value::Null),
        "tokens_per_s": series(|it| rate(it.output).map(|rate| rounded(rate, 1)).into(), Value::Null),
        "cost_usd": series(|it| dollars(it.cost), 0.0.into()),
        "cache_hit_rate": series(
            |it| rounded(f64::from(it.cache.0) / f64::from(it.cache.1), 4),
            Value::Null,
        ),
    })
}
