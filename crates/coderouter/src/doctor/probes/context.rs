//! How long a prompt may be, by the server's own word: most silent failures of local models are prompts cut at the front.

use super::super::finding::Finding;
use super::super::fix::Fix;
use super::super::inspection::is_ollama_shaped;
use super::super::patient::Patient;
use crate::ledger::Learned;
use crate::servers::{AGENT_CONTEXT, Kind};

pub(super) async fn run(patient: &Patient) -> Finding {
    let (server, provider) = (&patient.server, patient.provider());
    let Some(context) = server.context else {
        return unsaid(patient);
    };
    let learned = Learned { context: Some(context), ..Learned::default() };
    let slots = match server.slots {
        Some(slots) if slots > 1 => format!(" in each of {slots} slots"),
        _ => String::new(),
    };
    let trained = match server.trained {
        Some(trained) if trained > context => format!(" (the model could do {trained})"),
        _ => String::new(),
    };
    let program = server.kind.program().unwrap_or("the server");
    let seen = format!("{context} tokens{slots}{trained}, says {program}");
    let declared = provider.facts.max_context_tokens;
    if context >= AGENT_CONTEXT {
        return match declared {
            Some(declared) if declared > context => {
                too_much_declared(patient, declared, context).learned(learned)
            }
            _ => Finding::ok(seen).learned(learned),
        };
    }
    if declared.is_some_and(|declared| declared <= context) && !is_ollama_shaped(provider, server) {
        let detail = format!("{seen}; the configuration knows it, and longer prompts go to others");
        return Finding::ok(detail).advise(server.kind.enlarge()).learned(learned);
    }
    let mut finding = Finding::tuning(format!(
        "{seen}: too little for agents, whose first request is 16,000 to 36,000 tokens"
    ))
    .feels(
        "the front of the prompt is cut away without a word, or the agent hears that its prompt is too long",
    )
    .advise(server.kind.enlarge());
    if is_ollama_shaped(provider, server) {
        finding = finding.fix(num_ctx(patient));
    }
    finding.fix(window(patient, context)).learned(learned)
}

fn unsaid(patient: &Patient) -> Finding {
    let kind = patient.server.kind;
    match (kind, patient.server.trained) {
        (Kind::Ollama, trained) => {
            let trained = trained.map_or(String::new(), |trained| format!("; the model could do {trained}"));
            Finding::skip(format!(
                "Ollama says it of loaded models only, and this one was not loaded when it was asked{trained}"
            ))
        }
        _ => Finding::skip("the server does not say; long_prompt tries it"),
    }
}

fn too_much_declared(patient: &Patient, declared: u32, context: u32) -> Finding {
    Finding::tuning(format!("the configuration says {declared} tokens, the server {context}"))
        .feels("prompts between the two are sent here and fail, or are cut")
        .fix(window(patient, context))
}

/// What asks Ollama for a larger window.
pub(super) fn num_ctx(patient: &Patient) -> Fix {
    let why = "agents send 16,000 to 36,000 tokens at once";
    Fix::provider(patient.name(), &["extra_body", "options", "num_ctx"], AGENT_CONTEXT, why)
}

/// What tells the router how long a prompt may be, so that longer ones go elsewhere.
pub(super) fn window(patient: &Patient, context: u32) -> Fix {
    let why = "longer prompts go to the next provider instead of being cut";
    Fix::provider(patient.name(), &["max_context_tokens"], context, why)
}
