//! Reads an OpenAI Chat request's conversation as far as an agent's next move depends on it.

use serde_json::Value;

use crate::task::{Conversation, Turn, before_prefill};

/// The conversation of a request body.
pub(crate) fn read(body: &Value) -> Conversation {
    let list = |key: &str| body[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let names = list("tools").iter().filter_map(|tool| tool["function"]["name"].as_str());
    let messages = before_prefill(list("messages"));
    let answered = messages.iter().rposition(|message| message["role"] == "assistant");
    let fresh = &messages[answered.map_or(0, |at| at + 1)..];
    Conversation {
        tools: names.map(String::from).collect(),
        fresh: fresh.iter().flat_map(turns).collect(),
        length: messages.len(),
        id_prefix: "call_",
    }
}

fn turns(message: &Value) -> Vec<Turn> {
    // The dialect has no field for a failed tool; translators put this prefix.
    let failed = |text: &str| text.starts_with("Error: ");
    match (&message["role"], &message["content"]) {
        (role, content) if role == "tool" || role == "function" => {
            vec![Turn::Returned { failed: content.as_str().is_some_and(failed) }]
        }
        (_, Value::String(text)) => vec![Turn::Said(text.clone())],
        (_, Value::Array(parts)) => {
            let texts = parts.iter().filter_map(|part| part["text"].as_str());
            texts.map(|text| Turn::Said(String::from(text))).collect()
        }
        _ => Vec::new(),
    }
}
