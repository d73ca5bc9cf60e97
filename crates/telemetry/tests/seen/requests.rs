//! Requests on their way and over, and how they go on the whole.

use crate::story::clients::{answered, attempted, failed, finished};
use crate::story::{at, heard, of, redactor, standing, told};
use canon::event::{Departure, Event, Fact};
use canon::id::RequestId;
use serde_json::Value;
use std::time::Duration;
use telemetry::shown::{overview, request_summary};
use telemetry::standing::Standing;

fn shown(events: Vec<Event>) -> Value {
    overview(&heard(events), &standing(), &redactor())
}

#[track_caller]
fn check(outcomes: &[(&'static str, bool)], expect: &str) {
    let over = |(place, (outcome, fell)): (usize, &(&'static str, bool))| {
        let departure = Departure { from: "a".into(), reason: "timeout", attempted: true };
        let departures = if *fell { vec![departure] } else { Vec::new() };
        of(place as u64, 200.0, Fact::Finished(Box::new(finished(outcome, Some("b".into()), departures))))
    };
    let page = shown(outcomes.iter().enumerate().map(over).collect());
    assert_eq!(page["status"], expect, "{outcomes:?}");
}

#[test]
fn the_status_is_that_of_the_last_minutes() {
    check(&[], "idle");
    check(&[("answered", false)], "ok");
    check(&[("answered", true), ("answered", false), ("left", false)], "ok");
    check(&[("answered", true), ("answered", false)], "degraded");
    let mut many = [("answered", false); 20];
    many[0].0 = "unanswered";
    check(&many, "degraded");
    check(&many[1..], "ok");
    check(&many[..6], "degraded");
    check(&many[..2], "degraded");
    many[1].0 = "broken";
    check(&many[..5], "failing");
    check(&[("surfaced", false)], "failing");
    let old = heard([of(1, 1.0, Fact::Finished(Box::new(finished("unanswered", None, Vec::new()))))]);
    let later = Standing { now: at(400.0), ..standing() };
    assert_eq!(overview(&old, &later, &redactor())["status"], "idle");
}

#[test]
fn who_was_never_meant_to_answer_was_not_left() {
    let skip = |reason| Departure { from: "a".into(), reason, attempted: false };
    for (reason, expect) in
        [("paid-gate", 0), ("local-only", 0), ("backend-unhealthy", 1), ("rate-limited", 1)]
    {
        let over = finished("answered", Some("b".into()), vec![skip(reason)]);
        let page = shown(vec![of(1, 1.0, Fact::Finished(Box::new(over)))]);
        assert_eq!(page["requests"]["fell_back"], expect, "{reason}");
    }
}

#[test]
fn a_request_is_on_its_way_until_it_is_over() {
    let on_its_way = || {
        vec![
            of(1, 1.0, attempted("a".into())),
            of(1, 2.0, failed("a".into(), false)),
            of(1, 2.0, attempted("b".into())),
        ]
    };
    let page = shown(on_its_way());
    assert_eq!(page["in_flight"][0]["provider"], "b");
    assert_eq!((&page["in_flight"][0]["attempt"], &page["requests"]["in_flight"]), (&2.into(), &1.into()));
    let over = [
        of(1, 9.0, answered("b".into(), 7_000)),
        of(1, 9.0, Fact::Finished(Box::new(finished("answered", Some("b".into()), Vec::new())))),
    ];
    let page = shown(on_its_way().into_iter().chain(over).collect());
    assert_eq!((page["in_flight"].as_array().unwrap().len(), &page["requests"]["in_flight"]), (0, &0.into()));
    // 120 tokens in the 5.25 s after the first content.
    assert_eq!(page["history"]["providers"]["b"]["tokens_per_s"][55], 22.9);
}

#[test]
fn the_latest_hundred_are_kept() {
    let over =
        |id: u64| of(id, 1.0, Fact::Finished(Box::new(finished("answered", Some("b".into()), Vec::new()))));
    let seen = heard((1..=150).map(over));
    let page = overview(&seen, &standing(), &redactor());
    let recent = page["recent_requests"].as_array().unwrap();
    assert_eq!((recent.len(), &recent[0]["id"]), (100, &RequestId::new(150).to_string().into()));
    assert_eq!(request_summary(&seen, RequestId::new(50), &redactor()), None);
    assert_eq!(request_summary(&seen, RequestId::new(51), &redactor()).as_ref(), recent.last());
}

#[test]
fn requests_whose_end_is_never_told_take_no_room_for_ever() {
    let mut seen = heard((1..=5_000).map(|id| of(id, 1.0, attempted("a".into()))));
    assert_eq!(overview(&seen, &standing(), &redactor())["requests"]["in_flight"], 4_096);
    seen.hear(of(9_999, 15_000.0, attempted("a".into())));
    assert_eq!(overview(&seen, &standing(), &redactor())["requests"]["in_flight"], 1);
    // Those that are refused at the door are not on their way at all.
    let refused = |id: u64| {
        [
            of(id, 1.0, Fact::ModeResolved { mode: "m".to_owned(), profile: "p".into() }),
            of(id, 1.0, Fact::ErrorAnswered { status: 400, kind: "invalid_request_error" }),
        ]
    };
    let page = shown((1..=9_000).flat_map(refused).collect());
    assert_eq!(page["requests"]["in_flight"], 0);
}

#[test]
fn a_request_has_its_guards_and_repairs() {
    let page = overview(&told(), &standing(), &redactor());
    let recent = page["recent_requests"].as_array().unwrap();
    let of = |id: u64| recent.iter().find(|it| it["id"] == RequestId::new(id).to_string()).unwrap();
    assert_eq!((&of(1)["repairs"], &of(1)["cache"]), (&1.into(), &"cache_hit".into()));
    assert_eq!(of(2)["guards"], serde_json::json!(["tool-loop-detected"]));
    let looped =
        page["guards"].as_array().unwrap().iter().find(|it| it["event"] == "tool-loop-detected").unwrap();
    assert_eq!((&looped["count"], &looped["profile"]), (&1.into(), &"coding".into()));
}

#[test]
fn medians_are_of_the_last_hour() {
    let answers = (1..=100).map(|n| of(n, n as f64, answered("local".into(), n * 100)));
    let seen = heard(answers);
    let local = |now: Duration| {
        let standing = Standing { now: at(now.as_secs_f64()), ..standing() };
        overview(&seen, &standing, &redactor())["providers"][0].clone()
    };
    let soon = local(Duration::from_secs(101));
    assert_eq!(soon["latency_ms"], serde_json::json!({"p50": 5_000.0, "p95": 9_500.0}));
    assert_eq!(soon["first_token_ms"], serde_json::json!({"p50": 1_250.0, "p95": 2_375.0}));
    assert_eq!(local(Duration::from_secs(3_701))["latency_ms"], Value::Null);
}
