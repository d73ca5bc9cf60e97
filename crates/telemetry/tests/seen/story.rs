//! A morning of a router, fact by fact, and how things stand after it.

mod backends;
pub mod clients;

use canon::event::{Event, Fact, Started};
use canon::id::RequestId;
use canon::money::Usd;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use telemetry::redact::Redactor;
use telemetry::seen::Seen;
use telemetry::standing::{
    CapStanding, ProfileStanding, ProviderClass, ProviderStanding, Standing, StoreCondition,
};

/// So many seconds into the story.
pub fn at(seconds: f64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_860_000) + Duration::from_secs_f64(seconds)
}

/// A fact of a request.
pub fn of(request: u64, seconds: f64, fact: Fact) -> Event {
    Event { at: at(seconds), request: Some(RequestId::new(request)), fact }
}

/// A fact of the process.
pub fn plain(seconds: f64, fact: Fact) -> Event {
    Event { at: at(seconds), request: None, fact }
}

/// Hears one after the other.
pub fn heard(events: impl IntoIterator<Item = Event>) -> Seen {
    let mut seen = Seen::new(at(0.0));
    events.into_iter().for_each(|event| seen.hear(event));
    seen
}

/// What redacts in these tests.
pub fn redactor() -> Redactor {
    Redactor::new([("KEY".to_owned(), "abcdEFGH12345678".to_owned())])
}

/// The whole story.
pub fn told() -> Seen {
    let mut seen = heard(started().into_iter().chain(clients::facts()).chain(backends::facts()));
    seen.lost(3);
    seen
}

fn started() -> [Event; 1] {
    let names = || vec!["local".into(), "cloud".into()];
    let started = Started {
        version: "0.1.0",
        providers: names(),
        profiles: vec!["coding".into()],
        allow_paid: true,
        default_profile: "coding".into(),
        mode_source: "config",
    };
    [plain(0.1, Fact::Started(Box::new(started)))]
}

/// How things stand four minutes into it.
pub fn standing() -> Standing {
    let local = ProviderStanding {
        name: "local".into(),
        model: Some("qwen3-coder:30b".to_owned()),
        context_tokens: Some(32_768),
        kind: "openai_compat",
        class: ProviderClass::Local,
        paid: false,
        base_url: "http://127.0.0.1:8080/v1".to_owned(),
        health: "DEGRADED",
        healthy: true,
        excluded: None,
        resting: Some(Duration::from_secs(3)),
        drift: Some("mild"),
        in_flight: 1,
    };
    let cloud = ProviderStanding {
        name: "cloud".into(),
        model: None,
        context_tokens: None,
        kind: "anthropic",
        class: ProviderClass::Paid,
        paid: true,
        base_url: "https://cloud.example".to_owned(),
        health: "HEALTHY",
        healthy: false,
        excluded: Some(Duration::from_millis(12_340)),
        resting: None,
        drift: None,
        in_flight: 0,
    };
    Standing {
        now: at(240.0),
        version: "0.1.0",
        default_profile: "coding".into(),
        allow_paid: true,
        display_timezone: Some("Asia/Tokyo".to_owned()),
        profiles: vec![ProfileStanding {
            name: "coding".into(),
            providers: vec!["local".into(), "cloud".into()],
        }],
        providers: vec![local, cloud],
        month_spent: None,
        caps: vec![CapStanding {
            scope: "provider",
            name: Some("cloud".to_owned()),
            cap: Usd::from_dollars(5.0),
            spent: Usd::from_dollars(1.25),
            left: Usd::from_dollars(3.75),
        }],
        store: Some(StoreCondition::Working),
        chains: serde_json::json!([{"profile": "coding"}]),
    }
}
