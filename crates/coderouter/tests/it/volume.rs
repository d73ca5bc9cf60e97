//! Much of everything: long bodies, many pieces, many clients, old clients, and a configuration that changes under
//! all of it.

use crate::ask::{Anthropic, Ask, OpenAi, Plain, Stream, crossings, streams};
use crate::heard::Heard;
use crate::house::house;
use crate::together::together;
use rehearsal::Reply;
use serde_json::json;

/// A text whose every part is told from the others, with characters of all lengths.
fn long_text(pieces: usize) -> String {
    (0..pieces).map(|at| format!("{at} é漢\u{1F600}\"\\\n")).collect()
}

#[tokio::test]
async fn long_requests_arrive_whole() {
    let text = long_text(60_000);
    for crossing in crossings() {
        let house = house().provider("first", crossing.backend, "ok").open().await;
        let ask = crossing.ask().with("messages", json!([{ "role": "user", "content": text }]));
        assert_eq!(house.ask(&ask).await.status(), 200, "{crossing:?}");
        let seen = house.backend("first").requests().pop().expect("a request").json();
        let content = &seen["messages"][0]["content"];
        let arrived = content.as_str().or(content[0]["text"].as_str()).expect("a text");
        assert!(arrived == text, "{crossing:?}: {} of {}", arrived.len(), text.len());
    }
}

#[tokio::test]
async fn long_answers_arrive_whole() {
    let text = long_text(60_000);
    for crossing in crossings() {
        for reply in [Reply::text(&text), Reply::words(&long_text(5_000))] {
            let expect = reply.parts.clone();
            let house = house().provider("first", crossing.backend, reply).open().await;
            let said = house.ask(&crossing.ask()).await.said;
            let [rehearsal::Part::Text(pieces)] = &expect[..] else { unreachable!("one text") };
            assert!(said.text == pieces.concat(), "{crossing:?}: {} bytes", said.text.len());
        }
    }
}

/// One line of a call's arguments that is longer than any buffer on the way.
#[tokio::test]
async fn a_long_call_arrives_whole() {
    let content = long_text(20_000);
    for crossing in crossings() {
        let call = rehearsal::ToolCall::new("Write", &json!({ "file_path": "/a", "content": content }));
        let house = house().provider("first", crossing.backend, Reply::empty().part(call)).open().await;
        let said = house.ask(&crossing.ask().tools()).await.said;
        assert!(said.calls[0].input()["content"] == content.as_str(), "{crossing:?}");
    }
}

#[tokio::test]
async fn many_clients_are_served_at_once() {
    let house = house().provider("first", OpenAi, "slow:1").provider("second", Anthropic, "ok").open().await;
    let house = std::sync::Arc::new(house);
    together((0..200).map(|at| {
        let house = std::sync::Arc::clone(&house);
        async move {
            let client = if at % 2 == 0 { Anthropic } else { OpenAi };
            let form = if at % 3 == 0 { Plain } else { Stream };
            let heard = house.ask(&Ask::new(client, form)).await;
            assert!(heard.said.text.ends_with("middle.") && heard.failure.is_none(), "{at}");
        }
    }))
    .await;
}

/// Clients of HTTP/1.0 know no chunks: the end of the connection is the end of the answer.
#[tokio::test]
async fn old_clients_are_served() {
    for crossing in crossings() {
        let house = house().provider("first", crossing.backend, "ok").open().await;
        let request = String::from_utf8(crossing.ask().raw(&house)).expect("UTF-8");
        let mut line = house.connect().await;
        line.send(request.replacen("HTTP/1.1", "HTTP/1.0", 1)).await;
        let head = line.head().await.expect("a head");
        assert_eq!((head.status, head.header("transfer-encoding")), (200, ""), "{crossing:?}");
        let mut answer = line.rest(head).await;
        if answer.head.header("content-length").is_empty() {
            answer.body = line.drain().await;
        }
        let heard = Heard::read(&crossing.ask(), answer);
        assert_eq!(heard.said.text, "Hello from the rehearsal backend.", "{crossing:?}");
    }
}

/// A client that asks before it sends its body is told to go on.
#[tokio::test]
async fn clients_that_wait_for_leave_get_it() {
    let house = house().provider("first", Anthropic, "ok").open().await;
    let ask = Ask::new(Anthropic, Plain).header("expect", "100-continue");
    let request = ask.raw(&house);
    let body = ask.bytes();
    let mut line = house.connect().await;
    line.send(&request[..request.len() - body.len()]).await;
    assert_eq!(line.interim().await, 100);
    line.send(body).await;
    assert_eq!(line.answer().await.expect("an answer").head.status, 200);
}

/// Requests under way keep the configuration they began with; the next goes by the new one.
#[tokio::test]
async fn a_new_configuration_leaves_running_streams_alone() {
    for crossing in streams() {
        let old = house().provider("first", crossing.backend, "slow:20").open().await;
        let new = house().provider("second", crossing.backend, "ok").open().await;
        let mut line = old.connect().await;
        line.send(crossing.ask().raw(&old)).await;
        let head = line.head().await.expect("a head");
        old.adopt(&new);
        assert_eq!(old.ask(&crossing.ask()).await.header("x-coderouter-provider"), "second");
        let heard = Heard::read(&crossing.ask(), line.rest(head).await);
        assert!(heard.said.text.ends_with("middle."), "{crossing:?}");
        assert_eq!(heard.header("x-coderouter-provider"), "first");
    }
}
