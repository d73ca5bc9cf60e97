//! Attempts and how they end.

use crate::story::clients::{answered, attempted, failed, finished};
use crate::story::{heard, of, redactor, standing};
use canon::event::{Event, Fact, FlowFact};
use serde_json::{Value, json};
use std::time::Duration;
use telemetry::shown::metrics_json;

#[track_caller]
fn check(events: Vec<Event>, requests: u64, expect: &Value) {
    let page = metrics_json(&heard(events), &standing(), &redactor());
    assert_eq!(page["counters"]["requests_total"], requests);
    let providers = page["providers"].as_array().unwrap().iter();
    let counts = providers.map(|it| {
        let outcomes = &it["outcomes"];
        let count = [&it["attempts"], &outcomes["ok"], &outcomes["failed"], &outcomes["failed_midstream"]];
        (it["name"].as_str().unwrap().to_owned(), json!(count))
    });
    assert_eq!(Value::Object(counts.collect()), *expect);
}

#[test]
fn a_stream_that_dies_is_failed_midstream_and_nothing_else() {
    let events = vec![
        of(1, 1.0, attempted("a".into())),
        of(1, 2.0, failed("a".into(), true)),
        of(1, 2.0, Fact::Finished(Box::new(finished("broken", Some("a".into()), Vec::new())))),
    ];
    check(events, 1, &json!({"a": [1, 0, 0, 1]}));
}

#[test]
fn an_outcome_whose_attempt_was_lost_has_one() {
    let events = vec![of(1, 2.0, answered("a".into(), 9)), of(2, 3.0, failed("a".into(), false))];
    check(events, 2, &json!({"a": [2, 1, 1, 0]}));
}

#[test]
fn a_second_provider_beside_a_slow_one_is_one_attempt() {
    let hedge = || {
        let after = Duration::from_secs(1);
        Fact::Flow(Box::new(FlowFact::Hedged {
            provider: "a".into(),
            rival: "b".into(),
            after,
            traced: None,
        }))
    };
    let won = |provider: &str, loser: &str| {
        Fact::Flow(Box::new(FlowFact::HedgeWon { provider: provider.into(), loser: loser.into() }))
    };
    let told = |rest: Vec<Fact>| {
        let all = [attempted("a".into()), hedge()].into_iter().chain(rest);
        all.map(|fact| of(1, 1.0, fact)).collect()
    };
    // The first speaks first.
    check(
        told(vec![won("a", "b"), answered("a".into(), 9)]),
        2,
        &json!({"a": [1, 1, 0, 0], "b": [1, 0, 0, 0]}),
    );
    // The second does.
    check(
        told(vec![won("b", "a"), attempted("b".into()), answered("b".into(), 9)]),
        2,
        &json!({"a": [1, 0, 0, 0], "b": [1, 1, 0, 0]}),
    );
    // The second fails, and is asked again in its turn.
    check(
        told(vec![failed("b".into(), false), failed("a".into(), false), attempted("b".into())]),
        3,
        &json!({"a": [1, 0, 1, 0], "b": [2, 0, 1, 0]}),
    );
    // The first fails, and the second is the one that counts.
    check(
        told(vec![failed("a".into(), false), attempted("b".into()), answered("b".into(), 9)]),
        2,
        &json!({"a": [1, 0, 1, 0], "b": [1, 1, 0, 0]}),
    );
}
