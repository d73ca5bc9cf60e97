//! Whether the model calls tools: in its wire's own form, as text that the router makes calls of, or not at all. Nobody is
//! declared unable by one sample.

use super::super::asking::{Heard, Question};
use super::super::finding::Finding;
use super::super::fix::Fix;
use super::super::known;
use super::super::patient::Patient;
use crate::ledger::{Learned, Samples, ToolForm};
use canon::config::Support;
use canon::fault::FaultKind;
use serde_json::{Value, json};

/// How often it is asked before it counts as unable.
const SAMPLES: usize = 3;

/// What it is asked in turn.
const ASKED: [&str; SAMPLES] = [
    "Call the echo tool with the message 'probe'. Do not write any text, only call the tool.",
    "Use the tool named echo now. Its argument message must be \"probe\".",
    "I need you to run echo(message=\"probe\") with the tool you have. Run it.",
];

pub(super) async fn run(patient: &Patient) -> Finding {
    let mut tally = Tally::default();
    for asked in ASKED {
        let question = Question { body: body(patient, asked), stream: false, patience: patient.patience };
        match patient.ask(&question).await {
            Ok(heard) => tally.take(patient, &heard),
            Err(fault) if tally.asked == 0 => {
                let said = patient.shown(&fault.to_string());
                return if is_about_tools(&fault.kind, &fault.message) {
                    let finding = refused(patient, format!("it refuses requests with tools: {said}"));
                    known::cure(&fault.message)
                        .into_iter()
                        .fold(finding, |finding, cure| finding.advise(cure))
                } else {
                    Finding::skip(said)
                };
            }
            Err(_) => break,
        }
        // Where each question counts, the first may stand for all if it went well.
        if !patient.provider().local && tally.structured == 1 {
            break;
        }
    }
    judge(patient, &tally)
}

pub(super) fn body(patient: &Patient, asked: &str) -> Value {
    json!({
        "max_tokens": patient.budget(256, 1_024),
        "tools": [tool()],
        "messages": [{"role": "user", "content": asked}],
    })
}

/// The tool that is declared.
pub(super) fn tool() -> Value {
    json!({
        "name": "echo",
        "description": "Repeats a message.",
        "input_schema": {"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]},
    })
}

/// How the samples went.
#[derive(Default)]
struct Tally {
    asked: usize,
    structured: usize,
    written: usize,
    said: String,
    is_cut: bool,
}

impl Tally {
    fn take(&mut self, patient: &Patient, heard: &Heard) {
        self.asked += 1;
        let text = heard.text();
        if heard.calls().iter().any(|(name, _)| name == "echo") {
            self.structured += 1;
        } else if super::agent::calls_in(&text, &body(patient, ASKED[0])) {
            self.written += 1;
        }
        self.is_cut |= heard.is_cut_by_limit();
        if !text.trim().is_empty() {
            self.said = patient.shown(&text);
        }
    }
}

impl Tally {
    fn samples(&self) -> Samples {
        let count = |count: usize| u8::try_from(count).unwrap_or(u8::MAX);
        Samples { well: count(self.structured + self.written), asked: count(self.asked) }
    }
}

fn judge(patient: &Patient, tally: &Tally) -> Finding {
    let declared = patient.provider().facts.tools;
    let learned =
        |tools| Learned { tools: Some(tools), tool_samples: Some(tally.samples()), ..Learned::default() };
    match tally {
        Tally { structured, asked, .. } if *structured > 0 => {
            let detail = if structured == asked {
                format!("it calls tools in its wire's own form ({structured} of {asked})")
            } else {
                format!("it called the tool {structured} times of {asked}: not reliable")
            };
            match declared {
                Support::No => Finding::tuning(format!("{detail}, though the configuration says that it can't"))
                    .fix(tools(patient, true)),
                _ => Finding::ok(detail),
            }
            .learned(learned(ToolForm::Structured))
        }
        Tally { written, asked, .. } if *written > 0 => Finding::ok(format!(
            "it writes calls as text ({written} of {asked}); the router makes real calls of them (tool_repair)"
        ))
        .learned(learned(ToolForm::Written)),
        _ if patient.notes().called => {
            Finding::ok("asked to call a bare tool it did not, but it calls those of an agent")
        }
        Tally { is_cut: true, .. } => Finding::skip("its answer was cut off before any call: it thinks for long"),
        Tally { said, asked, .. } => {
            let said = if said.is_empty() { "nothing".to_owned() } else { format!("\"{said}\"") };
            refused(patient, format!("asked {asked} times to call a tool it did not; it said {said}"))
                .learned(learned(ToolForm::None))
        }
    }
}

fn refused(patient: &Patient, detail: String) -> Finding {
    let finding = Finding::tuning(detail)
        .feels("the agent says that it can't read files, or describes what it would do")
        .advise("a larger model, or one made for agents; models of 7B and less at Q4 rarely call tools");
    match patient.provider().facts.tools {
        Support::No => Finding::ok(format!("{}; the configuration knows it", finding.detail)),
        Support::Yes | Support::Unknown => finding.fix(tools(patient, false)),
    }
}

fn tools(patient: &Patient, can: bool) -> Fix {
    let why = if can { "it does call tools" } else { "requests with tools go to providers that can" };
    Fix::provider(patient.name(), &["capabilities", "tools"], can, why)
}

fn is_about_tools(kind: &FaultKind, message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    matches!(kind, FaultKind::Rejected | FaultKind::NotFound) && message.contains("tool")
}
