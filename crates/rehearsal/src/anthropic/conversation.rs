//! Reads an Anthropic request's conversation as far as an agent's next move depends on it.

use serde_json::Value;

use crate::task::{Conversation, Turn, before_prefill};

/// The conversation of a request body.
pub(crate) fn read(body: &Value) -> Conversation {
    let list = |key: &str| body[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let names = list("tools").iter().filter_map(|tool| tool["name"].as_str());
    let messages = before_prefill(list("messages"));
    let answered = messages.iter().rposition(|message| message["role"] == "assistant");
    let fresh = &messages[answered.map_or(0, |at| at + 1)..];
    Conversation {
        tools: names.map(String::from).collect(),
        fresh: fresh.iter().flat_map(turns).collect(),
        length: messages.len(),
        id_prefix: "toolu_",
    }
}

fn turns(message: &Value) -> Vec<Turn> {
    match &message["content"] {
        Value::String(text) => vec![Turn::Said(text.clone())],
        Value::Array(blocks) => blocks.iter().filter_map(turn).collect(),
        _ => Vec::new(),
    }
}

fn turn(block: &Value) -> Option<Turn> {
    match block["type"].as_str()? {
        "text" => Some(Turn::Said(String::from(block["text"].as_str()?))),
        "tool_result" => Some(Turn::Returned { failed: block["is_error"] == true }),
        _ => None,
    }
}
