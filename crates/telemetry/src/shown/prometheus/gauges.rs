//! How things stand, as gauges.

use crate::seen::Seen;
use crate::shown::number::significant;
use crate::standing::{ProviderStanding, Standing, StoreCondition};
use canon::money::Usd;
use std::time::Duration;

/// A gauge that is not folded from facts.
pub(super) struct Gauge {
    /// Its name without the program's.
    pub(super) name: &'static str,
    /// What it says, for people.
    pub(super) help: &'static str,
    /// Its labels, in order.
    pub(super) labels: &'static [&'static str],
    /// Its values by their labels.
    pub(super) samples: Vec<(Vec<String>, String)>,
}

const STATES: [&str; 3] = ["HEALTHY", "DEGRADED", "UNHEALTHY"];
const SEVERITIES: [&str; 2] = ["mild", "severe"];

type Value<'v> = &'v dyn Fn(&ProviderStanding) -> String;

/// All of them, in the order they are shown.
pub(super) fn gauges(seen: &Seen, standing: &Standing) -> Vec<Gauge> {
    let process = |name, help, value: String| one(name, help, &[], vec![(Vec::new(), value)]);
    let uptime = standing.now.duration_since(seen.started_at).unwrap_or_default();
    let version = vec![(vec![standing.version.to_owned()], "1".to_owned())];
    let mut gauges = vec![
        process(
            "uptime_seconds",
            "For how long the process has been running.",
            format!("{:.3}", uptime.as_secs_f64()),
        ),
        one("build_info", "The version that is running.", &["version"], version),
        process(
            "requests_in_flight",
            "Requests of clients that are at a provider or wait for one.",
            seen.requests.under_way().count().to_string(),
        ),
    ];
    gauges.extend(standing.store.map(|store| {
        let failing = flag(store == StoreCondition::Failing);
        process("store_failing", "Whether the store could not write lately.", failing)
    }));
    gauges.extend(of_providers(standing));
    gauges.extend(of_money(standing));
    gauges
}

fn of_providers(standing: &Standing) -> Vec<Gauge> {
    let each = |name, help, value: Value<'_>| {
        let samples = standing.providers.iter().map(|it| (vec![it.name.as_str().to_owned()], value(it)));
        one(name, help, &["provider"], samples.collect())
    };
    let words = |it: &ProviderStanding, words: &[&str], now: Option<&str>| -> Vec<(Vec<String>, String)> {
        let sample =
            |word: &&str| (vec![it.name.as_str().to_owned(), (*word).to_owned()], flag(now == Some(*word)));
        words.iter().map(sample).collect()
    };
    let health = standing.providers.iter().flat_map(|it| words(it, &STATES, Some(it.health))).collect();
    let drift = standing.providers.iter().flat_map(|it| words(it, &SEVERITIES, it.drift)).collect();
    vec![
        one(
            "provider_health",
            "1 for the state of health that a provider is in.",
            &["provider", "state"],
            health,
        ),
        each("provider_healthy", "Whether the health cache lets requests go to a provider.", &|it| {
            flag(it.healthy)
        }),
        each("provider_excluded", "Whether a provider is out until a probe succeeds.", &|it| {
            flag(it.excluded.is_some())
        }),
        each("provider_excluded_seconds", "For how long it has been out; 0 where it is in.", &|it| {
            seconds(it.excluded)
        }),
        each(
            "provider_resting_seconds",
            "For how long a provider still rests; 0 where it does not.",
            &|it| seconds(it.resting),
        ),
        one(
            "provider_drift",
            "1 for how badly a provider's answers drift.",
            &["provider", "severity"],
            drift,
        ),
        each("provider_in_flight", "Requests that are at a provider.", &|it| it.in_flight.to_string()),
    ]
}

fn of_money(standing: &Standing) -> Vec<Gauge> {
    let caps = |name, help, amount: fn(&crate::standing::CapStanding) -> Usd| {
        let sample = |cap: &crate::standing::CapStanding| {
            let labels = vec![cap.scope.to_owned(), cap.name.clone().unwrap_or_default()];
            (labels, significant(amount(cap).dollars()))
        };
        one(name, help, &["scope", "name"], standing.caps.iter().map(sample).collect())
    };
    vec![
        caps("budget_cap_usd", "The most that may be spent in a month, in US dollars.", |cap| cap.cap),
        caps("budget_spent_usd", "What was spent and is promised of it, in US dollars.", |cap| cap.spent),
        caps("budget_left_usd", "What is left of it, in US dollars.", |cap| cap.left),
    ]
}

fn one(
    name: &'static str,
    help: &'static str,
    labels: &'static [&'static str],
    samples: Vec<(Vec<String>, String)>,
) -> Gauge {
    Gauge { name, help, labels, samples }
}

fn flag(flag: bool) -> String {
    u8::from(flag).to_string()
}

fn seconds(time: Option<Duration>) -> String {
    significant((time.unwrap_or_default().as_secs_f64() * 1e3).round() / 1e3)
}
