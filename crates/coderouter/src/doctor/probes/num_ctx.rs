//! Whether the front of a prompt of about 5,000 tokens is read. Ollama cuts what its window can't hold without a word.

use super::super::asking::Question;
use super::super::finding::Finding;
use super::super::inspection::is_ollama_shaped;
use super::super::patient::Patient;
use super::context::num_ctx;
use canon::fault::FaultKind;
use serde_json::{Value, json};

/// What stands at the front and has to come back.
pub(super) const CANARY: &str = "ZEBRA-MOON-847";

/// What lies between: a sentence of about 17 tokens.
const SENTENCE: &str = "The quick brown fox jumps over the lazy dog while counting to one hund. ";

/// How often, for about 5,000 tokens.
const TIMES: usize = 300;

/// Those tokens, with room for the answer.
const TOKENS: u32 = 6_000;

/// A declared window that is enough for this prompt.
const ADEQUATE: u64 = 8_192;

pub(super) async fn run(patient: &Patient) -> Finding {
    if !patient.provider().local {
        return Finding::skip("only servers of one's own cut prompts without a word");
    }
    let window = patient.provider().facts.max_context_tokens;
    if let Some(window) = window.filter(|window| *window < TOKENS) {
        return Finding::ok(format!(
            "its window is {window} tokens, the configuration knows it, and longer prompts go to others"
        ));
    }
    let question = Question {
        body: json!({
            "max_tokens": patient.budget(256, 1_024),
            "messages": [{"role": "user", "content": canary(TIMES)}],
        }),
        stream: false,
        patience: patient.patience,
    };
    let heard = match patient.ask(&question).await {
        Ok(heard) => heard,
        Err(fault) if matches!(fault.kind, FaultKind::Overflow { .. }) => {
            return Finding::tuning(format!(
                "5,000 tokens are too many for it: {}",
                patient.shown(&fault.message)
            ))
            .feels("agents can't send their first request here")
            .advise(patient.server.kind.enlarge());
        }
        Err(fault) => return Finding::skip(patient.shown(&fault.to_string())),
    };
    if is_echoed(&heard.text()) || is_echoed(&heard.thinking()) {
        return echoed(declared(patient));
    }
    if patient.server.context.is_some_and(|context| u64::from(context) >= ADEQUATE) {
        // The window holds it: a small model just did not do as it was told.
        return Finding::ok(
            "it did not repeat the word at the front, though its window is long enough: a weak model",
        );
    }
    let finding = Finding::tuning(match declared(patient) {
        None => "the word at the front of 5,000 tokens was lost: the window is shorter than that".to_owned(),
        Some(declared) if declared < ADEQUATE => format!("the word at the front was lost: num_ctx is {declared}"),
        Some(declared) => format!("the word at the front was lost although num_ctx is {declared}: the model may have a shorter window"),
    })
    .feels("blank or nonsense answers with status 200: the agent's instructions are cut away")
    .advise(patient.server.kind.enlarge());
    if is_ollama_shaped(patient.provider(), &patient.server) {
        finding.fix(num_ctx(patient)).fix(super::context::window(patient, 4_096))
    } else {
        finding
    }
}

fn echoed(declared: Option<u64>) -> Finding {
    Finding::ok(match declared {
        Some(declared) if declared < ADEQUATE => {
            format!(
                "5,000 tokens are read whole, although num_ctx is {declared}: the server goes by a setting of its own"
            )
        }
        _ => "5,000 tokens are read whole".to_owned(),
    })
}

/// A prompt with the canary at its front and so many sentences behind it.
pub(super) fn canary(times: usize) -> String {
    format!(
        "Remember this code word: {CANARY}\n\n{}\n\nWhat is the code word at the beginning? Reply with the code word only.",
        SENTENCE.repeat(times)
    )
}

/// Whether the canary came back, in whatever case and with whatever marks around it.
pub(super) fn is_echoed(text: &str) -> bool {
    text.to_ascii_uppercase().contains(CANARY)
}

fn declared(patient: &Patient) -> Option<u64> {
    let options = patient.provider().extra_body.iter().find(|field| field.key == "options")?;
    serde_json::from_slice::<Value>(&options.value).ok()?.get("num_ctx")?.as_u64()
}
