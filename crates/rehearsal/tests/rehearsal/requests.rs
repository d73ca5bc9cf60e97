//! What the backend reads, remembers and picks its acts by.

use rehearsal::{Act, Backend, Reply, Response, Script};
use serde_json::json;

use crate::client::{CHAT, Client, MESSAGES, PLAIN, STREAM, ask, backend, started};

#[tokio::test]
async fn requests_are_recorded_as_they_came() {
    let backend = backend(Reply::text("x")).await;
    let mut client = Client::connect(&backend).await;
    client
        .send("POST /v1/messages?beta=true HTTP/1.1\r\nHost: a\r\nX-Api-Key: k\r\nx-api-key: second\r\n")
        .await;
    client.send("Content-Length: 13\r\n\r\n{\"model\": \"m\"}").await;
    client.answer().await;
    let seen = &backend.wait_for(1).await.unwrap()[0];
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/v1/messages?beta=true"));
    assert_eq!(seen.path(), MESSAGES);
    let names: Vec<&str> = seen.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Host", "X-Api-Key", "x-api-key", "Content-Length"]);
    assert_eq!(seen.header("X-API-KEY"), Some("k"));
}

#[tokio::test]
async fn a_chunked_body_is_put_together() {
    let backend = backend(Reply::text("x")).await;
    let mut client = Client::connect(&backend).await;
    client.send("POST /v1/messages HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n7\r\n{\"model\r\n").await;
    client.send("6\r\n\":\"m\"}\r\n0\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 200);
    assert_eq!(backend.requests()[0].json(), json!({ "model": "m" }));
}

#[tokio::test]
async fn a_client_that_waits_for_leave_gets_it() {
    let backend = backend(Reply::text("x")).await;
    let mut client = Client::connect(&backend).await;
    client.send("POST /v1/messages HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n").await;
    assert_eq!(client.until("\r\n\r\n").await, b"HTTP/1.1 100 Continue\r\n\r\n");
    client.send("{}").await;
    assert_eq!(client.answer().await.status, 200);
}

#[tokio::test]
async fn connections_are_kept_and_counted() {
    let backend = backend(Reply::text("x")).await;
    let mut client = Client::connect(&backend).await;
    for target in [CHAT, MESSAGES] {
        client.post(target, PLAIN).await;
        client.answer().await;
    }
    ask(&backend, CHAT, PLAIN).await;
    let connections: Vec<u64> = backend.requests().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [1, 1, 2]);
    assert_eq!((backend.accepted_connections(), backend.served()), (2, 3));
    assert!(backend.open_connections() >= 1);
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_turn() {
    let script = Script::first(Reply::text("first")).then(Reply::text("second"));
    let backend = started(script).await;
    let mut client = Client::connect(&backend).await;
    client.post(CHAT, PLAIN).await;
    client.post(CHAT, STREAM).await;
    assert!(client.answer().await.text().contains("first"));
    assert!(client.answer().await.text().contains("second"));
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let backend = backend(Reply::text("x")).await;
    for text in ["hello\r\n\r\n", "POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n"] {
        let mut client = Client::connect(&backend).await;
        client.send(text).await;
        assert_eq!(client.answer().await.status, 400);
    }
    assert!(backend.requests().is_empty());
}

#[tokio::test]
async fn acts_come_in_order_and_the_last_stays() {
    let script = Script::first(Response::status(429)).then(Response::status(503)).then(Reply::text("ok"));
    let backend = started(script).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(ask(&backend, CHAT, PLAIN).await.status);
    }
    assert_eq!(statuses, [429, 503, 200, 200]);
}

#[tokio::test]
async fn model_lists_use_up_no_act_unless_told_to() {
    let script = || Script::first(Response::status(401)).then(Reply::text("ok"));
    let list = "GET /v1/models HTTP/1.1\r\nhost: a\r\n\r\n";
    for (script, listed, called) in [(script(), 200, 401), (script().everywhere(), 401, 200)] {
        let backend = started(script).await;
        let mut client = Client::connect(&backend).await;
        client.send(list).await;
        assert_eq!(client.answer().await.status, listed);
        assert_eq!(ask(&backend, CHAT, PLAIN).await.status, called);
    }
}

#[tokio::test]
async fn one_backend_stands_for_many() {
    let backend = started(Script::by_prefix([
        ("/a", Script::first(Response::status(429)).then(Reply::text("ok"))),
        ("/a/deep", Script::always(Response::status(402))),
        ("/b", Script::always(Response::status(403))),
    ]))
    .await;
    for (target, status) in [
        ("/b/v1/messages", 403),
        ("/a/v1/messages", 429),
        ("/a/v1/chat/completions?x=1", 200),
        ("/a/deep/v1/messages", 402),
        ("/abc/v1/messages", 404),
        ("/v1/messages", 404),
    ] {
        assert_eq!(ask(&backend, target, PLAIN).await.status, status, "{target}");
    }
    assert_eq!(backend.requests_at("/b/").len(), 1);
    assert_eq!(backend.base_url("/b"), format!("{}/b/v1", backend.url()));
}

#[tokio::test]
async fn a_path_may_have_an_act_of_its_own() {
    let script =
        Script::always(Reply::text("x")).at("/props", Response::json(200, &json!({ "n_ctx": 4096 })));
    let backend = started(Script::by_prefix([("/llama", script)])).await;
    assert_eq!(ask(&backend, "/llama/props", "").await.text(), r#"{"n_ctx":4096}"#);
}

#[tokio::test]
async fn a_function_may_decide() {
    let backend = started(Script::function(|seen| match seen.header("x-which") {
        Some("refuse") => Response::status(418).into(),
        _ => Reply::text(format!("{} bytes", seen.body.len())).into(),
    }))
    .await;
    assert!(ask(&backend, CHAT, "{}").await.text().contains("2 bytes"));
    let mut client = Client::connect(&backend).await;
    client.send("POST /v1/messages HTTP/1.1\r\nx-which: refuse\r\ncontent-length: 2\r\n\r\n{}").await;
    assert_eq!(client.answer().await.status, 418);
}

#[tokio::test]
async fn an_act_before_the_body_does_not_wait_for_it() {
    let backend = started(Script::always(Response::status(413)).before_body()).await;
    let mut client = Client::connect(&backend).await;
    client.send("POST /v1/messages HTTP/1.1\r\ncontent-length: 1000000\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 413);
    assert!(client.rest().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_script_can_be_switched() {
    let backend = backend(Response::status(503)).await;
    assert_eq!(ask(&backend, CHAT, PLAIN).await.status, 503);
    backend.switch_to(Script::always(Reply::text("back")));
    assert_eq!(ask(&backend, CHAT, PLAIN).await.status, 200);
}

#[tokio::test]
async fn a_backend_can_stop_and_come_back_on_its_port() {
    let backend = backend(Act::hang()).await;
    let addr = backend.addr();
    let mut client = Client::connect(&backend).await;
    client.post(CHAT, PLAIN).await;
    backend.wait_for(1).await.unwrap();
    backend.shutdown().await;
    assert!(client.rest().await.is_ok_and(|bytes| bytes.is_empty()));
    let error = tokio::net::TcpStream::connect(addr).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    let again = Backend::start_on(addr, Script::always(Reply::text("back"))).await.unwrap();
    assert_eq!(ask(&again, CHAT, PLAIN).await.status, 200);
}

#[tokio::test]
async fn requests_are_told_once_each_as_they_come() {
    let backend = backend(Reply::text("x")).await;
    for target in [MESSAGES, CHAT] {
        ask(&backend, target, PLAIN).await;
    }
    let (first, count) = backend.requests_after(0).await;
    let targets: Vec<_> = first.iter().map(|seen| seen.target.as_str()).collect();
    assert_eq!((targets, count), (vec![MESSAGES, CHAT], 2));
    let (next, _) = tokio::join!(backend.requests_after(count), ask(&backend, "/v1/models", ""));
    assert_eq!((next.0[0].target.as_str(), next.0.len(), next.1), ("/v1/models", 1, 3));
}
