//! Requests that are refused, by field and words.

use bytes::Bytes;
use canon::fault::FaultKind;
use wire::openai::{decode_request, encode_fault};

fn check(body: &str, field: &str, message: &str) {
    let fault = decode_request(&Bytes::copy_from_slice(body.as_bytes())).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Invalid, "{body}");
    assert_eq!(
        (fault.field.as_deref().unwrap_or_default(), fault.message.as_str()),
        (field, message),
        "{body}"
    );
    assert_eq!(encode_fault(&fault).status, 400);
}

#[test]
fn what_is_no_request_is_refused_by_its_field() {
    check("", "", "unexpected end of the text at byte 0");
    check("[]", "", "expected an object, found a list at byte 0");
    check(r#"{"messages":[{"role":"user","content":"a"}]"#, "", "unexpected end of the text at byte 43");
    check("{}", "messages", "expected at least one message");
    check(r#"{"messages":[]}"#, "messages", "expected at least one message");
    check(r#"{"messages":{}}"#, "messages", "expected a list, found an object");
    check(r#"{"model":1}"#, "model", "expected a string, found a number");
    check(r#"{"stream":"yes"}"#, "stream", "expected true or false, found a string");
    check(r#"{"temperature":"hot"}"#, "temperature", "expected a number, found a string");
    check(r#"{"max_tokens":1.5}"#, "max_tokens", "expected a whole number that is not negative");
    check(r#"{"stop":[1]}"#, "stop.0", "expected a string, found a number");
    check(r#"{"model":"a","model":"b"}"#, "model", "duplicate field");
    check(r#"{"novel":1,"nov\u0065l":2}"#, "novel", "duplicate field");
    check(r#"{"tool_choice":"maybe"}"#, "tool_choice", "expected `auto`, `required`, `none` or an object");
    check(
        r#"{"stream_options":{"include_usage":1}}"#,
        "stream_options.include_usage",
        "expected true or false, found a number",
    );
}

#[test]
fn a_bad_message_is_named() {
    let check = |message: &str, field: &str, words: &str| {
        let field = format!("messages.1{field}");
        check(&format!(r#"{{"messages":[{{"role":"user"}},{message}]}}"#), &field, words);
    };
    check("1", "", "expected an object, found a number");
    check("{}", ".role", "expected a role");
    check(r#"{"role":"robot"}"#, ".role", "expected `system`, `developer`, `user`, `assistant` or `tool`");
    check(r#"{"role":"user","role":"user"}"#, ".role", "duplicate field");
    check(
        r#"{"role":"user","content":1}"#,
        ".content",
        "expected a string or a list of parts, found a number",
    );
    check(r#"{"role":"user","content":["a"]}"#, ".content.0", "expected an object, found a string");
    check(r#"{"role":"user","content":[{"text":"a"}]}"#, ".content.0.type", "expected the type of the part");
    check(r#"{"role":"user","content":[{"type":"text"}]}"#, ".content.0.text", "the field is missing");
    check(
        r#"{"role":"user","content":[{"type":"image_url","image_url":{"detail":"low"}}]}"#,
        ".content.0.image_url.url",
        "the field is missing",
    );
    check(r#"{"role":"tool","content":"a"}"#, ".tool_call_id", "expected the id of the call it answers");
    check(
        r#"{"role":"user","tool_calls":[{"id":"a","function":{"name":"f"}}]}"#,
        ".tool_calls",
        "only the assistant makes calls",
    );
    check(
        r#"{"role":"assistant","tool_calls":[{"id":"a","function":{}}]}"#,
        ".tool_calls.0.function.name",
        "expected a name",
    );
}

#[test]
fn a_bad_tool_is_named() {
    let check = |tool: &str, field: &str, words: &str| {
        check(&format!(r#"{{"messages":[{{"role":"user"}}],"tools":[{tool}]}}"#), field, words);
    };
    check(r#"{"type":"function","function":{}}"#, "tools.0.function.name", "expected a name");
    check(r#"{"type":"function","function":[]}"#, "tools.0.function", "expected an object, found a list");
    check(
        r#"{"type":"function","function":{"name":1}}"#,
        "tools.0.function.name",
        "expected a string, found a number",
    );
}

#[test]
fn half_surrogate_pairs_do_not_end_a_session() {
    let body = Bytes::from_static(br#"{"messages":[{"role":"user","content":"a\ud83d"}]}"#);
    let request = decode_request(&body).unwrap();
    assert_eq!(request.messages[0].content, canon::request::Content::Text("a\u{fffd}".into()));
}
