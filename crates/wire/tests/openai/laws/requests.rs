//! Whatever a client sends is read or refused, loses nothing on the way back into its own dialect, and grows only at
//! its end from turn to turn in another.

use bytes::Bytes;
use canon::target::Target;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use wire::{anthropic, openai};

fn text() -> impl Strategy<Value = Value> {
    "[a \"\\\\\n\u{0}é\u{1f600}]{0,6}".prop_map(Value::from)
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

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn part() -> impl Strategy<Value = Value> {
    let known = prop_oneof![
        text().prop_map(|text| json!({"type": "text", "text": text})),
        Just(
            json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==", "detail": "low"}})
        ),
        Just(json!({"type": "image_url", "image_url": {"url": "https://example.org/a"}})),
        Just(json!({"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}})),
        Just(
            json!({"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AA=="}})
        ),
        Just(json!({"type": "file", "file": {"file_id": "file-1"}})),
        Just(json!({"type": "novel", "novel": {"x": [null, 1.5]}})),
    ];
    (known, maybe("cache_control", Just(json!({"type": "ephemeral"}))), maybe("odd", Just(json!([1]))))
        .prop_map(|(part, marker, odd)| joined([map(&part), marker, odd]))
}

fn content() -> impl Strategy<Value = Value> {
    prop_oneof![text(), proptest::collection::vec(part(), 1..4).prop_map(Value::from)]
}

fn call() -> impl Strategy<Value = Value> {
    let beside = (maybe("extra_content", Just(json!({"google": {"thought_signature": "s"}}))), text());
    beside.prop_map(|(beside, arguments)| {
        let call = json!({"id": "c1", "type": "function", "function": {"name": "f", "arguments": arguments, "odd": 1}});
        joined([map(&call), beside])
    })
}

fn assistant() -> impl Strategy<Value = Value> {
    let content = prop_oneof![text(), Just(Value::Null)];
    let calls = proptest::collection::vec(call(), 1..3).prop_map(Value::from);
    let custom = json!([{"id": "c2", "type": "custom", "custom": {"name": "patch", "input": "a\n\"b\""}}]);
    let fields = (
        maybe("tool_calls", prop_oneof![calls, Just(custom)]),
        maybe("reasoning_content", text()),
        maybe("refusal", prop_oneof![text(), Just(Value::Null)]),
        maybe("audio", Just(json!({"id": "audio_1"}))),
    );
    (content, fields).prop_map(|(content, (calls, thinking, refusal, audio))| {
        joined([map(&json!({"role": "assistant", "content": content})), calls, thinking, refusal, audio])
    })
}

fn message() -> impl Strategy<Value = Value> {
    let plain = (prop::sample::select(vec!["system", "developer", "user"]), content(), maybe("name", text()));
    let plain = plain
        .prop_map(|(role, content, name)| joined([map(&json!({"role": role, "content": content})), name]));
    let tool =
        content().prop_map(|content| json!({"role": "tool", "tool_call_id": "c1", "content": content}));
    let older = Just(
        json!({"role": "assistant", "content": null, "function_call": {"name": "f", "arguments": "{}"}}),
    );
    let answer = Just(json!({"role": "function", "name": "f", "content": "done"}));
    prop_oneof![3 => plain, 3 => assistant(), 2 => tool, 1 => older, 1 => answer]
}

fn settings() -> impl Strategy<Value = Value> {
    let function = json!({"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object", "x": null}, "strict": true, "odd": 2}, "beside": 1});
    let tools = vec![
        json!([function]),
        json!([function, {"type": "custom", "custom": {"name": "patch", "format": {"type": "text"}}}]),
        json!([{"type": "web_search", "size": 3}]),
    ];
    let choices = vec![
        json!("auto"),
        json!("required"),
        json!({"type": "function", "function": {"name": "f"}}),
        json!({"type": "allowed_tools", "allowed_tools": {}}),
    ];
    let formats = vec![
        json!({"type": "json_object"}),
        json!({"type": "text"}),
        json!({"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}, "strict": false, "description": "d"}}),
    ];
    let first = (
        maybe("tools", prop::sample::select(tools)),
        maybe("tool_choice", prop::sample::select(choices)),
        maybe("response_format", prop::sample::select(formats)),
        maybe("temperature", prop_oneof![Just(json!(0.7)), Just(Value::Null)]),
        maybe("seed", any::<i64>().prop_map(Value::from)),
        maybe("stop", Just(json!(["a", "\n"]))),
    );
    let second = (
        prop_oneof![maybe("max_tokens", Just(json!(9))), maybe("max_completion_tokens", Just(json!(8)))],
        maybe("parallel_tool_calls", any::<bool>().prop_map(Value::from)),
        maybe("reasoning_effort", Just(json!("low"))),
        maybe("logit_bias", Just(json!({"5": -1.5}))),
        maybe("user", text()),
        proptest::option::of(Just(map(
            &json!({"stream": true, "stream_options": {"include_usage": true, "x": 1}}),
        ))),
    );
    (first, second).prop_map(|((a, b, c, d, e, f), (g, h, i, j, k, l))| {
        joined([a, b, c, d, e, f, g, h, i, j, k, l.unwrap_or_default()])
    })
}

fn request() -> impl Strategy<Value = Value> {
    (settings(), proptest::collection::vec(message(), 1..6)).prop_map(|(settings, messages)| {
        joined([map(&json!({"model": "m", "messages": messages})), map(&settings)])
    })
}

const MAKER: Target<'static> = Target {
    model: Some("m"),
    extra_body: &[],
    dropped: &[],
    max_output: None,
    vision: true,
    system_turns: false,
    reasoning_history: false,
    maker_host: true,
};

/// A conversation of the Anthropic dialect.
fn turns() -> impl Strategy<Value = Vec<Value>> {
    let user = prop_oneof![
        "[a-c]{1,3}".prop_map(|text| json!({"role": "user", "content": text})),
        "[a-c]{1,3}".prop_map(|text| json!({"role": "user", "content": [
            {"type": "text", "text": text}, {"type": "tool_result", "tool_use_id": "t", "content": [
                {"type": "text", "text": "r"}, {"type": "image", "source": {"type": "url", "url": "https://example.org/a"}}]}]})),
        Just(json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "r", "is_error": true}]})),
    ];
    let system = "[a-c]{1,3}".prop_map(|text| json!({"role": "system", "content": text}));
    let assistant = "[a-c]{1,3}".prop_map(|text| {
        json!({"role": "assistant", "content": [
        {"type": "thinking", "thinking": "t", "signature": "s"}, {"type": "text", "text": text},
        {"type": "tool_use", "id": "t", "name": "f", "input": {"x": text}}]})
    });
    proptest::collection::vec(prop_oneof![2 => user, 1 => system, 2 => assistant], 1..10)
}

fn translated(turns: &[Value]) -> Vec<Value> {
    let body = json!({"model": "m", "max_tokens": 5, "system": "s", "messages": turns}).to_string();
    let request = anthropic::decode_request(&Bytes::from(body)).unwrap();
    let encoded = openai::encode_request(&request, &Target::default());
    let sent: Value = serde_json::from_slice(&encoded.body).unwrap();
    sent["messages"].as_array().unwrap().clone()
}

proptest! {
    #[test]
    fn nothing_is_lost_in_the_own_dialect(sent in request()) {
        let body = Bytes::from(sent.to_string());
        let mut request = openai::decode_request(&body).unwrap();
        let encoded = openai::encode_request(&request, &MAKER);
        prop_assert!(encoded.verbatim && encoded.losses.is_empty());
        prop_assert_eq!(encoded.body.as_ptr(), body.as_ptr());

        request.forget_sources();
        let encoded = openai::encode_request(&request, &MAKER);
        let again: Value = serde_json::from_slice(&encoded.body).unwrap();
        prop_assert!(encoded.losses.is_empty());
        prop_assert_eq!(again, sent);
    }

    #[test]
    fn a_turn_is_the_beginning_of_the_next(turns in turns()) {
        let whole = translated(&turns);
        for (at, turn) in turns.iter().enumerate().skip(1) {
            if turn["role"] == "assistant" {
                let earlier = translated(&turns[..at]);
                prop_assert_eq!(&whole[..earlier.len()], &earlier[..]);
            }
        }
    }

    #[test]
    fn any_bytes_are_borne(body in proptest::collection::vec(any::<u8>(), 0..64)) {
        prop_assert!(openai::decode_request(&Bytes::from(body)).is_err());
    }

    #[test]
    fn a_broken_request_is_read_or_refused(sent in request(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut body = sent.to_string().into_bytes();
        let at = at.index(body.len());
        body[at] = byte;
        if let Ok(request) = openai::decode_request(&Bytes::from(body)) {
            let encoded = openai::encode_request(&request, &Target::default());
            prop_assert!(serde_json::from_slice::<Value>(&encoded.body).is_ok());
        }
    }
}
