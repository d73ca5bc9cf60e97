//! Spans out of facts that come in any order, and what is kept of requests that never end.

use super::fold::Done;
use super::{Kind, Traces};
use crate::redact::Redactor;
use canon::config::{Provider, ProviderKind};
use canon::event::{AttemptTrace, Departure, Event, Fact, Finished, FlowFact, RequestTrace, ToolLoopSeen};
use canon::id::RequestId;
use canon::trace::{SpanId, TraceContext, TraceFlags, TraceId};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A text that facts hold and spans must not.
const BLABBER: &str = "blabber";

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
}

fn traced(name: &str, span: u64) -> Option<Box<AttemptTrace>> {
    let endpoint = format!("https://{name}.example/v1").parse().unwrap();
    let provider = Provider::new(name.into(), ProviderKind::OpenAiCompat, endpoint, "m".into());
    Some(Box::new(AttemptTrace { span: SpanId::new(span), provider: Arc::new(provider) }))
}

fn attempted(name: &str, span: u64) -> Fact {
    Fact::Attempted { provider: name.into(), stream: true, native: true, traced: traced(name, span) }
}

fn failed(name: &str, status: Option<u16>) -> Fact {
    Fact::AttemptFailed {
        provider: name.into(),
        status,
        retryable: true,
        error: BLABBER.to_owned(),
        midstream: false,
    }
}

fn answered(name: &str) -> Fact {
    let took = Duration::from_secs(1);
    Fact::Answered { provider: name.into(), stream: true, native: true, took, first_token: Some(took / 2) }
}

fn hedged(name: &str, rival: &str, span: u64) -> Fact {
    let after = Duration::from_secs(1);
    let traced = traced(rival, span);
    Fact::Flow(Box::new(FlowFact::Hedged { provider: name.into(), rival: rival.into(), after, traced }))
}

fn finished(outcome: &'static str, left: &[(&str, &'static str)], flags: bool) -> Fact {
    let context =
        TraceContext { trace: TraceId::new(7), span: SpanId::new(1_000), flags: TraceFlags::sampled(flags) };
    let departures =
        left.iter().map(|(from, reason)| Departure { from: (*from).into(), reason, attempted: true });
    Fact::Finished(Box::new(Finished {
        status: 200,
        outcome,
        provider: Some("b".into()),
        model: Some("served".into()),
        took: Duration::from_secs(3),
        error: Some(BLABBER.to_owned()),
        departures: departures.collect(),
        trace: Some(Box::new(RequestTrace { context, parent: None, route: "/v1/messages" })),
        ..Finished::default()
    }))
}

fn told(traces: &mut Traces, request: u64, facts: Vec<Fact>) -> Option<Done> {
    let redactor = Redactor::new([]);
    let events = facts.into_iter().enumerate().map(|(second, fact)| Event {
        at: at(second as u64),
        request: Some(RequestId::new(request)),
        fact,
    });
    events.fold(None, |done, event| traces.hear(&event, &redactor).or(done))
}

fn whys(done: &Done) -> Vec<(String, Option<String>)> {
    done.calls.iter().map(|call| (call.provider.to_string(), call.error())).collect()
}

#[test]
fn every_failure_has_its_own_reason() {
    let facts = vec![
        attempted("a", 1),
        failed("a", None),
        attempted("a", 2),
        failed("a", Some(429)),
        attempted("c", 3),
        failed("c", None),
        attempted("b", 4),
        answered("b"),
        finished("answered", &[("a", "connection"), ("a", "rate-limit"), ("c", "timeout")], true),
    ];
    let done = told(&mut Traces::default(), 1, facts).unwrap();
    let why = |name: &str, error: Option<&str>| (name.to_owned(), error.map(str::to_owned));
    let expect =
        [why("a", Some("connection")), why("a", Some("429")), why("c", Some("timeout")), why("b", None)];
    assert_eq!(whys(&done), expect);
    assert_eq!(done.spans.len(), 5);
    assert_eq!((done.spans[0].start, done.spans[0].end), (at(5), at(8)));
}

#[test]
fn one_begun_beside_another_is_one_span() {
    let won = FlowFact::HedgeWon { provider: "b".into(), loser: "a".into() };
    let facts = vec![
        attempted("a", 1),
        hedged("a", "b", 2),
        Fact::Flow(Box::new(won)),
        attempted("b", 2),
        answered("b"),
        finished("answered", &[("a", "hedged")], true),
    ];
    let done = told(&mut Traces::default(), 1, facts).unwrap();
    let times: Vec<_> = done.calls.iter().map(|call| (call.start, call.end)).collect();
    assert_eq!(times, [(at(0), at(2)), (at(1), at(4))]);
    assert_eq!(done.calls[1].model.as_deref(), Some("served"));
}

#[test]
fn a_trace_that_is_not_kept_has_calls_and_no_spans() {
    let facts = vec![attempted("b", 1), answered("b"), finished("answered", &[], false)];
    let done = told(&mut Traces::default(), 1, facts).unwrap();
    assert_eq!((done.calls.len(), done.spans.len()), (1, 0));
}

#[test]
fn requests_without_an_end_take_no_room_for_ever() {
    let mut traces = Traces::default();
    let redactor = Redactor::new([]);
    let mut hear = |second: u64, id: u64, fact: Fact| {
        traces.hear(&Event { at: at(second), request: Some(RequestId::new(id)), fact }, &redactor).is_some()
    };
    // Refused before anybody was asked.
    for id in 0..10_000 {
        hear(0, id, Fact::ToolLoopSeen(Box::new(looped())));
        hear(0, id, Fact::ErrorAnswered { status: 400, kind: BLABBER });
    }
    for id in 10_000..15_000 {
        hear(1, id, attempted("b", id));
    }
    assert!(hear(2, 10_000, finished("answered", &[], true)));
    for id in 20_000..30_000 {
        hear(5 * 3_600, id, attempted("b", id));
    }
    assert!(hear(5 * 3_600, 20_000, finished("answered", &[], true)));
    assert!(traces.take_lost() > 0);
    assert_eq!(traces.take_lost(), 0);
}

fn looped() -> ToolLoopSeen {
    ToolLoopSeen {
        profile: "main".into(),
        tool: BLABBER.to_owned(),
        repeat_count: 3,
        period: Some(1),
        threshold: 3,
        window: 9,
        action: canon::config::ToolLoopAction::Warn,
    }
}

fn any_fact() -> impl Strategy<Value = Fact> {
    let name = || prop::sample::select(vec!["a", "b", "c"]);
    prop_oneof![
        (name(), 1_u64..20).prop_map(|(name, span)| attempted(name, span)),
        (name(), prop::option::of(400_u16..600)).prop_map(|(name, status)| failed(name, status)),
        name().prop_map(answered),
        (name(), name(), 1_u64..20).prop_map(|(name, rival, span)| hedged(name, rival, span)),
        Just(()).prop_map(|()| Fact::ToolLoopSeen(Box::new(looped()))),
        Just(()).prop_map(|()| Fact::ErrorAnswered { status: 500, kind: "api_error" }),
        name().prop_map(|name| Fact::MidstreamError { provider: name.into(), error: BLABBER.to_owned() }),
    ]
}

proptest! {
    #[test]
    fn whatever_is_lost_or_comes_late_spans_are_whole(mut facts in prop::collection::vec(any_fact(), 0..300)) {
        facts.push(finished("broken", &[("a", "timeout")], true));
        let done = told(&mut Traces::default(), 1, facts).unwrap();
        prop_assert_eq!(done.spans.len(), done.calls.len() + 1);
        let (request, calls) = done.spans.split_first().unwrap();
        prop_assert_eq!(request.kind, Kind::Server);
        for span in calls {
            prop_assert_eq!(span.parent, Some(request.context.span));
            prop_assert_eq!(span.context.trace, request.context.trace);
            prop_assert!(span.start <= span.end && span.end <= request.end);
        }
        let mut ids: Vec<u64> = done.spans.iter().map(|span| span.context.span.number()).collect();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), done.spans.len());
        let text = format!("{:?}", done.spans);
        prop_assert!(!text.contains(BLABBER));
    }
}
