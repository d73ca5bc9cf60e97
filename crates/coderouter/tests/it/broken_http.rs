//! Requests that HTTP itself refuses, and connections that never become requests.

use crate::ask::{Anthropic, Ask, Plain};
use crate::house::{House, house};
use std::time::{Duration, Instant};

const LIMITS: &str = "server:\n  limits: {head_timeout_s: 1, max_header_bytes: 8192, max_headers: 16}";

async fn open() -> House {
    house().provider("first", Anthropic, "ok").root(LIMITS).open().await
}

async fn serves(house: &House, what: &str) {
    assert_eq!(house.ask(&Ask::new(Anthropic, Plain)).await.status(), 200, "the server goes on after {what}");
}

/// A request with these lines in its head, and a second one smuggled in behind it.
fn smuggled(lines: &str, body: &str) -> String {
    let second = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    format!(
        "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{lines}\r\n\r\n{body}{second}"
    )
}

/// Each is refused with one of these statuses or by closing, and nothing behind it is taken for a request.
async fn check(house: &House, request: &str, statuses: &[u16]) {
    let what = format!("{request:.200?}");
    let mut line = house.connect().await;
    line.send(request).await;
    if let Some(answer) = line.answer().await {
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(statuses.contains(&answer.head.status), "{what}: {:?} {body}", answer.head);
        assert!(!body.contains("\"status\":\"ok\""), "{what}: {body}");
        assert!(line.closes().await, "{what}: the connection stays open, or something follows");
    }
    serves(house, &what).await;
}

#[tokio::test]
async fn a_request_has_one_length() {
    let house = open().await;
    for lines in [
        "content-length: 2\r\ncontent-length: 3",
        "content-length: 2, 3",
        "content-length: 2\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 0",
        "content-length: -2",
        "content-length: +2",
        "content-length: 0x2",
        "content-length: 99999999999999999999999",
        "transfer-encoding: gzip",
        "transfer-encoding: chunked, identity",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity",
        "transfer-encoding : chunked",
        "transfer-encoding:\u{b}chunked",
    ] {
        check(&house, &smuggled(lines, "0\r\n\r\n"), &[400, 411, 413, 415, 501]).await;
    }
    assert!(house.backend("first").requests().iter().all(|seen| !seen.body.is_empty()));
}

#[tokio::test]
async fn malformed_heads_are_refused() {
    let house = open().await;
    let get = |lines: &str| format!("GET /healthz HTTP/1.1\r\n{lines}\r\n\r\n");
    let many: String = (0..40).map(|at| format!("x-{at}: 1\r\n")).collect();
    let requests = [
        "nonsense\r\n\r\n".to_owned(),
        "\0\0\0\0\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        "GET /healthz HTTP/9.9\r\nhost: localhost\r\n\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}\0\u{5}hello\r\n\r\n".to_owned(),
        get("x-none: 1"),
        get("host: localhost\r\nhost: localhost"),
        get("host: localhost\r\nx-folded: a\r\n b"),
        get("host: localhost\r\nx y: 1"),
        get("host: localhost\r\nx: a\0b"),
        get(&format!("host: localhost\r\n{many}x: 1")),
        get(&format!("host: localhost\r\nx: {}", "a".repeat(300_000))),
        format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "a".repeat(300_000)),
    ];
    for request in requests {
        check(&house, &request, &[400, 403, 404, 414, 431, 505]).await;
    }
}

/// Who does not say what he wants in time, or says it drop by drop, is not waited for.
#[tokio::test]
async fn a_head_must_come_in_time() {
    let house = open().await;
    for start in ["", "GET /healthz HTTP/1.1\r\nhost: localh"] {
        let started = Instant::now();
        let mut line = house.connect().await;
        line.send(start).await;
        let status = line.head().await.map_or(408, |head| head.status);
        assert_eq!(status, 408, "{start:?}");
        assert!(started.elapsed() < Duration::from_secs(5), "{start:?}: {:?}", started.elapsed());
    }
    let mut line = house.connect().await;
    let started = Instant::now();
    let mut drip = tokio::time::interval(Duration::from_millis(100));
    let head = "GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-drip: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let mut bytes = head.bytes();
    loop {
        tokio::select! {
            closed = line.head() => break assert_eq!(closed.map_or(408, |head| head.status), 408),
            _ = drip.tick() => {}
        }
        line.send([bytes.next().expect("closed before the head is through")]).await;
    }
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    serves(&house, "drips").await;
}

/// Requests that come at once on one connection are answered in turn, each with its own.
#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let house = house().provider("first", Anthropic, "late:50, ok").open().await;
    let ask = Ask::new(Anthropic, Plain);
    let mut line = house.connect().await;
    line.send([ask.raw(&house), ask.raw(&house)].concat()).await;
    for end in ["middle.", "backend."] {
        let heard = crate::heard::Heard::read(&ask, line.answer().await.expect("an answer"));
        assert!(heard.said.text.ends_with(end), "{}", heard.said.text);
    }
}

/// As many clients as are allowed are served; one more waits until another has gone.
#[tokio::test]
async fn connections_have_a_limit() {
    let plan = house().provider("first", Anthropic, "ok").root("server:\n  limits: {max_connections: 2}");
    let house = plan.open().await;
    let ask = Ask::new(Anthropic, Plain);
    let mut held = [house.connect().await, house.connect().await];
    for line in &mut held {
        line.send(ask.raw(&house)).await;
        assert_eq!(line.answer().await.expect("an answer").head.status, 200);
    }
    let mut third = house.connect().await;
    third.send(ask.raw(&house)).await;
    let early = tokio::time::timeout(Duration::from_millis(200), third.head()).await;
    assert!(early.is_err(), "a third was served: {early:?}");
    drop(held);
    assert_eq!(third.answer().await.expect("an answer").head.status, 200);
}
