//! What spans and metrics say.

use super::exporting;
use crate::ask::{Anthropic, Crossing, OpenAi, Plain, Stream, crossings};
use crate::collector::{Collector, counter, histogram, value};
use crate::house::{House, house};
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use rehearsal::{Dialect, Reply, Usage};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

/// A first provider that refuses, and a second one that answers.
async fn open(dialect: Dialect, collector: &Collector, variables: &[(&str, &str)]) -> House {
    let usage = Usage { cached: 30, ..Usage::of(70, 7) };
    let plan = house().provider("first", dialect, "503, ok").provider(
        "second",
        dialect,
        Reply::words("Hello.").model("second-answers").usage(usage),
    );
    let plan = variables.iter().fold(plan, |plan, (name, value)| plan.variable(name, value));
    exporting(plan, collector).open().await
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is(span: &Span, name: &str, expect: &str) {
    assert_eq!(value(&span.attributes, name), expect, "{name} of {}", span.name);
}

/// The trace id and the parent that a provider was told.
fn told(house: &House, provider: &str) -> (String, String, String) {
    let seen = house.backend(provider).requests().pop().expect("a request");
    let parts: Vec<&str> = seen.header("traceparent").expect("a traceparent").split('-').collect();
    (parts[1].to_owned(), parts[2].to_owned(), parts[3].to_owned())
}

#[tokio::test]
async fn a_request_is_a_span_and_each_attempt_one_below_it() {
    for crossing in crossings() {
        let collector = Collector::start().await;
        let house = open(crossing.backend, &collector, &[("OTEL_SERVICE_NAME", "night")]).await;
        let parent = format!("00-{TRACE}-{CALLER}-01");
        let ask = crossing.ask().header("traceparent", &parent).header("tracestate", "a=b");
        let heard = house.ask(&ask).await;
        assert_eq!(heard.status(), 200);
        house.export().await;
        assert_eq!(value(&collector.resource().attributes, "service.name"), "night");
        let spans = collector.spans();
        let [request, first, second] = spans.as_slice() else { panic!("{spans:#?}") };
        assert!(spans.iter().all(|span| hex(&span.trace_id) == TRACE));
        assert!(spans.iter().all(|span| span.start_time_unix_nano <= span.end_time_unix_nano));
        assert_eq!(hex(&request.parent_span_id), CALLER);
        assert_eq!(request.kind, i32::from(SpanKind::Server));
        is(request, "http.response.status_code", "200");
        is(request, "coderouter.request_id", heard.header("x-request-id"));
        is(request, "coderouter.provider", "second");
        is(request, "coderouter.outcome", "answered");
        let route = if crossing.client == Anthropic { "/v1/messages" } else { "/v1/chat/completions" };
        assert_eq!(request.name, format!("POST {route}"));
        let events: Vec<&str> = request.events.iter().map(|event| event.name.as_str()).collect();
        assert_eq!(events, ["fallback-occurred"], "{crossing:?}");
        assert_eq!(value(&request.events[0].attributes, "coderouter.reason"), "upstream-5xx");
        for (span, name) in [(first, "first"), (second, "second")] {
            assert_eq!(span.parent_span_id, request.span_id);
            assert_eq!(span.kind, i32::from(SpanKind::Client));
            assert_eq!(span.name, format!("chat {name}-model"));
            is(span, "gen_ai.operation.name", "chat");
            is(span, "gen_ai.provider.name", name);
            is(span, "gen_ai.request.model", &format!("{name}-model"));
            is(span, "server.address", "127.0.0.1");
            is(span, "server.port", &house.backend(name).addr().port().to_string());
            let backend = told(&house, name);
            assert_eq!(backend, (TRACE.to_owned(), hex(&span.span_id), "01".to_owned()));
            let seen = house.backend(name).requests().pop().expect("a request");
            assert_eq!(seen.header("tracestate"), Some("a=b"));
        }
        is(first, "error.type", "503");
        is(first, "http.response.status_code", "503");
        assert_eq!(first.status.as_ref().map(|status| status.code), Some(StatusCode::Error.into()));
        is(second, "error.type", "");
        is(second, "gen_ai.response.model", "second-answers");
        is(second, "gen_ai.usage.input_tokens", "100");
        is(second, "gen_ai.usage.cache_read.input_tokens", "30");
        is(second, "gen_ai.usage.output_tokens", "7");
        assert_eq!(second.status, None);
    }
}

#[tokio::test]
async fn a_sampler_decides_which_traces_are_told() {
    let crossing = Crossing { client: Anthropic, backend: OpenAi, form: Stream };
    let (yes, no) = (format!("00-{TRACE}-{CALLER}-01"), format!("00-{TRACE}-{CALLER}-00"));
    for (sampler, parent, is_told) in [
        ("parentbased_always_on", None, true),
        ("parentbased_always_on", Some(&no), false),
        ("parentbased_always_off", Some(&yes), true),
        ("always_off", Some(&yes), false),
        ("always_on", Some(&no), true),
    ] {
        let collector = Collector::start().await;
        let house = open(crossing.backend, &collector, &[("OTEL_TRACES_SAMPLER", sampler)]).await;
        let ask = parent.into_iter().fold(crossing.ask(), |ask, parent| ask.header("traceparent", parent));
        house.ask(&ask).await;
        house.export().await;
        assert_eq!(collector.spans().len(), if is_told { 3 } else { 0 }, "{sampler} {parent:?}");
        let (trace, span, flags) = told(&house, "second");
        assert_eq!(flags, if is_told { "01" } else { "00" });
        assert_eq!(trace == TRACE, parent.is_some());
        assert_ne!(span, CALLER);
        // What took how long is known of all.
        assert_eq!(histogram(&collector.metrics(), "gen_ai.client.operation.duration").len(), 2);
    }
}

#[tokio::test]
async fn where_only_metrics_go_traces_are_passed_on() {
    let crossing = Crossing { client: OpenAi, backend: OpenAi, form: Plain };
    let collector = Collector::start().await;
    let house = open(crossing.backend, &collector, &[("OTEL_TRACES_EXPORTER", "none")]).await;
    house.ask(&crossing.ask()).await;
    assert_eq!(house.backend("second").requests()[0].header("traceparent"), None);
    let house = open(crossing.backend, &collector, &[("OTEL_TRACES_EXPORTER", "none")]).await;
    house.ask(&crossing.ask().header("traceparent", &format!("00-{TRACE}-{CALLER}-01"))).await;
    assert_eq!(told(&house, "second"), (TRACE.to_owned(), CALLER.to_owned(), "01".to_owned()));
    house.export().await;
    assert!(collector.requests().iter().all(|seen| seen.path() == "/v1/metrics"));
    assert_eq!(histogram(&collector.metrics(), "gen_ai.client.operation.duration").len(), 2);
}

#[tokio::test]
async fn metrics_are_those_of_the_conventions_and_the_routers_own() {
    for crossing in crossings() {
        let collector = Collector::start().await;
        let house = open(crossing.backend, &collector, &[("OTEL_METRIC_EXPORT_INTERVAL", "50")]).await;
        house.ask(&crossing.ask()).await;
        house.ask(&crossing.ask()).await;
        collector.wait_for(1).await;
        house.export().await;
        let metrics = collector.metrics();
        let durations = histogram(&metrics, "gen_ai.client.operation.duration");
        let of = |provider: &str, error: &str| {
            let is_it = |point: &&_| {
                let point: &&opentelemetry_proto::tonic::metrics::v1::HistogramDataPoint = point;
                value(&point.attributes, "gen_ai.provider.name") == provider
                    && value(&point.attributes, "error.type") == error
            };
            durations.iter().find(is_it).map_or(0, |point| point.count)
        };
        // A conversation stays where it had to move.
        assert_eq!((of("first", "503"), of("first", ""), of("second", "")), (1, 0, 2), "{durations:#?}");
        let usage = histogram(&metrics, "gen_ai.client.token.usage");
        let second = |kind: &str| {
            let found = usage.iter().find(|point| {
                value(&point.attributes, "gen_ai.provider.name") == "second"
                    && value(&point.attributes, "gen_ai.token.type") == kind
            });
            found.and_then(|point| point.sum)
        };
        assert_eq!((second("input"), second("output")), (Some(200.0), Some(14.0)));
        let point = &usage[0];
        assert_eq!(point.bucket_counts.len(), point.explicit_bounds.len() + 1);
        assert_eq!(point.bucket_counts.iter().sum::<u64>(), point.count);
        assert_eq!(histogram(&metrics, "gen_ai.server.time_to_first_token").len(), 1);
        let requests = counter(&metrics, "coderouter.client_requests");
        assert_eq!(value(&requests[0].attributes, "outcome"), "answered");
        assert!(requests[0].start_time_unix_nano < requests[0].time_unix_nano);
        assert_eq!(counter(&metrics, "coderouter.fallbacks").len(), 1);
    }
}

#[tokio::test]
async fn the_loser_of_a_race_is_a_span_too() {
    let collector = Collector::start().await;
    for (slow, loser) in [("hang", "slow"), ("late:600", "quick")] {
        let quick = if loser == "quick" { "late:20000" } else { "ok" };
        let plan = house()
            .provider("slow", OpenAi, slow)
            .provider_with("quick", OpenAi, quick, "local: false")
            .profile("hedge_after_s: 0.3");
        let house = exporting(plan, &collector).open().await;
        let crossing = Crossing { client: Anthropic, backend: OpenAi, form: Stream };
        assert_eq!(house.ask(&crossing.ask()).await.failure, None);
        house.export().await;
        let spans = collector.spans();
        let [request, slow, quick] = &spans[spans.len() - 3..] else { panic!("{spans:#?}") };
        assert!(request.events.iter().any(|event| event.name == "hedge-decided"));
        for (span, name) in [(slow, "slow"), (quick, "quick")] {
            is(span, "coderouter.provider", name);
            is(span, "coderouter.let_go", if name == loser { "true" } else { "" });
            assert_eq!(told(&house, name).1, hex(&span.span_id));
        }
    }
}

#[tokio::test]
async fn a_client_that_leaves_ends_its_span() {
    let collector = Collector::start().await;
    let plan = house().provider("first", Anthropic, "hang-after-start");
    let house = exporting(plan, &collector).open().await;
    let crossing = Crossing { client: Anthropic, backend: Anthropic, form: Stream };
    let mut line = house.connect().await;
    line.send(crossing.ask().raw(&house)).await;
    house.backend("first").wait_for(1).await.expect("a request");
    drop(line);
    house.backend("first").wait_until(|seen| seen[0].cancelled()).await.expect("a client that left");
    house.export().await;
    let spans = collector.spans();
    let [request, attempt] = spans.as_slice() else { panic!("{spans:#?}") };
    is(request, "coderouter.outcome", "left");
    is(attempt, "coderouter.let_go", "true");
}
