//! A prompt as long as an agent's first one: whether it is read whole, and how long that takes.

use super::super::asking::{Heard, Question};
use super::super::finding::Finding;
use super::super::patient::Patient;
use super::context::window;
use super::num_ctx::{CANARY, canary, is_echoed};
use crate::ledger::Learned;
use canon::fault::FaultKind;
use serde_json::json;
use std::time::Duration;

/// How often the sentence is said: about 20,000 tokens.
const TIMES: usize = 1_200;

/// Those tokens, roughly.
const TOKENS: u64 = 20_400;

/// No server has so short a window, in tokens.
const LEAST_WINDOW: u64 = 256;

/// How long a local model may read.
const PATIENCE: Duration = Duration::from_secs(600);

/// From here on a first answer is too late for most people.
const SLOW: Duration = Duration::from_secs(60);

pub(super) fn question() -> Question {
    Question {
        body: json!({"max_tokens": 64, "messages": [{"role": "user", "content": canary(TIMES)}]}),
        stream: true,
        patience: PATIENCE,
    }
}

pub(super) async fn run(patient: &Patient) -> Finding {
    if patient.server.context.is_some_and(|context| u64::from(context) < TOKENS) {
        return Finding::skip("its window is shorter than an agent's prompt");
    }
    match patient.ask(&question()).await {
        Ok(heard) => judge(patient, &heard),
        Err(fault) => match fault.kind {
            FaultKind::Overflow { limit, .. } => too_long(patient, limit, &patient.shown(&fault.message)),
            FaultKind::Timeout(_) => {
                Finding::tuning(format!("20,000 tokens were not read within {} s", PATIENCE.as_secs()))
                    .feels("agents time out on their first request, again and again")
                    .advise(
                        "a smaller model, more layers on the graphics card, or a faster provider before it",
                    )
            }
            _ => Finding::skip(patient.shown(&fault.to_string())),
        },
    }
}

fn judge(patient: &Patient, heard: &Heard) -> Finding {
    // What it counts is believed where it can be true.
    let tokens = Some(heard.usage().prompt()).filter(|tokens| *tokens >= LEAST_WINDOW).unwrap_or(TOKENS);
    patient.notes().long = Some((heard.first, tokens));
    let rate = tokens as f64 / heard.first.as_secs_f64().max(0.001);
    let seen = format!("{tokens} tokens read in {:.1} s ({rate:.0} tokens/s)", heard.first.as_secs_f32());
    let echoed = is_echoed(&heard.text()) || is_echoed(&heard.thinking());
    // The server has cut the rest.
    if tokens < TOKENS / 2 && !echoed {
        let declared = patient.provider().facts.max_context_tokens;
        if declared.is_some_and(|declared| u64::from(declared) <= tokens) {
            let detail = format!(
                "only {tokens} tokens are read; the configuration knows it, and longer prompts go to others"
            );
            return Finding::ok(detail).advise(patient.server.kind.enlarge());
        }
        return Finding::tuning(format!(
            "only {tokens} of about 20,000 tokens were read, and {CANARY} at the front was lost"
        ))
        .feels("blank or nonsense answers with status 200: the agent's instructions are cut away")
        .advise(patient.server.kind.enlarge())
        .fix(window(patient, u32::try_from(tokens).unwrap_or(u32::MAX)));
    }
    if heard.first > SLOW {
        return Finding::tuning(seen)
            .feels("more than a minute before an agent's first answer; compaction takes several")
            .advise("a smaller model, a graphics card, or flash attention (-fa); keep prompts cached: docs/prompt-cache.md");
    }
    Finding::ok(if echoed {
        seen
    } else {
        format!("{seen}; it did not repeat the word at the front: a weak model")
    })
}

fn too_long(patient: &Patient, limit: Option<u64>, said: &str) -> Finding {
    let finding = Finding::tuning(format!("20,000 tokens are too many for it: {said}"))
        .feels("agents can't send their first request here")
        .advise(patient.server.kind.enlarge());
    let Some(limit) = limit.and_then(|limit| u32::try_from(limit).ok()) else { return finding };
    if patient.provider().facts.max_context_tokens.is_some_and(|declared| declared <= limit) {
        return Finding::ok(format!("{said}; the configuration knows it, and longer prompts go to others"));
    }
    finding.fix(window(patient, limit)).learned(Learned { context: Some(limit), ..Learned::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Env;
    use crate::discovery;
    use crate::doctor::Verdict;
    use canon::reply::Reply;
    use canon::usage::Usage;
    use std::sync::Arc;

    /// An answer whose prompt took so many seconds and had so many tokens, by the server's count.
    fn heard(seconds: u64, tokens: u64) -> Heard {
        let usage = Usage { input: Some(tokens), ..Usage::default() };
        Heard {
            reply: Reply { usage, ..Reply::default() },
            pieces: 1,
            is_whole: true,
            first: Duration::from_secs(seconds),
            took: Duration::from_secs(seconds),
            headers: http::HeaderMap::new(),
        }
    }

    #[test]
    fn slow_readers_and_short_windows_are_told() {
        let text = "providers:\n  - {name: a, base_url: \"http://127.0.0.1:9/v1\", model: m}\n\
                    profiles:\n  - {name: default, providers: [a]}\n";
        let loaded = Arc::new(discovery::load(text).unwrap());
        let patient = Patient::new(loaded, Arc::new(Env::default()), "a", Duration::from_secs(1)).unwrap();
        let check = |heard: Heard, verdict, words: &str| {
            let found = judge(&patient, &heard);
            let told = format!("{} {}", found.detail, found.feels.unwrap_or_default());
            assert!(found.verdict == verdict && told.contains(words), "{told}");
        };
        check(heard(10, TOKENS), Verdict::Ok, "20400 tokens read in 10.0 s (2040 tokens/s)");
        check(heard(61, TOKENS), Verdict::NeedsTuning, "compaction takes several");
        check(heard(1, 4_096), Verdict::NeedsTuning, "only 4096 of about 20,000 tokens were read");
        check(heard(1, 25), Verdict::Ok, "20400 tokens read");
    }
}
