//! Whether a backend of the Anthropic wire takes a thinking block, and thinks.

use super::super::asking::Question;
use super::super::finding::Finding;
use super::super::fix::Fix;
use super::super::patient::Patient;
use crate::ledger::{Learned, Thinking};
use canon::config::{ProviderKind, Support};
use canon::fault::{Fault, FaultKind};
use serde_json::json;

/// What it may think, in tokens; the whole answer may be twice as long, as the wire demands more than this.
const BUDGET: u32 = 1_024;

pub(super) async fn run(patient: &Patient) -> Finding {
    if patient.provider().kind != ProviderKind::Anthropic {
        return Finding::skip("its wire has no thinking block");
    }
    let question = Question {
        body: json!({
            "max_tokens": BUDGET * 2,
            "thinking": {"type": "enabled", "budget_tokens": BUDGET},
            "messages": [{"role": "user", "content": "A farmer has 17 sheep. All but 9 run away. How many are left? Think first."}],
        }),
        stream: false,
        patience: patient.patience,
    };
    match patient.ask(&question).await {
        Ok(heard) => judge(patient, !heard.thinking().is_empty()),
        Err(fault) if is_about_thinking(&fault) => refused(patient, &fault),
        Err(fault) => Finding::skip(patient.shown(&fault.to_string())),
    }
}

fn judge(patient: &Patient, thought: bool) -> Finding {
    let form = if thought { Thinking::Block } else { Thinking::None };
    let learned = Learned { thinking: Some(form), ..Learned::default() };
    let (model, declared) = (patient.provider().model.as_str(), patient.provider().facts.thinking);
    let declare = || Fix::provider(patient.name(), &["capabilities", "thinking"], true, "it does think");
    match (thought, declared) {
        (true, Support::Yes) => Finding::ok("it takes a thinking block and thinks"),
        (true, Support::No) => {
            Finding::tuning("it thinks, though the configuration says that it does not").fix(declare())
        }
        (true, Support::Unknown) => Finding::tuning("it thinks, and nobody has said so")
            .feels("where a request wants thinking, providers known to think come first")
            // A rule is about a model's name; a provider without one speaks for itself.
            .fix(if model.is_empty() {
                declare()
            } else {
                Fix::rule(model, "anthropic", "thinking", true, "it thinks")
            }),
        (false, Support::Yes) => Finding::tuning(
            "it takes the block and does not think, though the configuration says that it does",
        )
        .fix(declare_not(patient)),
        (false, _) => Finding::ok("it takes the block and does not think"),
    }
    .learned(learned)
}

fn refused(patient: &Patient, fault: &Fault) -> Finding {
    let learned = Learned { thinking: Some(Thinking::None), ..Learned::default() };
    let said = patient.shown(&fault.message);
    match patient.provider().facts.thinking {
        Support::Yes => Finding::tuning(format!("it refuses the block: {said}"))
            .feels("each request that wants thinking is asked twice, the second time without")
            .fix(declare_not(patient)),
        _ => Finding::ok("it refuses the block; the router leaves it out"),
    }
    .learned(learned)
}

fn declare_not(patient: &Patient) -> Fix {
    Fix::provider(patient.name(), &["capabilities", "thinking"], false, "it takes no thinking block")
}

fn is_about_thinking(fault: &Fault) -> bool {
    fault.kind == FaultKind::Rejected && fault.message.to_ascii_lowercase().contains("thinking")
}
