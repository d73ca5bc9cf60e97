//! Requests that are refused, by field and words.

use bytes::Bytes;
use canon::fault::FaultKind;
use wire::anthropic::{decode_request, encode_fault, require_max_tokens};

fn check(body: &str, field: &str, message: &str) {
    let fault = decode_request(&Bytes::copy_from_slice(body.as_bytes())).unwrap_err();
    let told = (fault.field.as_deref().unwrap_or_default(), fault.message.as_str());
    assert_eq!(told, (field, message), "{body}");
    let answer = encode_fault(&fault);
    assert_eq!((fault.kind, answer.status, answer.kind), (FaultKind::Invalid, 400, "invalid_request_error"));
}

#[test]
fn what_is_no_request_is_refused_by_its_field() {
    check("", "", "unexpected end of the text at byte 0");
    check("[]", "", "expected an object, found a list at byte 0");
    check("{} x", "", "something follows the value at byte 3");
    check("{}", "messages", "field required");
    check(r#"{"messages":[]}"#, "messages", "at least one message is required");
    check(r#"{"messages":{}}"#, "messages", "expected a list, found an object");
    check(r#"{"model":1}"#, "model", "expected a string, found a number");
    check(r#"{"stream":"yes"}"#, "stream", "expected true or false, found a string");
    check(r#"{"temperature":"hot"}"#, "temperature", "expected a number, found a string");
    check(r#"{"temperature":1e999}"#, "temperature", "number out of range");
    check(r#"{"temperature":NaN}"#, "temperature", "expected a value");
    check(r#"{"max_tokens":-1}"#, "max_tokens", "expected a whole number that is not negative");
    check(r#"{"stop_sequences":"x"}"#, "stop_sequences", "expected a list, found a string");
    check(r#"{"stop_sequences":[1]}"#, "stop_sequences.0", "expected a string, found a number");
    check(r#"{"model":"a","mod\u0065l":"b"}"#, "model", "duplicate field");
    check(r#"{"novel":1,"novel":2}"#, "novel", "duplicate field");
    check(r#"{"thinking":"on"}"#, "thinking", "expected an object, found a string");
    check(r#"{"thinking":{}}"#, "thinking.type", "field required");
    check(r#"{"tool_choice":{"type":"tool"}}"#, "tool_choice.name", "field required");
    check(r#"{"system":[{"text":"x"}]}"#, "system.0.type", "field required");
    check(r#"{"tools":[{"description":"x"}]}"#, "tools.0.name", "field required");
    check(
        r#"{"tools":[{"name":"f","input_schema":[]}]}"#,
        "tools.0.input_schema",
        "expected an object, found a list",
    );
    check("{\"model\":\"a\nb\"}", "model", "control character in a string");
    check(r#"{"model":"\x"}"#, "model", "illegal escape in a string");
}

#[test]
fn a_bad_message_is_named() {
    let check = |message: &str, field: &str, words: &str| {
        let body = format!(r#"{{"messages":[{{"role":"user","content":""}},{message}]}}"#);
        check(&body, &format!("messages.1{field}"), words);
    };
    check("1", "", "expected an object, found a number");
    check("{}", ".role", "field required");
    check(r#"{"role":"user"}"#, ".content", "field required");
    check(r#"{"role":"user","content":null}"#, ".content", "field required");
    check(r#"{"role":"user","role":"user"}"#, ".role", "duplicate field");
    check(r#"{"role":1}"#, ".role", "expected a string, found a number");
    check(r#"{"content":1}"#, ".content", "expected a string or a list of blocks, found a number");
    check(r#"{"content":["a"]}"#, ".content.0", "expected an object, found a string");
    check(r#"{"content":[{"text":"a"}]}"#, ".content.0.type", "field required");
    check(r#"{"content":[{"type":"text"}]}"#, ".content.0.text", "field required");
    check(
        r#"{"content":[{"type":"text","text":1}]}"#,
        ".content.0.text",
        "expected a string, found a number",
    );
    check(r#"{"content":[{"type":"text","type":"text"}]}"#, ".content.0.type", "duplicate field");
    check(r#"{"content":[{"type":"tool_use","name":"f"}]}"#, ".content.0.id", "field required");
    check(r#"{"content":[{"type":"tool_result"}]}"#, ".content.0.tool_use_id", "field required");
    check(
        r#"{"content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"image"}]}]}"#,
        ".content.0.content.0.source",
        "field required",
    );
    check(
        r#"{"content":[{"type":"image","source":{"type":"base64","data":""}}]}"#,
        ".content.0.source.media_type",
        "field required",
    );
}

#[test]
fn only_an_answer_needs_an_output_limit() {
    let body = Bytes::from_static(br#"{"model":"m","messages":[{"role":"user","content":"a"}]}"#);
    let request = decode_request(&body).unwrap();
    assert_eq!(require_max_tokens(&request).unwrap_err().field.as_deref(), Some("max_tokens"));
}
