//! Whether a prompt that was just read is read again: by the server's own counters, else by the time it takes.

use super::super::finding::Finding;
use super::super::patient::Patient;
use super::long_prompt;
use crate::ledger::Learned;
use crate::servers::Kind;

/// A prompt in the cache takes less than this share of the time.
const QUICKER: f64 = 0.5;

/// A prompt read in less time than this says nothing about caches.
const LEAST: f64 = 1.0;

pub(super) async fn run(patient: &Patient) -> Finding {
    let Some((before, tokens)) = patient.notes().long else {
        return Finding::skip("no long prompt was read before");
    };
    let heard = match patient.ask(&long_prompt::question()).await {
        Ok(heard) => heard,
        Err(fault) => return Finding::skip(patient.shown(&fault.to_string())),
    };
    let learned = |cache| Learned { cache: Some(cache), ..Learned::default() };
    if let Some(read) = heard.usage().cache_read.filter(|read| *read > 0) {
        let share = read.saturating_mul(100) / tokens.max(1);
        return Finding::ok(format!(
            "{read} tokens ({share} %) came from its cache, in {:.1} s",
            heard.first.as_secs_f32()
        ))
        .learned(learned(true));
    }
    let (first, second) = (before.as_secs_f64(), heard.first.as_secs_f64());
    if first < LEAST {
        return Finding::skip("it reads too fast to tell");
    }
    if second < first * QUICKER {
        return Finding::ok(format!("{second:.1} s instead of {first:.1} s: its cache works"))
            .learned(learned(true));
    }
    let finding = Finding::tuning(format!(
        "the same prompt took {second:.1} s again ({first:.1} s before): nothing was reused"
    ))
    .feels("every turn of the agent reads its whole prompt again")
    .learned(learned(false));
    match patient.server.kind {
        Kind::LlamaCpp => {
            finding.advise("leave `cache_prompt` on, and with one slot start it with `-sps 0.9`")
        }
        Kind::Ollama => {
            finding.advise("keep the model loaded (`OLLAMA_KEEP_ALIVE=-1`), and OLLAMA_NUM_PARALLEL at 1")
        }
        Kind::Vllm => finding.advise("start it with --enable-prefix-caching"),
        _ => finding.advise("see docs/prompt-cache.md"),
    }
}
