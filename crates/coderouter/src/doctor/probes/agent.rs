//! An agent's turn through the router itself: a request as Claude Code sends it, the call that comes back, its result, and
//! the answer. It takes the path that agents take, with adapters, repair and all.

use super::super::finding::Finding;
use super::super::known;
use super::super::patient::Patient;
use crate::agent::{Agent, Heard};
use crate::in_process::InProcess;
use bytes::Bytes;
use canon::config::{Support, ToolRepair};
use canon::delta::{Block, Delta, of_text};
use repair::pipeline::{Pipeline, Terms};
use repair::toolbox::Toolbox;
use serde_json::{Value, json};
use std::sync::Arc;
use wire::codec::{self, Wire};

/// The file that the agent is asked to write.
const FILE: &str = "pong.txt";

pub(super) async fn run(patient: &Patient) -> Finding {
    if patient.provider().facts.tools == Support::No {
        return Finding::skip("the configuration says that it calls no tools, so agents are sent elsewhere");
    }
    let router = match patient.router() {
        Ok(router) => router,
        Err(error) => return Finding::skip(error.to_string()),
    };
    let server = match InProcess::start(router).await {
        Ok(server) => server,
        Err(error) => return Finding::skip(error.to_string()),
    };
    let agent = Agent::new(server.address()).with_patience(patient.patience * 2);
    let finding = turns(patient, &agent).await;
    server.stop().await;
    finding
}

async fn turns(patient: &Patient, agent: &Agent) -> Finding {
    let asked = json!({"role": "user", "content": [{"type": "text", "text":
        format!("Write the word PONG into the file {FILE} with the Write tool. Do it now.")}]});
    let heard =
        match agent.post("/v1/messages", HEADERS, &request(patient, std::slice::from_ref(&asked))).await {
            Ok(heard) => heard,
            Err(error) => return Finding::skip(patient.shown(&error.to_string())),
        };
    if !heard.status.is_success() || heard.has_error_event() {
        return failed(patient, &heard, "its first request");
    }
    let Some((id, name, input)) = heard.call() else {
        let said = patient.shown(&heard.text());
        return Finding::tuning(format!(
            "asked to write a file, the agent got no call; the model said \"{said}\""
        ))
        .feels("the agent talks instead of working")
        .advise("see tool_calls below; `coderouter repair` shows what becomes of a model's text");
    };
    patient.notes().called = true;
    let loss = heard.header("x-coderouter-loss").to_owned();
    let conversation = [
        asked,
        json!({"role": "assistant", "content": [{"type": "tool_use", "id": id, "name": name, "input": input}]}),
        json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": id,
            "content": "The file was written."}]}),
    ];
    match agent.post("/v1/messages", HEADERS, &request(patient, &conversation)).await {
        Ok(heard) if !heard.status.is_success() || heard.has_error_event() => {
            failed(patient, &heard, "the request after the tool's result")
        }
        Ok(_) => {
            let lost =
                if loss.is_empty() { String::new() } else { format!("; left out for this backend: {loss}") };
            Finding::ok(format!("an agent's turn works: {name} was called, and its result was taken{lost}"))
        }
        Err(error) => Finding::skip(patient.shown(&error.to_string())),
    }
}

/// What Claude Code sends along.
const HEADERS: &[(&str, &str)] = &[("anthropic-version", "2023-06-01"), ("user-agent", "coderouter-doctor")];

/// A request in the form in which Claude Code sends it, small.
fn request(patient: &Patient, messages: &[Value]) -> Value {
    json!({
        "model": "claude-examined",
        "max_tokens": patient.budget(512, 2_048),
        "stream": true,
        "system": [
            {"type": "text", "text": "You are an agent that works with files. You use tools."},
            {"type": "text", "text": "Keep answers short.", "cache_control": {"type": "ephemeral"}},
        ],
        "thinking": {"type": "adaptive"},
        "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
        "output_config": {"effort": "low"},
        "metadata": {"user_id": "doctor"},
        "tools": [
            {"name": "Read", "description": "Reads a file.", "input_schema": {"type": "object",
                "properties": {"file_path": {"type": "string"}}, "required": ["file_path"]}},
            {"name": "Write", "description": "Writes a file.", "input_schema": {"type": "object",
                "properties": {"file_path": {"type": "string"}, "content": {"type": "string"}},
                "required": ["file_path", "content"]}},
        ],
        "messages": messages,
    })
}

fn failed(patient: &Patient, heard: &Heard, what: &str) -> Finding {
    let documents = heard.documents();
    let said = documents.iter().find_map(|document| document.pointer("/error/message")?.as_str());
    let said = said.unwrap_or("no reason was given");
    let finding =
        Finding::tuning(format!("{what} failed: {} {}", heard.status.as_u16(), patient.shown(said)))
            .feels("agents fail here, though short questions are answered");
    match known::cure(said) {
        Some(cure) => finding.advise(cure),
        None => finding,
    }
}

/// Whether repair finds a call in a text, for the tools that a request declares.
pub(super) fn calls_in(text: &str, request: &Value) -> bool {
    let mut request = request.clone();
    request["model"] = "examined".into();
    let Ok(request) = codec::decode_request(Wire::Anthropic, &Bytes::from(request.to_string())) else {
        return false;
    };
    let mut pipeline = Pipeline::new(Terms {
        tools: Arc::new(Toolbox::of(&request)),
        repair: ToolRepair::Repair,
        filters: Vec::new(),
        shows_thinking: false,
        seed: 0,
    });
    let answer = of_text(text);
    pipeline.foresee(&answer);
    let mut deltas = Vec::new();
    answer.iter().for_each(|delta| pipeline.push(delta, &mut deltas));
    deltas.iter().any(|delta| matches!(delta, Delta::Open(Block::Call { .. })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_in_text_are_seen_by_the_eyes_of_the_router() {
        let request = json!({"max_tokens": 9, "messages": [{"role": "user", "content": "x"}],
            "tools": [super::super::tool_calls::tool()]});
        assert!(calls_in(
            "<tool_call>{\"name\": \"echo\", \"arguments\": {\"message\": \"a\"}}</tool_call>",
            &request
        ));
        assert!(!calls_in("I would call echo, but I can't.", &request));
    }
}
