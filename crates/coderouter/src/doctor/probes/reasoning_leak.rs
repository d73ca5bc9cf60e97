//! Whether thinking or stop markers stand in the text that an agent would show.

use super::super::asking::Question;
use super::super::finding::Finding;
use super::super::fix::Fix;
use super::super::patient::Patient;
use crate::ledger::{Learned, Thinking};
use canon::config::{OutputFilter, ProviderKind, Word};
use serde_json::{Value, json};

/// Markers that chat templates end their turns with.
const MARKERS: &[&str] = &[
    "<|turn|>",
    "<|end|>",
    "<|python_tag|>",
    "<|im_end|>",
    "<|eot_id|>",
    "<|channel>thought",
    "<\u{ff5c}tool\u{2581}calls\u{2581}begin\u{ff5c}>",
    "<\u{ff5c}tool\u{2581}sep\u{ff5c}>",
];

pub(super) async fn run(patient: &Patient) -> Finding {
    if patient.provider().kind != ProviderKind::OpenAiCompat {
        return Finding::skip("its wire has a place for thinking");
    }
    let question = Question {
        body: json!({
            "max_tokens": 128,
            "messages": [{"role": "user", "content": "Think step by step: what is 17 times 3? Then give the result."}],
        }),
        stream: false,
        patience: patient.patience,
    };
    match patient.ask(&question).await {
        Ok(heard) => judge(patient, &heard.text(), !heard.thinking().is_empty()),
        Err(fault) => Finding::skip(patient.shown(&fault.to_string())),
    }
}

fn judge(patient: &Patient, text: &str, has_field: bool) -> Finding {
    let filters = &patient.provider().output_filters;
    let leaks_thinking = text.contains("<think>") && !filters.contains(&OutputFilter::StripThinking);
    let marker = MARKERS.iter().find(|marker| text.contains(*marker));
    let marker = marker.filter(|_| !filters.contains(&OutputFilter::StripStopMarkers));
    let form = match (has_field, text.contains("<think>")) {
        (true, _) => Some(Thinking::Field),
        (false, true) => Some(Thinking::Tags),
        // It may think about other questions.
        (false, false) => None,
    };
    let learned = Learned { thinking: form, ..Learned::default() };
    if !leaks_thinking && marker.is_none() {
        let field = if has_field { "; its reasoning comes in a field of its own" } else { "" };
        return Finding::ok(format!("no leak{field}")).learned(learned);
    }
    let mut chain: Vec<OutputFilter> = filters.clone();
    let mut what = Vec::new();
    if leaks_thinking {
        chain.push(OutputFilter::StripThinking);
        what.push("<think>");
    }
    if let Some(marker) = marker {
        chain.push(OutputFilter::StripStopMarkers);
        what.push(marker);
    }
    let chain: Vec<Value> = chain.into_iter().map(|filter| filter.word().into()).collect();
    Finding::tuning(format!("{} stands in the text", what.join(" and ")))
        .feels("thinking or markers in what the agent shows, and sometimes in files it writes")
        .fix(Fix::provider(patient.name(), &["output_filters"], chain, "they are taken out"))
        .learned(learned)
}
