//! The body of a coding agent's call in the middle of its work, in the shape Claude Code 2.1 gives it: three
//! system blocks, 24 tools with schemas, and a conversation of tool calls and results.

use super::Form;
use super::prose::Prose;
use serde_json::{Value, json};

const TOOLS: &[&str] = &[
    "Agent",
    "AskPeer",
    "Bash",
    "CronCreate",
    "CronDelete",
    "CronList",
    "Edit",
    "EnterFolder",
    "ExitFolder",
    "Glob",
    "Grep",
    "ListMail",
    "Monitor",
    "NotebookEdit",
    "Read",
    "ReadMail",
    "SendMail",
    "Skill",
    "TaskOutput",
    "TaskStop",
    "TodoWrite",
    "WebFetch",
    "WebSearch",
    "Write",
];

/// A body of `size` bytes, but for one in a hundred.
pub fn body(size: usize, form: Form) -> Vec<u8> {
    let mut prose = Prose::new(size as u64);
    let mut body = json!({
        "model": "bench-model",
        "messages": opening(&mut prose),
        "system": system(&mut prose, size / 8),
        "tools": TOOLS.iter().map(|name| tool(&mut prose, name, size / 2 / TOOLS.len())).collect::<Vec<_>>(),
        "metadata": {"user_id": "{\"device_id\":\"0f3a\",\"account_uuid\":\"\",\"session_id\":\"3b1f5c1e\"}"},
        "max_tokens": 64000,
        "thinking": {"type": "adaptive"},
        "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
        "output_config": {"effort": "high"},
    });
    if form == Form::Stream {
        body["stream"] = json!(true);
    }
    let mut left = size.saturating_sub(body.to_string().len());
    let mut turn = 0;
    while left > 400 {
        turn += 1;
        let pair = exchange(&mut prose, turn, left.min(3_500) - 400);
        let length: usize = pair.iter().map(|message| message.to_string().len() + 1).sum();
        left = left.saturating_sub(length);
        if let Some(messages) = body["messages"].as_array_mut() {
            messages.extend(pair);
        }
    }
    body.to_string().into_bytes()
}

fn system(prose: &mut Prose, bytes: usize) -> Value {
    json!([
        {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.197.68e; cc_entrypoint=sdk-cli;"},
        {"type": "text", "text": "You are an agent that works in a terminal.", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": prose.text(bytes), "cache_control": {"type": "ephemeral"}},
    ])
}

fn opening(prose: &mut Prose) -> Value {
    json!([
        {"role": "user", "content": [
            {"type": "text", "text": format!("<system-reminder>\n{}\n</system-reminder>", prose.text(900))},
            {"type": "text", "text": "Find out why the second test fails, and mend it."},
        ]},
        {"role": "system", "content": prose.text(1_500)},
    ])
}

/// A tool with a description and a schema, about this long in all.
fn tool(prose: &mut Prose, name: &str, bytes: usize) -> Value {
    let mut properties = serde_json::Map::new();
    for number in 0..bytes / 400 {
        let property = match number % 4 {
            0 => json!({"type": "string", "description": prose.text(60)}),
            1 => json!({"type": "integer", "exclusiveMinimum": 0, "description": prose.text(60)}),
            2 => {
                json!({"type": "string", "enum": ["content", "count", "paths"], "description": prose.text(60)})
            }
            _ => json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
        };
        properties.insert(format!("{}_{number}", ["path", "limit", "mode", "names"][number % 4]), property);
    }
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "required": ["path_0"],
        "additionalProperties": false,
    });
    let rest = bytes.saturating_sub(schema.to_string().len() + 80);
    json!({"name": name, "description": prose.text(rest - rest / 25), "input_schema": schema})
}

/// The agent's call with some words before it, and the result: a file, about this long.
fn exchange(prose: &mut Prose, turn: usize, bytes: usize) -> [Value; 2] {
    let id = format!("toolu_01Bench{turn:08}");
    let call = json!({"role": "assistant", "content": [
        {"type": "text", "text": prose.text(60)},
        {"type": "tool_use", "id": id, "name": "Read", "input": {"path_0": format!("/project/src/part{turn}.rs"), "limit_1": 80}},
    ]});
    let result = json!({"type": "tool_result", "tool_use_id": id, "content": prose.file(bytes * 4 / 5)});
    [call, json!({"role": "user", "content": [result]})]
}

#[cfg(test)]
mod tests {
    use super::{Form, body};
    use serde_json::Value;

    #[test]
    fn a_body_has_its_size_and_its_shape() {
        for size in [62_000, 146_000] {
            let bytes = body(size, Form::Plain);
            assert!(bytes.len().abs_diff(size) < size / 100, "{} of {size}", bytes.len());
            let value: Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(value["tools"].as_array().unwrap().len(), 24);
            assert!(value["messages"].as_array().unwrap().len() > 6);
            assert!(value.get("stream").is_none());
        }
    }
}
