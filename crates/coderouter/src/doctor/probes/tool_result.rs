//! Whether it goes on once a tool has answered: templates that know no tool results fail on an agent's second request.

use super::super::asking::Question;
use super::super::finding::Finding;
use super::super::known;
use super::super::patient::Patient;
use super::tool_calls::tool;
use canon::fault::FaultKind;
use serde_json::json;

pub(super) async fn run(patient: &Patient) -> Finding {
    let question = Question {
        body: json!({
            "max_tokens": patient.budget(256, 1_024),
            "tools": [tool()],
            "messages": [
                {"role": "user", "content": "Call echo with the message 'blue', then tell me the word it gave back."},
                {"role": "assistant", "content": [
                    {"type": "tool_use", "id": "toolu_doctor1", "name": "echo", "input": {"message": "blue"}}]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "toolu_doctor1", "content": "KINGFISHER"}]},
            ],
        }),
        stream: false,
        patience: patient.patience,
    };
    match patient.ask(&question).await {
        Ok(heard) if heard.text().to_ascii_uppercase().contains("KINGFISHER") => {
            Finding::ok("it reads a tool's result and goes on")
        }
        Ok(heard) if !heard.calls().is_empty() => Finding::ok("it goes on with another call"),
        Ok(heard) if heard.text().trim().is_empty() && !heard.is_cut_by_limit() => {
            Finding::tuning("after a tool's result it says nothing")
                .feels("the agent stops after its first tool, or asks again and again")
                .advise("the model's chat template may not know tool results: take another one, or start llama-server with --jinja")
        }
        Ok(heard) => Finding::ok(format!("it goes on, without the result's word: \"{}\"", patient.shown(&heard.text()))),
        Err(fault) if fault.kind == FaultKind::Rejected || fault.kind == FaultKind::Backend => {
            let finding = Finding::tuning(format!(
                "it refuses a conversation with a tool's result: {}",
                patient.shown(&fault.to_string())
            ))
            .feels("the agent's second request fails every time");
            match known::cure(&fault.message) {
                Some(cure) => finding.advise(cure),
                None => finding.advise("the model's chat template may not know tool results: take another model or template"),
            }
        }
        Err(fault) => Finding::skip(patient.shown(&fault.to_string())),
    }
}
