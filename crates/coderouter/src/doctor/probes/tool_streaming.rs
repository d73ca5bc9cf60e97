//! Whether a call in a stream comes whole, as agents get it.

use super::super::asking::Question;
use super::super::finding::Finding;
use super::super::patient::Patient;
use super::{agent, tool_calls};

pub(super) async fn run(patient: &Patient) -> Finding {
    let body =
        tool_calls::body(patient, "Call the echo tool with the message 'streamed'. Only call the tool.");
    let question = Question { body: body.clone(), stream: true, patience: patient.patience };
    let heard = match patient.ask(&question).await {
        Ok(heard) => heard,
        Err(fault) => return Finding::skip(patient.shown(&fault.to_string())),
    };
    let calls = heard.calls();
    if let Some((_, arguments)) = calls.iter().find(|(name, _)| name == "echo") {
        return if arguments["message"].is_string() && heard.is_whole {
            Finding::ok("the call came whole")
        } else {
            Finding::tuning(format!("the call's arguments came as {}", patient.shown(&arguments.to_string())))
                .feels("calls that the agent refuses; the router mends what can be mended (tool_repair)")
        };
    }
    if agent::calls_in(&heard.text(), &body) {
        return Finding::ok("the call came as text; the router makes a real one of it");
    }
    Finding::skip("it called no tool this time")
}
