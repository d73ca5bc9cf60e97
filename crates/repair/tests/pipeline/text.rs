//! Thinking that leaks into text, and the filters.

use crate::fixture::{answer, check, filtered, run, terms, text};
use canon::config::OutputFilter;
use canon::delta::StopReason::{Calls, EndTurn};
use repair::pipeline::{Pipeline, Terms};

#[test]
fn leaked_thinking_is_no_text() {
    let deltas = answer(&[text("<think>Hm. Read it.</think>\n\nHello.")], EndTurn);
    check(&terms(), &deltas, &["text Hello."], EndTurn);
    let shown = Terms { shows_thinking: true, ..terms() };
    check(&shown, &deltas, &["thinking Hm. Read it.", "text Hello."], EndTurn);
    let harmony = answer(
        &[text(
            "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Hello.",
        )],
        EndTurn,
    );
    check(&terms(), &harmony, &["text Hello."], EndTurn);
}

#[test]
fn a_call_after_leaked_thinking_is_found() {
    let written = r#"<think>Hm.</think><tool_call>{"name":"TodoList","arguments":{}}</tool_call>"#;
    check(&terms(), &answer(&[text(written)], EndTurn), &["TodoList {}"], Calls);
}

#[test]
fn filters_work_without_tools() {
    let thinking = filtered(&[OutputFilter::StripThinking]);
    check(&thinking, &answer(&[text("<think>a</think>\n\nAnswer")], EndTurn), &["text Answer"], EndTurn);
    check(
        &thinking,
        &answer(&[text("Use `<think>` tags, they say.")], EndTurn),
        &["text Use `<think>` tags, they say."],
        EndTurn,
    );
    let call = r#"{"name":"Read","arguments":{"file_path":"a"}}"#;
    check(&thinking, &answer(&[text(call)], EndTurn), &[&format!("text {call}")], EndTurn);
    let markers = filtered(&[OutputFilter::StripStopMarkers, OutputFilter::RepairByteFallback]);
    check(&markers, &answer(&[text("Gr<0xC3><0xBC>n<|im_end|>")], EndTurn), &["text Grün"], EndTurn);
    let outcome = run(markers, &answer(&[text("Green")], EndTurn), 2);
    assert!(!outcome.changed);
}

#[test]
fn a_filter_deletes_no_call() {
    let both =
        Terms { filters: vec![OutputFilter::StripToolCallXml, OutputFilter::StripThinking], ..terms() };
    let written = r#"<think>unfinished <tool_call>{"name":"TodoList","arguments":{}}</tool_call>"#;
    check(&both, &answer(&[text(written)], EndTurn), &["TodoList {}"], Calls);
    let unknown = r#"Look: <tool_call>{"name":"Nothing","arguments":{}}</tool_call>"#;
    check(&both, &answer(&[text(unknown)], EndTurn), &["text Look: "], EndTurn);
}

#[test]
fn an_answer_that_began_in_thinking_is_known_when_it_is_whole() {
    let deltas = answer(&[text("Let me see.\n</think>\nHello.")], EndTurn);
    let mut pipeline = Pipeline::new(terms());
    pipeline.foresee(&deltas);
    let mut out = Vec::new();
    deltas.iter().for_each(|delta| pipeline.push(delta, &mut out));
    let said: String = out
        .iter()
        .filter_map(|it| {
            if let canon::delta::Delta::Text(text) = it { Some(text.read().into_owned()) } else { None }
        })
        .collect();
    assert_eq!(said, "Hello.");
}
