//! Whatever a client sends is read or refused, loses nothing on the way back into its own dialect, and in a growing
//! conversation of another dialect only the end changes.

use bytes::Bytes;
use canon::target::Target;
use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use wire::{anthropic, openai};

fn text() -> impl Strategy<Value = Value> {
    "[a \"\\\\\n\u{0}é\u{1f600}]{1,6}".prop_map(Value::from)
}

fn maybe(
    name: &'static str,
    value: impl Strategy<Value = Value>,
) -> impl Strategy<Value = Map<String, Value>> {
    proptest::option::weighted(0.4, value)
        .prop_map(move |value| value.into_iter().map(|value| (name.to_owned(), value)).collect())
}

/// Objects made one.
fn joined(parts: impl IntoIterator<Item = Map<String, Value>>) -> Value {
    parts.into_iter().flatten().collect::<Map<_, _>>().into()
}

fn map(value: Value) -> Map<String, Value> {
    let Value::Object(fields) = value else { panic!("no object") };
    fields
}

fn marked(part: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let marker = maybe("cache_control", Just(json!({"type": "ephemeral", "ttl": "1h"})));
    (part, marker, maybe("odd", Just(json!([1, null]))))
        .prop_map(|(part, marker, odd)| joined([map(part), marker, odd]))
}

fn simple_part() -> impl Strategy<Value = Value> {
    marked(prop_oneof![
        4 => text().prop_map(|text| json!({"type": "text", "text": text})),
        1 => Just(json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA=="}})),
        1 => Just(json!({"type": "image", "source": {"type": "url", "url": "https://example.org/a"}})),
        1 => Just(json!({"type": "document", "title": "t", "source": {"type": "text", "media_type": "text/plain", "data": "d"}, "citations": {"enabled": true}})),
        1 => Just(json!({"type": "document", "source": {"type": "file", "file_id": "f"}})),
        1 => Just(json!({"type": "document", "source": {"type": "content", "content": []}})),
        1 => Just(json!({"type": "search_result", "content": [{"type": "text", "text": ""}]})),
    ])
}

fn part() -> impl Strategy<Value = Value> {
    let content = prop_oneof![text(), proptest::collection::vec(simple_part(), 1..3).prop_map(Value::from)];
    let result = (maybe("content", content), maybe("is_error", any::<bool>().prop_map(Value::from)))
        .prop_map(|(content, error)| {
            joined([map(json!({"type": "tool_result", "tool_use_id": "a"})), content, error])
        });
    let own = prop_oneof![
        text().prop_map(|text| json!({"type": "thinking", "thinking": text, "signature": ""})),
        Just(json!({"type": "redacted_thinking", "data": "x"})),
        Just(
            json!({"type": "tool_use", "id": "a.b", "name": "f", "input": {"x": 1.50, "y": {}}, "caller": {"type": "direct"}})
        ),
        Just(json!({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "q"}})),
        result,
    ];
    prop_oneof![simple_part(), marked(own)]
}

fn message() -> impl Strategy<Value = Value> {
    let role = prop::sample::select(vec!["user", "assistant", "system"]);
    let content = prop_oneof![text(), proptest::collection::vec(part(), 1..4).prop_map(Value::from)];
    (role, content, maybe("novel", Just(json!({"x": [1e3]}))))
        .prop_map(|(role, content, odd)| joined([map(json!({"role": role, "content": content})), odd]))
}

fn tool() -> impl Strategy<Value = Value> {
    marked(prop_oneof![
        Just(
            json!({"name": "f", "description": "d", "input_schema": {"type": "object", "properties": {"$id": {"minimum": -9007199254740991i64}}}, "defer_loading": true})
        ),
        Just(json!({"name": "g", "input_schema": {}, "strict": true, "eager_input_streaming": true})),
        Just(json!({"type": "web_search_20250305", "name": "web_search", "max_uses": 3})),
        Just(json!({"type": "mcp_toolset", "mcp_server_name": "m"})),
    ])
}

fn request() -> impl Strategy<Value = Value> {
    let number = prop_oneof![Just(json!(0)), Just(json!(0.70)), Just(json!(1e-3))];
    let thinking = prop::sample::select(vec![
        json!({"type": "adaptive", "display": "x"}),
        json!({"type": "enabled", "budget_tokens": 2000}),
        json!({"type": "disabled"}),
        json!({"type": "novel"}),
    ]);
    let choice = prop::sample::select(vec![
        json!({"type": "auto"}),
        json!({"type": "any", "disable_parallel_tool_use": true}),
        json!({"type": "tool", "name": "f", "disable_parallel_tool_use": false}),
        json!({"type": "none"}),
        json!({"type": "novel", "x": 1}),
    ]);
    let output = prop::sample::select(vec![
        json!({"effort": "high"}),
        json!({"format": {"type": "json_schema", "schema": {"type": "object"}}, "task_budget": {"total": 9}}),
        json!({"effort": "max", "format": {"type": "novel"}}),
    ]);
    let system = prop_oneof![
        text(),
        proptest::collection::vec(
            marked(text().prop_map(|text| json!({"type": "text", "text": text}))),
            1..3
        )
        .prop_map(Value::from)
    ];
    let first = (
        maybe("system", system),
        maybe("tools", proptest::collection::vec(tool(), 1..3).prop_map(Value::from)),
        maybe("thinking", thinking),
        maybe("tool_choice", choice),
        maybe("output_config", output),
    );
    let second = (
        maybe("temperature", number.clone()),
        maybe("top_p", number.clone()),
        maybe("top_k", number),
        maybe("stop_sequences", Just(json!(["a", "\n"]))),
        maybe("stream", Just(json!(true))),
    );
    let third = (
        maybe("metadata", Just(json!({"user_id": "{}"}))),
        maybe("context_management", Just(json!({"edits": []}))),
        maybe("cache_control", Just(json!({"type": "ephemeral"}))),
        maybe("novel", Just(json!(1.0))),
    );
    (proptest::collection::vec(message(), 1..5), first, second, third).prop_map(
        |(messages, first, second, third)| {
            let base = map(json!({"model": "m", "max_tokens": 100, "messages": messages}));
            joined([
                base, first.0, first.1, first.2, first.3, first.4, second.0, second.1, second.2, second.3,
                second.4, third.0, third.1, third.2, third.3,
            ])
        },
    )
}

/// JSON text with sorted keys and its numbers as they are written.
fn canonical(text: &str) -> String {
    if let Ok(object) = serde_json::from_str::<BTreeMap<String, &RawValue>>(text) {
        let fields: Vec<String> =
            object.iter().map(|(key, value)| format!("{key:?}: {}", canonical(value.get()))).collect();
        return format!("{{{}}}", fields.join(", "));
    }
    if let Ok(list) = serde_json::from_str::<Vec<&RawValue>>(text) {
        let items: Vec<String> = list.iter().map(|value| canonical(value.get())).collect();
        return format!("[{}]", items.join(", "));
    }
    match serde_json::from_str::<String>(text) {
        Ok(string) => format!("{string:?}"),
        Err(_) => text.to_owned(),
    }
}

fn bytes(value: &Value) -> Bytes {
    serde_json::to_vec(value).unwrap().into()
}

const SAME_MODEL: Target<'_> = Target {
    model: Some("m"),
    extra_body: &[],
    dropped: &[],
    max_output: None,
    vision: true,
    system_turns: false,
    reasoning_history: false,
    maker_host: false,
};

proptest! {
    #[test]
    fn nothing_is_lost_on_the_way_back(value in request()) {
        let body = bytes(&value);
        let mut request = anthropic::decode_request(&body).unwrap();
        let encoded = anthropic::encode_request(&request, &SAME_MODEL);
        prop_assert!(encoded.verbatim && encoded.losses.is_empty());
        prop_assert_eq!(encoded.body.as_ptr(), body.as_ptr());
        request.forget_sources();
        let encoded = anthropic::encode_request(&request, &SAME_MODEL);
        let written = std::str::from_utf8(&encoded.body).unwrap();
        prop_assert_eq!(canonical(written), canonical(std::str::from_utf8(&body).unwrap()));
    }

    #[test]
    fn edits_leave_the_rest_as_it_came(value in request(), limit in 1..200u64) {
        let body = bytes(&value);
        let mut request = anthropic::decode_request(&body).unwrap();
        request.sampling.temperature = Some(canon::text::Json::fixed("0.25"));
        request.tool_choice = None;
        request.parallel_calls = None;
        let target = Target { model: None, max_output: Some(limit), ..SAME_MODEL };
        let mut wanted = map(value);
        wanted.insert("temperature".into(), json!(0.25));
        wanted.insert("max_tokens".into(), json!(limit.min(100)));
        wanted.remove("tool_choice");
        wanted.remove("model");
        // The budget was larger than any of these limits from the start or becomes so.
        if limit < 100 && wanted.get("thinking").is_some_and(|thinking| thinking["type"] == "enabled") {
            wanted.remove("thinking");
        }
        let encoded = anthropic::encode_request(&request, &target);
        let written: Value = serde_json::from_slice(&encoded.body).unwrap();
        prop_assert_eq!(written, Value::from(wanted));
        prop_assert!(encoded.verbatim);
    }

    #[test]
    fn every_request_can_be_put_to_another_dialect(value in request()) {
        let mut value = value;
        value["messages"].as_array_mut().unwrap().push(json!({"role": "user", "content": "go on"}));
        let request = anthropic::decode_request(&bytes(&value)).unwrap();
        let there = openai::encode_request(&request, &SAME_MODEL);
        let request = openai::decode_request(&there.body).unwrap();
        let back = anthropic::encode_request(&request, &Target { maker_host: true, ..SAME_MODEL });
        prop_assert!(anthropic::decode_request(&back.body).is_ok(), "{}", String::from_utf8_lossy(&back.body));
    }

    #[test]
    fn broken_bodies_are_refused(value in request(), cut in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut body = bytes(&value).to_vec();
        let at = cut.index(body.len());
        prop_assert!(anthropic::decode_request(&Bytes::copy_from_slice(&body[..at])).is_err());
        body[at] = byte;
        let _ = anthropic::decode_request(&Bytes::from(body));
    }

    #[test]
    fn any_bytes_are_borne(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(anthropic::decode_request(&Bytes::from(body)).is_err());
    }

    #[test]
    fn a_growing_conversation_changes_only_at_its_end(turns in proptest::collection::vec(0..6u8, 1..12)) {
        let mut messages = vec![json!({"role": "system", "content": "s"}), json!({"role": "user", "content": "u"})];
        let mut before: Vec<Value> = Vec::new();
        for (at, turn) in turns.iter().enumerate() {
            let id = format!("call.{at}");
            match turn {
                0 => messages.push(json!({"role": "user", "content": [{"type": "text", "text": "more"}]})),
                1 => messages.push(json!({"role": "developer", "content": "mind this"})),
                2 => messages.push(json!({"role": "assistant", "content": "yes"})),
                _ => {
                    let call = json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{\"x\":1}"}});
                    messages.push(json!({"role": "assistant", "content": null, "tool_calls": [call]}));
                    messages.push(json!({"role": "tool", "tool_call_id": id, "content": "done"}));
                }
            }
            let body = bytes(&json!({"model": "m", "messages": messages}));
            let encoded = anthropic::encode_request(&openai::decode_request(&body).unwrap(), &SAME_MODEL);
            let sent: Value = serde_json::from_slice(&encoded.body).unwrap();
            let blocks: Vec<Value> = sent["messages"].as_array().unwrap().iter().flat_map(|message| {
                message["content"].as_array().unwrap().iter().map(|block| json!([message["role"], block]))
            }).collect();
            prop_assert!(blocks.starts_with(&before), "{:?}\n{:?}", before, blocks);
            before = blocks;
        }
    }
}

#[test]
fn reading_takes_time_in_proportion() {
    // Deep, wide and long bodies that a careless reader looks at more than once.
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let body = |message: String| Bytes::from(format!("{{\"max_tokens\":1,\"messages\":[{message}]}}"));
    let late = format!("{{\"text\":\"{}\",\"type\":\"text\"}}", "x".repeat(2_000_000));
    assert!(anthropic::decode_request(&body(format!("{{\"content\":[{late}],\"role\":\"user\"}}"))).is_ok());
    assert!(
        anthropic::decode_request(&body(format!(
            "{{\"role\":\"user\",\"content\":\"x\",\"odd\":{}}}",
            deep(125)
        )))
        .is_ok()
    );
    assert!(
        anthropic::decode_request(&body(format!(
            "{{\"role\":\"user\",\"content\":\"x\",\"odd\":{}}}",
            deep(126)
        )))
        .is_err()
    );
    let unknown: Vec<String> = (0..50_000).map(|n| format!("\"k{n}\":1")).collect();
    let refused = anthropic::decode_request(&body(format!("{{{}}}", unknown.join(","))));
    assert_eq!(refused.unwrap_err().message, "too many unknown fields");
}
