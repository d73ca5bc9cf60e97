//! The door: who is let in, on every route alike.

use crate::ask::{Anthropic, Ask, OpenAi, Plain};
use crate::house::{House, house};
use crate::line::Answer;

/// Every route, and some that are none.
const ROUTES: &[(&str, &str)] = &[
    ("POST", "/v1/messages"),
    ("POST", "/v1/messages?beta=true"),
    ("POST", "/v1/messages/count_tokens"),
    ("POST", "/v1/chat/completions"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/x"),
    ("GET", "/"),
    ("HEAD", "/"),
    ("GET", "/healthz"),
    ("GET", "/nothing"),
    ("OPTIONS", "/v1/messages"),
    ("DELETE", "/v1/models"),
    ("GET", "/../etc/passwd"),
];

async fn open() -> House {
    house().provider("first", Anthropic, "ok").provider("second", OpenAi, "ok").open().await
}

async fn send(house: &House, method: &str, target: &str, headers: &str) -> Answer {
    let body = String::from_utf8(Ask::new(Anthropic, Plain).bytes()).expect("JSON");
    let body = if method == "POST" { body } else { String::new() };
    let mut line = house.connect().await;
    line.send(format!(
        "{method} {target} HTTP/1.1\r\n{headers}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    ))
    .await;
    let head = line.head().await.expect("an answer");
    if method == "HEAD" {
        line.without_body();
    }
    line.rest(head).await
}

#[tokio::test]
async fn strangers_are_refused_on_every_route() {
    let house = open().await;
    let strangers = [
        "host: evil.example\r\n",
        "host: 127.0.0.1.evil.example\r\n",
        "host: [::1].evil\r\n",
        "host: localhost@evil.example\r\n",
        "host: localhost:80:80\r\n",
        "host: localhost\r\norigin: https://evil.example\r\n",
        "host: localhost\r\norigin: null\r\n",
        "host: localhost\r\norigin: http://localhost.evil.example\r\n",
        "host: localhost\r\nsec-fetch-site: cross-site\r\n",
    ];
    for headers in strangers {
        for (method, target) in ROUTES {
            let answer = send(&house, method, target, headers).await;
            let what = format!("{method} {target} {headers:?} {:?}", answer.head);
            assert_eq!(answer.head.status, 403, "{what}");
            assert_eq!(answer.head.header("access-control-allow-origin"), "", "{what}");
        }
    }
    assert!(house.backend("first").requests().is_empty() && house.backend("second").requests().is_empty());
}

#[tokio::test]
async fn a_target_may_not_name_another_host() {
    let house = open().await;
    let foreign = send(&house, "GET", "http://evil.example/healthz", "host: localhost\r\n").await;
    assert_eq!(foreign.head.status, 403);
    let own = send(&house, "GET", "http://localhost:4000/healthz", "host: localhost\r\n").await;
    assert_eq!(own.head.status, 200);
}

#[tokio::test]
async fn no_page_of_another_site_is_ever_invited() {
    let house = open().await;
    for (method, target) in ROUTES {
        let answer =
            send(&house, method, target, "host: localhost\r\norigin: http://localhost:3000\r\n").await;
        for (name, _) in &answer.head.headers {
            assert!(!name.starts_with("access-control-"), "{method} {target} {name}");
        }
    }
    assert_eq!(send(&house, "OPTIONS", "/v1/messages", "host: localhost\r\n").await.head.status, 405);
}

#[tokio::test]
async fn names_that_are_configured_are_known() {
    let plan = house().provider("first", Anthropic, "ok").root("server:\n  allowed_hosts: [Router.lan]");
    let house = plan.open().await;
    for host in ["router.LAN:4000", "localhost", "127.0.0.1:1", "[::1]:9"] {
        assert_eq!(
            send(&house, "GET", "/healthz", &format!("host: {host}\r\n")).await.head.status,
            200,
            "{host}"
        );
    }
    assert_eq!(send(&house, "GET", "/healthz", "host: lan\r\n").await.head.status, 403);
}

const TOKEN: &str = "tok-canary-0123456789";

#[tokio::test]
async fn where_a_token_is_set_every_route_but_the_probes_wants_it() {
    let house = house().provider("first", Anthropic, "ok").token(TOKEN).open().await;
    let right = [
        format!("authorization: Bearer {TOKEN}\r\n"),
        format!("authorization: bearer  {TOKEN}\r\n"),
        format!("x-api-key: {TOKEN}\r\n"),
        format!("x-coderouter-token: {TOKEN}\r\nauthorization: Bearer wrong\r\n"),
    ];
    let wrong = [
        String::new(),
        "authorization: Bearer wrong\r\n".to_owned(),
        format!("authorization: Basic {TOKEN}\r\n"),
        format!("authorization: Bearer {TOKEN}x\r\n"),
        format!("authorization: Bearer {}\r\n", &TOKEN[..TOKEN.len() - 1]),
        format!("x-coderouter-token: wrong\r\nx-api-key: {TOKEN}\r\n"),
        format!("cookie: token={TOKEN}\r\n"),
        "x-api-key: t\u{e9}\u{1F600}\r\n".to_owned(),
        "x-api-key:\r\n".to_owned(),
    ];
    for (method, target) in ROUTES {
        let probe = ["/", "/healthz"].contains(target);
        for headers in &wrong {
            let answer = send(&house, method, target, &format!("host: localhost\r\n{headers}")).await;
            let what = format!("{method} {target} {headers:?} {:?}", answer.head);
            assert_eq!(answer.head.status == 401, !probe, "{what}");
            let said = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(!said.contains(TOKEN) && !said.contains("first"), "{what} {said}");
        }
        for headers in &right {
            let answer = send(&house, method, target, &format!("host: localhost\r\n{headers}")).await;
            assert_ne!(answer.head.status, 401, "{method} {target} {headers:?}");
        }
    }
    let query = format!("/v1/models?token={TOKEN}&x-api-key={TOKEN}");
    assert_eq!(send(&house, "GET", &query, "host: localhost\r\n").await.head.status, 401);
    let seen = house.backend("first").requests();
    assert!(!seen.is_empty() && !format!("{seen:?}").contains(TOKEN), "no backend learns the token");
    assert!(!house.log().contains(TOKEN));
}
