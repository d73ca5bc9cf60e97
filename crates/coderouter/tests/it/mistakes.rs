//! Requests that are wrong in what they say: each is refused in its dialect's own shape, with the field named, and
//! no backend hears of it.

use crate::ask::{Anthropic, Ask, OpenAi, Plain};
use crate::heard::Heard;
use crate::house::{House, house};
use rehearsal::Dialect;
use serde_json::{Value, json};

/// A text that must never come back at length.
const LONG: &str =
    "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ";

async fn open() -> House {
    house().provider("first", Anthropic, "ok").provider("second", OpenAi, "ok").open().await
}

/// The refusal names the field, no backend hears of it, and the server goes on.
async fn check(house: &House, ask: &Ask, field: &str) {
    let before = heard_of(house);
    let heard = house.ask(ask).await;
    check_words(ask, &heard, field);
    assert_eq!(heard_of(house), before, "{field}");
    assert_eq!(house.ask(&Ask::new(ask.client, Plain)).await.status(), 200, "the server goes on");
}

fn heard_of(house: &House) -> usize {
    ["first", "second"].map(|name| house.backend(name).requests().len()).iter().sum()
}

fn check_words(ask: &Ask, heard: &Heard, field: &str) {
    let body = String::from_utf8_lossy(&ask.bytes()).into_owned();
    let what = format!("{field}: {:?} {body:.300}\n{}", ask.client, heard.everything());
    assert_eq!(heard.status(), 400, "{what}");
    let failure = heard.failed();
    assert_eq!(failure.kind, "invalid_request_error", "{what}");
    assert!(failure.message.contains(field), "{field} is not named: {what}");
    assert!(failure.message.len() < 500 && !failure.message.contains(LONG), "{what}");
    assert!(!failure.message.contains('\n') && !heard.header("x-injected").contains('1'), "{what}");
    assert_eq!(heard.header("x-should-retry"), "false", "{what}");
    assert!(heard.header("x-request-id").starts_with("req_"), "{what}");
    if ask.client == OpenAi && !field.is_empty() && !field.contains(' ') {
        assert_eq!(failure.param, field, "{what}");
    }
}

const BROKEN_JSON: &[&[u8]] = &[
    b"",
    b" ",
    b"{",
    b"nonsense",
    b"{\"model\":\"m\"",
    b"{\"model\":\"m\",}",
    b"{'model':'m'}",
    b"{\"a\":1}{\"b\":2}",
    b"{\"a\":NaN}",
    b"{\"a\":Infinity}",
    b"{\"a\":01}",
    b"{\"a\":1.}",
    b"{\"a\":+1}",
    b"{\"a\":\"\xff\xfe\"}",
    b"{\"a\":\"\xc0\xaf\"}",
    b"{\"a\":\"\\ud800\"}",
    b"{\"a\":\"\\x41\"}",
    b"{\"a\":\"line\nend\"}",
    b"{\"a\":\"nul\0\"}",
    b"\x00\x00\x00\x00",
    b"[]",
    b"null",
    b"7",
    b"\"text\"",
    b"<html></html>",
];

#[tokio::test]
async fn what_is_no_json_object_is_refused() {
    let house = open().await;
    for client in [Anthropic, OpenAi] {
        for body in BROKEN_JSON {
            check(&house, &Ask::new(client, Plain).carrying(*body), "").await;
        }
    }
}

#[tokio::test]
async fn depth_has_an_end() {
    let house = open().await;
    for client in [Anthropic, OpenAi] {
        for depth in [200, 100_000] {
            for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
                let inner = format!("{}{}{}", open.repeat(depth), 1, close.repeat(depth));
                let body = format!(
                    "{{\"messages\":[{{\"role\":\"user\",\"content\":\"Hi\"}}],\"max_tokens\":1,\"x\":{inner}}}"
                );
                check(&house, &Ask::new(client, Plain).carrying(body), "").await;
            }
        }
    }
}

/// Fields that are wrong, by their path.
fn wrong_fields(client: Dialect) -> Vec<(&'static str, Ask)> {
    let ask = || Ask::new(client, Plain);
    let messages = |message: Value| ask().with("messages", json!([message]));
    let part = |part: Value| messages(json!({ "role": "user", "content": [part] }));
    let mut rows = vec![
        ("messages", ask().without("messages")),
        ("messages", ask().with("messages", Value::Null)),
        ("messages", ask().with("messages", json!({}))),
        ("messages", ask().with("messages", LONG)),
        ("messages.0", messages(json!(7))),
        ("messages.0", messages(json!(LONG))),
        ("messages.0.role", messages(json!({ "content": "Hi" }))),
        ("messages.0.role", messages(json!({ "role": 7, "content": "Hi" }))),
        ("messages.0.content", messages(json!({ "role": "user", "content": 7 }))),
        ("messages.0.content", messages(json!({ "role": "user", "content": { "type": "text" } }))),
        ("messages.0.content.0", part(json!(7))),
        ("messages.0.content.0.text", part(json!({ "type": "text", "text": 7 }))),
        ("messages.0.content.0.text", part(json!({ "type": "text" }))),
        ("messages.0.content.0.type", part(json!({ "text": "Hi" }))),
        ("model", ask().with("model", 7)),
        ("stream", ask().with("stream", "yes")),
        ("temperature", ask().with("temperature", LONG)),
        ("tools", ask().with("tools", 7)),
        ("tools.0", ask().with("tools", json!([7]))),
        ("tool_choice", ask().with("tool_choice", 7)),
        ("max_tokens", ask().with("max_tokens", "many")),
        ("max_tokens", ask().with("max_tokens", 1.5)),
        ("profile", ask().with("profile", 7)),
    ];
    rows.extend(match client {
        Anthropic => vec![
            ("max_tokens", ask().without("max_tokens")),
            ("max_tokens", ask().with("max_tokens", -1)),
            ("system", ask().with("system", 7)),
            ("system.0", ask().with("system", json!([7]))),
            ("stop_sequences", ask().with("stop_sequences", 7)),
            ("tools.0.name", ask().with("tools", json!([{ "input_schema": {} }]))),
        ],
        OpenAi => vec![
            ("tools.0.function.name", ask().with("tools", json!([{ "type": "function", "function": {} }]))),
            ("messages.0.tool_call_id", messages(json!({ "role": "tool", "content": "ok" }))),
            ("stream_options", ask().with("stream_options", 7)),
            ("messages.0.role", messages(json!({ "role": LONG, "content": "Hi" }))),
        ],
    });
    rows
}

#[tokio::test]
async fn a_wrong_field_is_named() {
    let house = open().await;
    for client in [Anthropic, OpenAi] {
        for (field, ask) in wrong_fields(client) {
            check(&house, &ask, field).await;
        }
    }
}

/// Of two keys each reader takes another: who checks one and sends the other is fooled.
#[tokio::test]
async fn a_key_that_comes_twice_is_refused() {
    let house = open().await;
    for client in [Anthropic, OpenAi] {
        for (key, value) in [("messages", "[]"), ("model", "\"x\""), ("stream", "true"), ("max_tokens", "7")]
        {
            let ask = Ask::new(client, Plain).with("stream", false).with("max_tokens", 1);
            let once = String::from_utf8(ask.bytes()).expect("JSON");
            let twice = format!("{},\"{key}\":{value}}}", once.strip_suffix('}').expect("an object"));
            check(&house, &ask.carrying(twice), key).await;
        }
    }
}

#[tokio::test]
async fn unknown_names_are_told_with_the_known_ones() {
    let plan = house().provider("first", Anthropic, "ok").provider("second", OpenAi, "ok");
    let house = plan.root("mode_aliases:\n  quick: main").open().await;
    for client in [Anthropic, OpenAi] {
        let ask = || Ask::new(client, Plain);
        check(&house, &ask().with("profile", "nope"), "unknown profile 'nope'").await;
        check(&house, &ask().header("x-coderouter-profile", "nope"), "available: ").await;
        check(&house, &ask().header("x-coderouter-mode", "nope"), "unknown mode 'nope'").await;
        check(&house, &ask().with("profile", "a\r\nx-injected: 1"), "unknown profile").await;
        check(&house, &ask().with("profile", LONG.repeat(50)), "unknown profile").await;
        // The body outranks the header, the header the mode.
        let outranked = ask().with("profile", "main").header("x-coderouter-profile", "nope");
        assert_eq!(house.ask(&outranked).await.status(), 200);
        let outranked = ask().header("x-coderouter-profile", "main").header("x-coderouter-mode", "nope");
        assert_eq!(house.ask(&outranked).await.status(), 200);
        let mode = ask().header("x-coderouter-mode", "quick");
        assert_eq!(house.ask(&mode).await.header("x-coderouter-profile"), "main");
    }
}

/// What real clients send that strict readers refuse.
#[tokio::test]
async fn odd_but_real_requests_pass() {
    let house = open().await;
    let call = |input: Value| json!({ "type": "tool_use", "id": "toolu_1", "name": "Read", "input": input });
    let result = json!({ "type": "tool_result", "tool_use_id": "toolu_1", "content": "ok" });
    let history = |input: Value| {
        json!([
            { "role": "user", "content": "Go." },
            { "role": "system", "content": "Agents: none." },
            { "role": "assistant", "content": [{ "type": "text", "text": "" }, call(input)] },
            { "role": "user", "content": [result] },
        ])
    };
    let unparsed = json!({ "__unparsedToolInput": { "raw": "{", "len": 1 } });
    for input in [json!("{\"a\":1}"), unparsed, json!({}), Value::Null] {
        let ask = Ask::new(Anthropic, Plain).with("messages", history(input.clone()));
        assert_eq!(house.ask(&ask).await.status(), 200, "{input}");
    }
    let chat = [
        Ask::new(OpenAi, Plain).with("stop", "END"),
        Ask::new(OpenAi, Plain).with("max_completion_tokens", 10),
        Ask::new(OpenAi, Plain).with("temperature", Value::Null).with("tools", Value::Null),
        Ask::new(OpenAi, Plain).with(
            "messages",
            json!([{ "role": "developer", "content": "Be kind." }, { "role": "user", "content": "Hi" }]),
        ),
        Ask::new(OpenAi, Plain).without("model"),
        Ask::new(Anthropic, Plain).header("content-type", "application/json; charset=utf-8"),
    ];
    for ask in chat {
        let heard = raw(&house, &ask).await;
        assert_eq!(heard.0, 200, "{ask:?} {}", heard.1);
    }
}

/// Status and body, grammar unasked: without a model in the request none can be checked in the answer.
async fn raw(house: &House, ask: &Ask) -> (u16, String) {
    let mut line = house.connect().await;
    line.send(ask.raw(house)).await;
    let answer = line.answer().await.expect("an answer");
    (answer.head.status, String::from_utf8(answer.body).expect("UTF-8"))
}
