//! Scripts for measurements say the same as others, and remember nothing.

use std::time::Duration;

use rehearsal::{Reply, Script};

use crate::client::{CHAT, Client, MESSAGES, PLAIN, STREAM, ask, backend, started};

#[tokio::test]
async fn prepared_answers_are_the_usual_ones() {
    let reply = || Reply::words("a b c").model("m");
    let usual = backend(reply()).await;
    let prepared = started(Script::bench(reply(), Duration::ZERO)).await;
    for target in [MESSAGES, CHAT] {
        for body in [STREAM, PLAIN] {
            let (expected, received) = (ask(&usual, target, body).await, ask(&prepared, target, body).await);
            assert_eq!((&received.head, &received.body), (&expected.head, &expected.body));
            assert_eq!(received.chunks, expected.chunks);
        }
    }
    assert_eq!(prepared.served(), 4);
    assert!(prepared.requests().is_empty());
}

#[tokio::test]
async fn a_kept_connection_serves_many() {
    let script = Script::bench(Reply::text("x"), Duration::ZERO);
    let backend = started(Script::by_prefix([("/fast", script)])).await;
    let mut client = Client::connect(&backend).await;
    for _ in 0..100 {
        client.post("/fast/v1/chat/completions", PLAIN).await;
        assert_eq!(client.answer().await.status, 200);
    }
    client.send("GET /fast/v1/models HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 200);
    assert_eq!((backend.accepted_connections(), backend.served()), (1, 101));
}
