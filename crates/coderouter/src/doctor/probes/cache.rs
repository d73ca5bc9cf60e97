//! Whether cache markers act, on backends of the Anthropic wire that should have a cache.

use super::super::asking::Question;
use super::super::finding::Finding;
use super::super::patient::Patient;
use crate::ledger::Learned;
use canon::config::{ProviderKind, Support};
use serde_json::json;

/// A paragraph of the system text: 192 characters.
const PARAGRAPH: &str = "You are a careful assistant that reads the whole of its instructions before it answers, keeps to the facts it was given, names what it does not know, and writes short plain sentences in English. ";

/// How often: about 2,000 tokens, more than the least that is cached.
const TIMES: usize = 64;

pub(super) async fn run(patient: &Patient) -> Finding {
    let provider = patient.provider();
    if provider.kind != ProviderKind::Anthropic || provider.facts.prompt_cache != Support::Yes {
        return Finding::skip("no cache of the Anthropic wire is declared");
    }
    let question = Question {
        body: json!({
            "max_tokens": 32,
            "system": [{"type": "text", "text": PARAGRAPH.repeat(TIMES), "cache_control": {"type": "ephemeral"}}],
            "messages": [{"role": "user", "content": "Say OK."}],
        }),
        stream: false,
        patience: patient.patience,
    };
    let mut usages = Vec::new();
    for _ in 0..2 {
        match patient.ask(&question).await {
            Ok(heard) => usages.push(heard.usage().clone()),
            Err(fault) => return Finding::skip(patient.shown(&fault.to_string())),
        }
    }
    let (written, read) = (usages[0].cache_write.unwrap_or(0), usages[1].cache_read.unwrap_or(0));
    let learned = Learned { cache: Some(read > 0), ..Learned::default() };
    match (written, read) {
        (_, 1..) => Finding::ok(format!("{read} tokens were read from the cache the second time")),
        (1.., 0) => Finding::tuning(format!("{written} tokens were written to the cache and none read again"))
            .feels("the long prompt is paid in full on every turn"),
        _ => Finding::tuning("nothing was written to a cache, and nothing read")
            .feels("the long prompt is paid in full on every turn")
            .advise("this backend has no cache, or none for this model: set `capabilities: {prompt_cache: false}`"),
    }
    .learned(learned)
}
