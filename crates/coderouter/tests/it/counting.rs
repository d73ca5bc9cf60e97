//! Counters beside what backends themselves have counted.

use crate::ask::{Anthropic, Ask, OpenAi, Plain, Stream};
use crate::house::house;
use crate::watching::once;
use futures_util::future::join_all;
use serde_json::Value;

/// Clients at once, and the requests of each.
const CLIENTS: usize = 16;
const REQUESTS: usize = 32;

#[tokio::test]
async fn counters_agree_with_what_backends_have_counted() {
    let house = house()
        .provider(
            "shaky",
            Anthropic,
            "ok*40, 500*20, die-mid-stream*20, empty-200*20, ok*40, drop*20, 400*20, ok",
        )
        .provider("slow", OpenAi, "ok*50, 503*10, ok")
        .provider("last", OpenAi, "ok")
        .profile("adaptive: false\nbackend_health_action: off")
        .root("health_cache: {action: off}")
        .open()
        .await;
    let clients = (0..CLIENTS).map(|client| {
        let house = &house;
        async move {
            for number in 0..REQUESTS {
                let dialect = if (client + number) % 2 == 0 { Anthropic } else { OpenAi };
                let form = if number % 3 == 0 { Plain } else { Stream };
                house.ask(&Ask::new(dialect, form)).await;
            }
        }
    });
    join_all(clients).await;
    let total = (CLIENTS * REQUESTS) as u64;
    let ended = |page: &Value| page["requests"]["total"] == total && page["requests"]["in_flight"] == 0;
    let overview = once(&house, "/v1/overview", ended).await;
    let metrics = once(&house, "/metrics.json", |_| true).await;
    let mut attempts = 0;
    for name in ["shaky", "slow", "last"] {
        let counted = house.backend(name).requests().len() as u64;
        assert_eq!(metrics["counters"]["provider_attempts"][name], counted, "{name}: {metrics:#}");
        let outcomes = metrics["counters"]["provider_outcomes"][name].as_object().expect("outcomes");
        let outcomes: u64 = outcomes.values().filter_map(Value::as_u64).sum();
        assert_eq!(outcomes, counted, "{name}");
        attempts += counted;
    }
    assert!(attempts > total, "somebody has failed");
    assert_eq!(metrics["counters"]["requests_total"], attempts);
    let of = |word: &str| overview["requests"][word].as_u64().expect("a count");
    assert_eq!(of("answered") + of("failed") + of("broken") + of("left"), total, "{overview:#}");
}
