//! Collectors that don't do what they should: requests don't notice, and what is lost is counted.

use super::exporting;
use crate::ask::{Anthropic, Crossing, OpenAi, Stream};
use crate::collector::Collector;
use crate::house::{House, house};
use crate::routes::send;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message;
use rehearsal::{Response, Script};
use std::time::{Duration, Instant};

const CROSSING: Crossing = Crossing { client: Anthropic, backend: OpenAi, form: Stream };

async fn open(url: &str) -> House {
    house()
        .provider("first", CROSSING.backend, "ok")
        .variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &format!("{url}/v1/traces"))
        .variable("OTEL_BSP_SCHEDULE_DELAY", "20")
        .open()
        .await
}

/// A count on `/metrics`; zero where it does not stand there.
async fn count(house: &House, name: &str) -> u64 {
    let page = send(house, "GET", "/metrics", "").await;
    let page = String::from_utf8(page.body).expect("UTF-8");
    let line = page.lines().find_map(|line| line.strip_prefix("coderouter_")?.strip_prefix(name));
    line.map_or(0, |count| count.trim().parse().expect("a number"))
}

const LOST: &str = r#"otlp_lost_total{signal="spans"}"#;
const FAILED: &str = r#"events_total{event="otlp-export-failed"}"#;
const RECOVERED: &str = r#"events_total{event="otlp-export-recovered"}"#;

/// Waits until so much is counted, and sees that it is no more.
async fn counted(house: &House, name: &str, expect: u64) {
    let began = Instant::now();
    while count(house, name).await < expect {
        assert!(began.elapsed() < Duration::from_secs(10), "{name} is {}", count(house, name).await);
        tokio::task::yield_now().await;
    }
    assert_eq!(count(house, name).await, expect, "{name}");
}

#[tokio::test]
async fn a_collector_that_hangs_costs_nothing_but_telemetry() {
    let collector = Collector::hanging().await;
    let house = open(&collector.url()).await;
    for _ in 0..20 {
        let began = Instant::now();
        assert_eq!(house.ask(&CROSSING.ask()).await.status(), 200);
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }
    let began = Instant::now();
    house.export().await;
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert_eq!(count(&house, LOST).await, 40);
    assert_eq!(house.ask(&CROSSING.ask()).await.status(), 200);
}

#[tokio::test]
async fn nobody_at_the_collectors_address_is_the_same() {
    let nobody = rehearsal::Refused::bind().expect("a free port");
    let house = open(&nobody.url()).await;
    assert_eq!(house.ask(&CROSSING.ask()).await.status(), 200);
    // However often it is tried.
    counted(&house, FAILED, 1).await;
    house.export().await;
    assert_eq!(count(&house, LOST).await, 2);
}

#[tokio::test]
async fn refusals_that_pass_are_waited_for() {
    for status in [429, 502, 503, 504] {
        let script = Script::first(Response::empty(status)).then(Response::empty(200));
        let collector = Collector::playing(script).await;
        let house = open(&collector.url()).await;
        house.ask(&CROSSING.ask()).await;
        counted(&house, FAILED, 1).await;
        counted(&house, RECOVERED, 1).await;
        house.export().await;
        let requests = collector.requests();
        assert_eq!(requests.len(), 2, "{status}");
        assert_eq!(requests[0].body, requests[1].body);
        assert_eq!(count(&house, LOST).await, 0, "{status}");
    }
}

#[tokio::test]
async fn other_refusals_are_final() {
    for status in [400, 401, 404, 413, 500, 307] {
        let collector = Collector::playing(Script::always(Response::empty(status))).await;
        let house = open(&collector.url()).await;
        house.ask(&CROSSING.ask()).await;
        counted(&house, LOST, 2).await;
        house.export().await;
        assert_eq!(collector.requests().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn who_wants_to_be_left_alone_for_longer_than_spans_are_kept_is() {
    for wait in ["3600", "18446744073709551615"] {
        let script = Script::always(Response::empty(503).retry_after(wait));
        let collector = Collector::playing(script).await;
        let house = open(&collector.url()).await;
        house.ask(&CROSSING.ask()).await;
        counted(&house, LOST, 2).await;
        house.export().await;
        assert_eq!(collector.requests().len(), 1, "{wait}");
    }
}

#[tokio::test]
async fn what_a_collector_says_it_did_not_take_is_lost() {
    let partial = ExportTracePartialSuccess { rejected_spans: 1, error_message: String::new() };
    let answer = ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec();
    let collector = Collector::playing(Script::always(Response::empty(200).body(answer))).await;
    let house = open(&collector.url()).await;
    house.ask(&CROSSING.ask()).await;
    counted(&house, LOST, 1).await;
    house.export().await;
    assert_eq!(collector.spans().len(), 2);
    assert_eq!(collector.requests().len(), 1);
}

#[tokio::test]
async fn many_spans_arrive_in_a_few_messages_over_one_connection() {
    let collector = Collector::start().await;
    let plan = house().provider("first", CROSSING.backend, "ok");
    let house = exporting(plan, &collector).open().await;
    for _ in 0..300 {
        house.ask(&CROSSING.ask()).await;
    }
    house.export().await;
    assert_eq!((collector.spans().len(), count(&house, LOST).await), (600, 0));
    let sizes: Vec<usize> = collector.requests().iter().map(|seen| seen.body.len()).collect();
    assert!((3..10).contains(&sizes.len()) && sizes.iter().all(|size| *size < 1024 * 1024), "{sizes:?}");
    let connections: Vec<u64> = collector.requests().iter().map(|seen| seen.connection).collect();
    // One for each signal, kept between messages.
    assert!(connections.iter().all(|connection| *connection <= 2), "{connections:?}");
}
