//! What each dialect looks like, whole, against files; the rest of its vocabulary in a table.

use rehearsal::{Part, Reply, Response, Stop, ToolCall, Usage};
use serde_json::{Value, json};

use crate::client::{CHAT, MESSAGES, PLAIN, STREAM, ask, backend, started};

/// One of everything.
pub(crate) fn rich() -> Reply {
    let usage = Usage { input: 10, cached: 200, cache_written: 30, output: 44, reasoning: 7 };
    Reply::empty()
        .part(Part::thinking("Let me see.", "c2ln"))
        .part(Part::words("Two calls: \u{fffd}"))
        .part(ToolCall::new("Read", &json!({ "file_path": "/a \"b\"" })).in_pieces(10))
        .part(ToolCall::raw("List", "{}"))
        .usage(usage)
}

/// Compares with a file; with the variable REHEARSAL_BLESS set, writes the file instead.
fn check(name: &str, text: &str) {
    let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("REHEARSAL_BLESS").is_some() {
        std::fs::write(&path, text).expect("a writable file");
    }
    let golden = std::fs::read_to_string(&path).expect("a golden file");
    assert_eq!(text, golden, "{name}");
}

#[tokio::test]
async fn both_dialects_streamed_and_plain() {
    let backend = backend(rich()).await;
    for (target, dialect) in [(MESSAGES, "anthropic"), (CHAT, "openai")] {
        let stream = ask(&backend, target, STREAM).await;
        assert!(
            stream.head.contains("content-type: text/event-stream; charset=utf-8\r\n"),
            "{}",
            stream.head
        );
        check(&format!("{dialect}.sse"), &stream.text());
        let plain = ask(&backend, target, PLAIN).await;
        assert!(plain.head.contains("content-type: application/json\r\n"), "{}", plain.head);
        check(&format!("{dialect}.json"), &plain.text());
    }
}

#[tokio::test]
async fn every_frame_is_json() {
    let backend = backend(rich()).await;
    for target in [MESSAGES, CHAT] {
        let text = ask(&backend, target, STREAM).await.text();
        for data in
            text.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]")
        {
            assert!(serde_json::from_str::<Value>(data).unwrap().is_object(), "{data}");
        }
    }
}

#[tokio::test]
async fn stop_reasons_in_both_dialects() {
    let word = || Stop::Other(String::from("eos"));
    for (stop, anthropic, openai) in [
        (Stop::End, "end_turn", "stop"),
        (Stop::MaxTokens, "max_tokens", "length"),
        (Stop::ToolUse, "tool_use", "tool_calls"),
        (Stop::StopSequence(String::from("END")), "stop_sequence", "stop"),
        (Stop::Refusal, "refusal", "content_filter"),
        (Stop::PauseTurn, "pause_turn", "stop"),
        (Stop::ContextWindow, "model_context_window_exceeded", "length"),
        (word(), "eos", "eos"),
    ] {
        let backend = backend(Reply::text("x").stop(stop)).await;
        let text = ask(&backend, MESSAGES, PLAIN).await.text();
        assert!(text.contains(&format!("\"stop_reason\":\"{anthropic}\"")), "{text}");
        let text = ask(&backend, CHAT, STREAM).await.text();
        assert!(text.contains(&format!("\"finish_reason\":\"{openai}\"")), "{text}");
    }
}

#[tokio::test]
async fn a_refusal_and_hidden_thinking_where_the_dialect_has_them() {
    let reply =
        Reply::empty().part(Part::Redacted(String::from("xyz"))).part(Part::Refusal(String::from("No.")));
    let backend = backend(reply).await;
    let anthropic = ask(&backend, MESSAGES, STREAM).await.text();
    assert!(anthropic.contains(r#"{"type":"redacted_thinking","data":"xyz"}"#), "{anthropic}");
    assert!(anthropic.contains(r#""stop_reason":"refusal""#), "{anthropic}");
    let openai = ask(&backend, CHAT, PLAIN).await.text();
    assert!(openai.contains(r#""content":null,"refusal":"No.""#), "{openai}");
    assert!(openai.contains(r#""finish_reason":"stop""#), "{openai}");
}

#[tokio::test]
async fn token_counts_come_only_where_openai_clients_ask() {
    let backend = backend(Reply::text("x")).await;
    let without = ask(&backend, CHAT, r#"{"stream":true}"#).await.text();
    assert!(!without.contains("usage"), "{without}");
    let with = ask(&backend, CHAT, STREAM).await.text();
    assert!(with.contains(r#""choices":[],"usage":{"prompt_tokens":25,"#), "{with}");
}

#[tokio::test]
async fn id_and_model_are_those_of_the_reply_or_the_request() {
    let own = backend(Reply::text("x").id("id-1").model("other")).await;
    let named = backend(Reply::text("x")).await;
    for target in [MESSAGES, CHAT] {
        let text = ask(&own, target, PLAIN).await.text();
        assert!(text.contains(r#""id":"id-1""#) && text.contains(r#""model":"other""#), "{text}");
        let text = ask(&named, target, PLAIN).await.text();
        assert!(text.contains(r#""model":"m""#), "{text}");
    }
}

#[tokio::test]
async fn errors_come_in_the_dialect_of_the_path() {
    for (status, anthropic, openai) in [
        (400, "invalid_request_error", "invalid_request_error"),
        (401, "authentication_error", "invalid_api_key"),
        (402, "billing_error", "insufficient_quota"),
        (403, "permission_error", "permission_error"),
        (404, "not_found_error", "model_not_found"),
        (413, "request_too_large", "invalid_request_error"),
        (429, "rate_limit_error", "rate_limit_exceeded"),
        (500, "api_error", "server_error"),
        (529, "overloaded_error", "server_error"),
    ] {
        let backend = backend(Response::status(status).retry_after("7").message("why")).await;
        let refused = ask(&backend, MESSAGES, STREAM).await;
        assert_eq!(refused.status, status);
        assert!(refused.head.contains("retry-after: 7\r\n"), "{}", refused.head);
        let expected = format!(r#"{{"type":"error","error":{{"type":"{anthropic}","message":"why"}}}}"#);
        assert_eq!(refused.text(), expected);
        let refused = ask(&backend, CHAT, STREAM).await.text();
        assert!(refused.starts_with(r#"{"error":{"message":"why","type":"#), "{refused}");
        assert!(refused.contains(openai), "{refused}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_object_is_refused_like_everywhere() {
    let backend = backend(Reply::text("x")).await;
    for body in ["{\"model\":", "[]", "null"] {
        assert_eq!(ask(&backend, CHAT, body).await.status, 400, "{body}");
    }
}

#[tokio::test]
async fn lists_models_for_clients_of_both_dialects() {
    let script = rehearsal::Script::always(Reply::empty()).models(["claude-local-a", "b"]);
    let backend = started(script).await;
    let mut client = crate::client::Client::connect(&backend).await;
    client.send("GET /v1/models?limit=1000 HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let list: Value = serde_json::from_slice(&client.answer().await.body).unwrap();
    assert_eq!(list["object"], "list");
    assert_eq!((&list["first_id"], &list["last_id"]), (&json!("claude-local-a"), &json!("b")));
    assert_eq!(list["data"][1]["id"], "b");
    assert_eq!((&list["data"][0]["type"], &list["data"][0]["object"]), (&json!("model"), &json!("model")));
}

#[tokio::test]
async fn counts_tokens_and_answers_its_root() {
    let backend = backend(Reply::empty()).await;
    let counted = ask(&backend, "/v1/messages/count_tokens?beta=true", &"x".repeat(40)).await;
    assert_eq!(counted.text(), r#"{"input_tokens":10}"#);
    let mut client = crate::client::Client::connect(&backend).await;
    client.send("HEAD / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    let all = String::from_utf8(client.rest().await.unwrap()).unwrap();
    assert!(all.starts_with("HTTP/1.1 200 OK\r\n") && all.ends_with("\r\n\r\n"), "{all}");
}
