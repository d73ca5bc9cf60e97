//! What a shape takes out of a request stays out of the body, in both dialects and between them.

use bytes::Bytes;
use canon::request::{Request, ToolChoice};
use canon::target::Target;
use serde_json::Value;
use wire::codec::{Wire, decode_request, encode_request};

const CHAT: &str = r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required","parallel_tool_calls":true}"#;
const MESSAGES: &str = r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"tool","name":"f"}}"#;

fn body(request: &Request, to: Wire) -> Value {
    let target = Target { model: Some("m"), ..Target::default() };
    serde_json::from_slice(&encode_request(to, request, &target).body).unwrap()
}

#[test]
fn a_choice_that_was_taken_out_is_not_sent() {
    for (from, text) in [(Wire::OpenAi, CHAT), (Wire::Anthropic, MESSAGES)] {
        let mut request = decode_request(from, &Bytes::from_static(text.as_bytes())).unwrap();
        assert!(matches!(request.tool_choice, Some(ToolChoice::Any | ToolChoice::Named(_))));
        for to in [Wire::OpenAi, Wire::Anthropic] {
            assert!(!body(&request, to)["tool_choice"].is_null(), "{from:?} to {to:?}");
        }
        request.tool_choice = None;
        for to in [Wire::OpenAi, Wire::Anthropic] {
            let body = body(&request, to);
            let choice = &body["tool_choice"];
            assert!(choice.is_null() || choice["type"] == "auto", "{from:?} to {to:?}: {body}");
            assert_eq!(body["tools"].as_array().map(Vec::len), Some(1));
        }
    }
}
