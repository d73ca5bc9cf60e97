//! Whether a stream comes whole, and long enough.

use super::super::asking::Question;
use super::super::finding::Finding;
use super::super::fix::Fix;
use super::super::patient::Patient;
use canon::fault::FaultKind;
use serde_json::json;

/// An answer cut off below this many characters was cut by the server, not by us.
const SHORT: usize = 40;

/// What an Ollama server may say at most.
const NUM_PREDICT: u32 = 4_096;

pub(super) async fn run(patient: &Patient) -> Finding {
    let question = Question {
        body: json!({
            "max_tokens": patient.budget(512, 1_024),
            "messages": [{"role": "user", "content": "Count from 1 to 30, one number per line."}],
        }),
        stream: true,
        patience: patient.patience,
    };
    let heard = match patient.ask(&question).await {
        Ok(heard) => heard,
        Err(fault) if fault.kind == FaultKind::EmptyStream => {
            return Finding::tuning("status 200, and not one event")
                .feels("the agent waits, gets nothing, and the next provider answers");
        }
        Err(fault) => return Finding::skip(patient.shown(&fault.to_string())),
    };
    let characters = heard.text().chars().count();
    let seen = format!(
        "{} pieces, {characters} characters, the first after {:.1} s",
        heard.pieces,
        heard.first.as_secs_f32()
    );
    if heard.is_cut_by_limit() && characters < SHORT && heard.thinking().is_empty() {
        return Finding::tuning(format!("cut off by a limit of the server: {seen}"))
            .feels("answers end in the middle of a word")
            .fix(Fix::provider(
                patient.name(),
                &["extra_body", "options", "num_predict"],
                NUM_PREDICT,
                "the server stops earlier than it is asked to",
            ));
    }
    if !heard.is_whole {
        return Finding::tuning(format!("the stream broke off without its end: {seen}"))
            .feels("answers that break off; the router goes on elsewhere where `partial_stitch_action: resume` is set")
            .advise("look at the server's log: out of memory, or a proxy in between with a time limit");
    }
    if heard.pieces == 1 && characters > SHORT {
        return Finding::ok(format!("{seen}; it comes in one piece: something in between holds it back"));
    }
    Finding::ok(seen)
}
