//! Whether it leaves tools alone where none is needed: some models turn a greeting into a call.

use super::super::asking::Question;
use super::super::finding::Finding;
use super::super::patient::Patient;
use super::{agent, tool_calls};

pub(super) async fn run(patient: &Patient) -> Finding {
    let body = tool_calls::body(patient, "hello");
    let question = Question { body: body.clone(), stream: false, patience: patient.patience };
    let heard = match patient.ask(&question).await {
        Ok(heard) => heard,
        Err(fault) => return Finding::skip(patient.shown(&fault.to_string())),
    };
    if heard.calls().is_empty() && !agent::calls_in(&heard.text(), &body) {
        return Finding::ok("a greeting is answered with text");
    }
    Finding::tuning("it answers a greeting with a call of a tool")
        .feels("calls that nobody wanted: a greeting becomes a skill or a question")
        .advise(
            "put a model made for agents before it in the chain (such as qwen3-coder, gpt-oss or devstral)",
        )
}
