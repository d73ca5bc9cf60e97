//! Requests on their way, and the latest that are over.

use crate::moment::rfc3339;
use crate::redact::Redactor;
use crate::seen::{Done, Seen};
use crate::shown::number::{clean, millis};
use canon::event::{Departure, TokenCounts};
use canon::id::RequestId;
use serde_json::{Value, json};

/// The most that are shown on their way.
const IN_FLIGHT: usize = 100;

/// One of the latest requests that are over, as the overview's `recent_requests` has it; none where it is not among
/// them.
pub fn request_summary(seen: &Seen, id: RequestId, redactor: &Redactor) -> Option<Value> {
    seen.requests.over().find(|done| done.id == id).map(|done| summary(done, redactor))
}

/// Those on their way, the oldest first.
pub(super) fn in_flight(seen: &Seen) -> Value {
    let mut live: Vec<_> = seen.requests.under_way().collect();
    live.sort_by_key(|(id, live)| (live.since, *id));
    let live = live.into_iter().take(IN_FLIGHT).map(|(id, live)| {
        json!({
            "id": id.to_string(), "since": rfc3339(live.since),
            "provider": live.provider.as_ref().map(|name| name.as_str()), "attempt": live.attempt,
        })
    });
    live.collect()
}

/// Those that are over, the latest first.
pub(super) fn recent(seen: &Seen, redactor: &Redactor) -> Value {
    seen.requests.over().map(|done| summary(done, redactor)).collect()
}

fn summary(done: &Done, redactor: &Redactor) -> Value {
    let it = &done.finished;
    let TokenCounts { input, output, cache_read, cache_write } = it.tokens;
    let left = |departure: &Departure| {
        json!({
            "from": departure.from.as_str(), "reason": departure.reason, "attempted": departure.attempted,
        })
    };
    json!({
        "id": done.id.to_string(), "at": rfc3339(done.at),
        "profile": it.profile.as_ref().map(|name| name.as_str()),
        "provider": it.provider.as_ref().map(|name| name.as_str()),
        "model": it.model.as_ref().map(|model| redactor.clean(model.as_str()).into_owned()),
        "status": it.status, "outcome": it.outcome, "stream": it.stream, "attempts": it.attempts,
        "took_ms": millis(it.took), "first_token_ms": it.first_token.map(millis),
        "tokens": {"input": input, "output": output, "cache_read": cache_read, "cache_write": cache_write},
        "cache": done.side.cache,
        "cost_usd": it.cost.dollars(), "savings_usd": it.savings.dollars(),
        "fallbacks": it.departures.iter().map(left).collect::<Vec<_>>(),
        "repairs": done.side.repairs, "guards": done.side.guards,
        "error": it.error.as_deref().map(|error| clean(error, 500, redactor)),
        "class": if it.shape.class.is_empty() { "main" } else { it.shape.class },
    })
}
