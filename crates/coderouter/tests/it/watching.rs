//! What those who look get: metrics, the overview, facts as they come, the dashboard's files.

use crate::ask::{Anthropic, Ask, OpenAi, Plain, Stream};
use crate::house::{House, house};
use crate::routes::{get, send};
use canon::event::{Fact, Level, Notice};
use serde_json::Value;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A page once it says what is waited for; facts take a moment.
pub(crate) async fn once(house: &House, path: &str, is_there: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..200 {
        let (status, page) = get(house, path).await;
        assert_eq!(status, 200, "{page}");
        if is_there(&page) {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (_, page) = get(house, path).await;
    panic!("what was waited for never came: {page:#}")
}

/// A reader of the live feed.
struct Reader {
    socket: TcpStream,
    text: String,
}

impl Reader {
    async fn open(house: &House, target: &str) -> Self {
        let mut socket = TcpStream::connect(house.address).await.expect("the house is open");
        let head = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        socket.write_all(head.as_bytes()).await.expect("a connection");
        Self { socket, text: String::new() }
    }

    /// Reads until a text has come; false where the feed ends before.
    async fn until(&mut self, wanted: &str) -> bool {
        let mut piece = vec![0; 16 * 1024];
        while !self.text.contains(wanted) {
            let read = tokio::time::timeout(Duration::from_secs(10), self.socket.read(&mut piece));
            let count = read.await.unwrap_or_else(|_| panic!("no {wanted} in:\n{}", self.text)).unwrap_or(0);
            if count == 0 {
                return false;
            }
            self.text.push_str(&String::from_utf8_lossy(&piece[..count]));
        }
        true
    }
}

async fn open() -> House {
    house().provider("first", Anthropic, "500, ok").provider("second", OpenAi, "ok").open().await
}

#[tokio::test]
async fn attempts_and_requests_are_counted_apart() {
    let house = open().await;
    house.ask(&Ask::new(Anthropic, Stream)).await;
    house.ask(&Ask::new(OpenAi, Plain)).await;
    let page = once(&house, "/metrics.json", |page| page["counters"]["requests_total"] == 3).await;
    assert_eq!(page["counters"]["provider_attempts"], serde_json::json!({"first": 1, "second": 2}));
    assert_eq!(page["counters"]["provider_outcomes"]["first"]["failed"], 1);
    assert_eq!(page["config"]["default_profile"], "main");
    // Attempts are told before the requests they belong to.
    once(&house, "/v1/overview", |page| page["requests"]["total"] == 2).await;
    let answer = send(&house, "GET", "/metrics", "").await;
    assert_eq!(answer.head.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let text = String::from_utf8(answer.body).expect("text");
    for line in [
        "coderouter_requests_total 3",
        "coderouter_client_requests_total{outcome=\"answered\"} 2",
        "coderouter_provider_outcomes_total{provider=\"second\",outcome=\"ok\"} 2",
    ] {
        assert!(text.lines().any(|it| it == line), "{line} in\n{text}");
    }
}

#[tokio::test]
async fn the_overview_tells_who_answers_and_why() {
    let house = open().await;
    let heard = house.ask(&Ask::new(Anthropic, Plain)).await;
    let page = once(&house, "/v1/overview", |page| page["requests"]["total"] == 1).await;
    assert_eq!((&page["requests"]["answered"], &page["requests"]["fell_back"]), (&1.into(), &1.into()));
    let chain = &page["chains"][0];
    assert_eq!((&chain["profile"], &chain["is_default"]), (&"main".into(), &true.into()));
    assert_eq!(chain["providers"][1]["turn"], 2);
    assert_eq!(page["providers"][0]["last_error"]["status"], 500);
    let request = &page["recent_requests"][0];
    assert_eq!(request["id"], heard.header("x-request-id"));
    assert_eq!(request["fallbacks"][0]["from"], "first");
    let (_, told) = get(&house, &format!("/v1/route/{}", heard.header("x-request-id"))).await;
    assert_eq!(told["summary"]["attempts"], 2);
    let names: Vec<_> = told["facts"].as_array().expect("facts").iter().map(|it| &it["msg"]).collect();
    assert!(names.contains(&&"provider-failed".into()) && names.contains(&&"request-finished".into()));
}

#[tokio::test]
async fn facts_are_followed_through_a_filter() {
    let house = open().await;
    let mut all = Reader::open(&house, "/v1/events?overview").await;
    assert!(all.until("event: overview").await);
    let mut failures = Reader::open(&house, "/v1/events?event=provider-failed&provider=first").await;
    assert!(failures.until("\r\n\r\n").await);
    house.ask(&Ask::new(Anthropic, Plain)).await;
    assert!(all.until("\"msg\":\"request-finished\"").await);
    assert!(failures.until("\"msg\":\"provider-failed\"").await);
    assert!(!failures.text.contains("try-provider"), "{}", failures.text);
    // Who comes later gets what was, as far as it asks for it.
    let mut late = Reader::open(&house, "/v1/events?last=1").await;
    assert!(late.until("\"msg\":\"request-finished\"").await);
    assert_eq!(late.text.matches("event: fact").count(), 1);
    let number = late.text.rsplit("id: ").next().and_then(|it| it.lines().next()).expect("a number");
    let mut next = Reader::open(&house, &format!("/v1/events?after={number}")).await;
    house.ask(&Ask::new(Anthropic, Plain)).await;
    assert!(next.until("\"msg\":\"request-finished\"").await);
    assert_eq!(next.text.matches("request-finished").count(), 1);
}

#[tokio::test]
async fn what_is_no_filter_is_refused_by_name() {
    let house = open().await;
    let (status, error) = get(&house, "/v1/events?evnt=x").await;
    assert_eq!(status, 400);
    let message = error["error"]["message"].as_str().expect("a message");
    assert!(message.contains("evnt") && message.contains("provider"), "{message}");
}

#[tokio::test]
async fn followers_go_home_when_the_program_stops() {
    let house = open().await;
    let mut reader = Reader::open(&house, "/v1/events").await;
    assert!(reader.until("\r\n\r\n").await);
    house.router.recorder().close();
    assert!(reader.until("\r\n0\r\n\r\n").await, "the feed ends as it should");
}

#[tokio::test]
async fn a_reader_that_stalls_holds_up_nobody_and_hears_what_it_missed() {
    let house = house().provider("first", Anthropic, "ok").open().await;
    let mut stalled = Reader::open(&house, "/v1/events").await;
    assert!(stalled.until("\r\n\r\n").await);
    // Far more than sockets and the ring hold.
    let fields = || vec![("message", "x".repeat(1_000))];
    for round in 1..=20 {
        for _ in 0..2_000 {
            let notice = Notice { name: "test", level: Level::Info, fields: fields() };
            house.router.record(None, Fact::Notice(notice));
        }
        let heard = house.ask(&Ask::new(Anthropic, Plain)).await;
        assert_eq!(heard.answer.head.status, 200);
        once(&house, "/metrics.json", |page| page["counters"]["requests_total"] == round).await;
    }
    assert!(stalled.until("event: missed").await);
}

#[tokio::test]
async fn the_page_needs_no_token_and_what_it_shows_does() {
    let house = house().token("s3cret-token").provider("first", Anthropic, "ok").open().await;
    let page = send(&house, "GET", "/dashboard", "").await;
    assert_eq!((page.head.status, page.head.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.head.header("content-security-policy").starts_with("default-src 'none'"));
    assert_eq!(send(&house, "GET", "/dashboard/script.js", "").await.head.status, 200);
    for path in ["/metrics", "/metrics.json", "/v1/overview", "/v1/events", "/v1/route/last"] {
        assert_eq!(send(&house, "GET", path, "").await.head.status, 401, "{path}");
    }
    assert_eq!(send(&house, "POST", "/dashboard", "").await.head.status, 405);
}

#[tokio::test]
async fn no_secret_and_no_prompt_is_on_any_page() {
    let secret = "sk-canary-0123456789abcdef";
    let house = house()
        .variable("KEY", secret)
        .provider_with("first", Anthropic, "leaks-key", "api_key_env: KEY")
        .provider("second", OpenAi, "ok")
        .open()
        .await;
    let ask = Ask::new(Anthropic, Plain).with("system", "canary-of-a-prompt");
    let id = house.ask(&ask).await.header("x-request-id").to_owned();
    once(&house, "/v1/overview", |page| page["requests"]["total"] == 1).await;
    let mut feed = Reader::open(&house, "/v1/events?last=100&overview").await;
    assert!(feed.until("event: overview").await && feed.until("request-finished").await);
    let mut pages = vec![feed.text];
    for path in ["/metrics", "/metrics.json", "/v1/overview", "/v1/health", &format!("/v1/route/{id}")] {
        pages.push(String::from_utf8_lossy(&send(&house, "GET", path, "").await.body).into_owned());
    }
    pages.push(house.log());
    for page in pages {
        assert!(!page.contains("canary"), "{page}");
    }
}
