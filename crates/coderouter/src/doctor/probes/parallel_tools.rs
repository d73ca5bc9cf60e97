//! Whether it makes two calls in one answer, which saves an agent a turn for each.

use super::super::asking::Question;
use super::super::finding::Finding;
use super::super::patient::Patient;
use super::tool_calls;
use crate::ledger::Learned;

pub(super) async fn run(patient: &Patient) -> Finding {
    let asked = "Call the echo tool twice in this one answer: once with the message 'one' and once with the message 'two'.";
    let question =
        Question { body: tool_calls::body(patient, asked), stream: false, patience: patient.patience };
    let heard = match patient.ask(&question).await {
        Ok(heard) => heard,
        Err(fault) => return Finding::skip(patient.shown(&fault.to_string())),
    };
    match heard.calls().len() {
        0 => Finding::skip("it made no call this time"),
        1 => Finding::ok("one call at a time; agents get along with that").learned(parallel(false)),
        count => Finding::ok(format!("{count} calls in one answer")).learned(parallel(true)),
    }
}

fn parallel(can: bool) -> Learned {
    Learned { parallel: Some(can), ..Learned::default() }
}
