//! What the router told, as the screen needs it. A field that is absent or of another kind is as if it were empty: a
//! router of another version must not blank the screen.

use crate::command::plain::plain_document;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// All that one look at the router brings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// `GET /v1/overview`.
    pub overview: Overview,
    /// The counters of `GET /metrics.json`.
    pub counters: Counters,
}

impl Facts {
    /// Reads both documents; nothing in their texts can steer a terminal afterwards.
    pub fn read(mut overview: Value, mut metrics: Value) -> Self {
        plain_document(&mut overview);
        plain_document(&mut metrics);
        let counters = metrics.get_mut("counters").map(Value::take).unwrap_or_default();
        Self { overview: lenient(overview), counters: lenient(counters) }
    }
}

/// Structures whose fields may all be absent, or of a kind that is not expected.
macro_rules! told {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Deserialize)]
        #[serde(default)]
        pub struct $name {
            $($(#[$field_doc])* #[serde(deserialize_with = "field")] pub $field: $kind,)*
        }
    )*};
}

told! {
    /// How things stand.
    Overview {
        /// Of the router.
        version: String,
        /// When it was told.
        now: String,
        /// Since the router started.
        uptime_s: f64,
        /// The zone to show times in.
        display_timezone: Option<String>,
        /// One word for the last five minutes.
        status: String,
        /// Requests of clients.
        requests: Requests,
        /// Money of the month.
        money: Money,
        /// Who is asked, by profile.
        chains: Vec<Chain>,
        /// Every provider, in the order of the configuration.
        providers: Vec<Provider>,
        /// The last hour.
        history: History,
        /// On their way.
        in_flight: Vec<InFlight>,
        /// Over, the latest first.
        recent_requests: Vec<Request>,
        /// Guards that acted, the latest first.
        guards: Vec<Guard>,
        /// How telling goes.
        telemetry: Telemetry,
    }
    /// Requests of clients, counted.
    Requests {
        /// All that are over.
        total: u64,
        /// With an answer.
        answered: u64,
        /// Without one.
        failed: u64,
        /// With half of one.
        broken: u64,
        /// Left by their clients.
        left: u64,
        /// Answered by another than the first.
        fell_back: u64,
        /// On their way.
        in_flight: u64,
        /// Over within the last minute.
        last_minute: u64,
    }
    /// Money of the current month.
    Money {
        /// Whether paid providers may be asked.
        allow_paid: bool,
        /// The month.
        month: String,
        /// Spent in it.
        spent_usd: f64,
        /// Saved by prompt caches.
        cache_savings_usd: f64,
        /// The limits.
        caps: Vec<Cap>,
    }
    /// One limit.
    Cap {
        /// Of all, a profile or a provider.
        scope: String,
        /// Whose it is.
        name: Option<String>,
        /// The limit.
        cap_usd: f64,
        /// What is spent of it.
        spent_usd: f64,
    }
    /// A profile.
    Chain {
        /// Its name.
        profile: String,
        /// Whether it is that of requests that name none.
        is_default: bool,
    }
    /// A provider.
    Provider {
        /// Its name.
        name: String,
        /// The model it is asked for.
        model: Option<String>,
        /// Local, free or paid.
        class: String,
        /// The state of its health.
        health: String,
        /// Whether it counts as healthy.
        healthy: bool,
        /// For how long it stays out.
        excluded_s: Option<f64>,
        /// For how long it rests.
        resting_s: Option<f64>,
        /// Whether its answers got worse.
        drift: Option<String>,
        /// Requests it has now.
        in_flight: u64,
        /// How often it was asked.
        attempts: u64,
        /// How often it answered.
        ok: u64,
        /// How often it failed before it had said anything.
        failed: u64,
        /// How often it broke off.
        failed_midstream: u64,
        /// Its latest failure.
        last_error: Option<LastError>,
        /// Of whole answers.
        latency_ms: Option<Quantiles>,
        /// Of first tokens.
        first_token_ms: Option<Quantiles>,
        /// How quickly it writes.
        tokens_per_s: Option<f64>,
        /// What its answers cost.
        cost_usd: f64,
    }
    /// A failure.
    LastError {
        /// When.
        at: String,
        /// With which status.
        status: Option<u16>,
        /// In which words.
        error: String,
    }
    /// A half and nineteen in twenty are at most so long.
    Quantiles {
        /// The half.
        p50: f64,
        /// The nineteen in twenty.
        p95: f64,
    }
    /// The last hour by minutes, the oldest first.
    History {
        /// Requests of clients.
        requests: Vec<u64>,
        /// Those without a whole answer.
        failed: Vec<u64>,
        /// Those that another than the first answered.
        fell_back: Vec<u64>,
    }
    /// A request on its way.
    InFlight {
        /// Its id.
        id: String,
        /// Since when.
        since: String,
        /// Who has it.
        provider: Option<String>,
    }
    /// A request that is over.
    Request {
        /// Its id.
        id: String,
        /// When it ended.
        at: String,
        /// Its profile.
        profile: Option<String>,
        /// Who answered.
        provider: Option<String>,
        /// With which model.
        model: Option<String>,
        /// The status of the answer.
        status: u16,
        /// How it ended, in one word.
        outcome: String,
        /// How many were asked.
        attempts: u64,
        /// How long it took.
        took_ms: f64,
        /// Until the first token.
        first_token_ms: Option<f64>,
        /// Read and written.
        tokens: Tokens,
        /// What it cost.
        cost_usd: f64,
        /// Who was left for another.
        fallbacks: Vec<Fallback>,
        /// Calls that were mended.
        repairs: u64,
        /// Guards that acted.
        guards: Vec<String>,
        /// Why there is no answer.
        error: Option<String>,
    }
    /// Tokens of a request.
    Tokens {
        /// Read.
        input: Option<u64>,
        /// Written.
        output: Option<u64>,
    }
    /// A departure.
    Fallback {
        /// Who was left.
        from: String,
        /// Why.
        reason: String,
    }
    /// A guard that acted.
    Guard {
        /// Its event.
        event: String,
        /// How often.
        count: u64,
        /// When last.
        last: String,
        /// On whom.
        provider: Option<String>,
        /// In which profile.
        profile: Option<String>,
    }
    /// How telling goes.
    Telemetry {
        /// Facts that were lost.
        dropped: u64,
        /// How the store is.
        store: Option<String>,
    }
    /// Counters of the Python program that the screen shows.
    Counters {
        /// Chains in which only paid providers were left, and might not be asked.
        chain_paid_gate_blocked_total: u64,
        /// Chains that a budget ended.
        chain_budget_exceeded_total: u64,
        /// By what a provider could not.
        capability_degraded: BTreeMap<String, u64>,
        /// By filter.
        output_filter_applied: BTreeMap<String, u64>,
        /// Prompts that came near a window.
        context_budget_warnings_total: u64,
        /// Prompts that were cut.
        context_budget_trims_total: u64,
        /// How full windows were last, by profile.
        context_budget_latest_ratio: BTreeMap<String, f64>,
    }
    /// `GET /v1/route/ID`.
    Route {
        /// The request.
        request_id: String,
        /// The plan, as people read it.
        table: String,
        /// Who answered.
        answered_by: Option<String>,
        /// The status.
        status: Option<u16>,
        /// Who was left for whom.
        hops: Vec<Hop>,
        /// What became of it.
        summary: Option<Request>,
        /// What is still known of it, as log lines.
        facts: Vec<Value>,
    }
    /// A departure in a route.
    Hop {
        /// Who was left.
        from: Option<String>,
        /// For whom.
        to: Option<String>,
        /// Why.
        reason: String,
        /// More about it.
        detail: Option<String>,
    }
}

/// A document as the structure it should be; empty where it is none.
pub fn lenient<T: DeserializeOwned + Default>(document: Value) -> T {
    T::deserialize(document).unwrap_or_default()
}

fn field<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(deserializer: D) -> Result<T, D::Error> {
    Value::deserialize(deserializer).map(lenient)
}

impl Overview {
    /// The profile of requests that name none.
    pub fn profile(&self) -> &str {
        self.chains.iter().find(|chain| chain.is_default).map_or("?", |chain| &chain.profile)
    }
}

impl Provider {
    /// How many of its attempts failed.
    pub fn failures(&self) -> u64 {
        self.failed.saturating_add(self.failed_midstream)
    }

    /// The share of attempts that went well; all of none.
    pub fn ok_rate(&self) -> f64 {
        match self.ok + self.failures() {
            0 => 1.0,
            all => self.ok as f64 / all as f64,
        }
    }
}

impl Request {
    /// Whether it ended without a whole answer, or not with the first that was asked.
    pub fn is_bad(&self) -> bool {
        matches!(self.outcome.as_str(), "broken" | "surfaced" | "unanswered") || self.status >= 400
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_absent_or_of_another_kind_is_empty() {
        let overview = json!({
            "version": 7, "uptime_s": "long", "providers": [{"name": "a\u{1b}[2J", "attempts": -1}], "later": {},
        });
        let facts = Facts::read(overview, json!({"counters": {"capability_degraded": {"x": 1}}}));
        assert_eq!(facts.overview.version, "");
        assert_eq!(facts.overview.providers[0].name, "a\u{fffd}[2J");
        assert_eq!(facts.counters.capability_degraded["x"], 1);
        assert_eq!(Facts::read(json!(null), json!([])), Facts::default());
    }
}
