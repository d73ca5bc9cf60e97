//! Scenarios that answer, correctly or in an odd form.

use std::time::Duration;

use serde_json::json;

use super::{Scenario, agent, speech};
use crate::act::Act;
use crate::answer::Form;
use crate::reply::{Part, Reply, Stop, ToolCall, Usage};
use crate::slicing::Slicing;
use crate::task::{CallForm, Task};
use crate::transport::Framing;

pub(super) const ALL: &[Scenario] = &[
    Scenario::plain("ok", "Answers with a short text.", |_| Reply::words(GREETING).into()),
    Scenario::counted("slow", "Answers, pausing between events.", ("milliseconds", 100), |pause| {
        Act::from(speech()).pace(Duration::from_millis(pause))
    }),
    Scenario::counted("late", "Answers after a while without a byte.", ("milliseconds", 3000), |pause| {
        Act::from(speech()).delay(Duration::from_millis(pause))
    }),
    Scenario::counted(
        "late-body",
        "Sends its headers at once, its body later.",
        ("milliseconds", 3000),
        |pause| Act::from(speech()).delay_body(Duration::from_millis(pause)),
    ),
    Scenario::counted("stream", "Streams this many words at once.", ("words", 200), |words| {
        many(words).into()
    }),
    Scenario::plain("tool", "Does an agent's file task: calls the file tool, then says it is done.", |_| {
        Task::create_file().into()
    }),
    Scenario::plain("tool-as-text", "Does the same, but writes its call as text.", |_| {
        Task::create_file().form(CallForm::Text).into()
    }),
    Scenario::plain("parallel-tools", "Calls two tools at once.", |_| {
        let call = |path: &str| ToolCall::new("Read", &json!({ "file_path": path })).in_pieces(6);
        Reply::empty().part(call("/a")).part(call("/b")).into()
    }),
    Scenario::plain("thinking", "Thinks, with a signature, and then answers.", |_| {
        let usage = Usage { reasoning: 9, ..Usage::of(25, 24) };
        let thought = Part::thinking("The user greets me. I greet back.", "c2lnbmVk");
        Reply::empty().part(thought).part(Part::words(GREETING)).usage(usage).into()
    }),
    Scenario::plain("cached", "Answers and reports most of its prompt as read from a cache.", |_| {
        let usage = Usage { input: 200, cached: 15_000, cache_written: 800, output: 12, reasoning: 0 };
        Reply::words(GREETING).usage(usage).into()
    }),
    Scenario::plain("max-tokens", "Is cut off by the token limit.", |_| {
        speech().stop(Stop::MaxTokens).into()
    }),
    Scenario::plain("refusal", "Refuses, in the dialect's own form.", |_| {
        Reply::empty().part(Part::Refusal(String::from("I can't help with that."))).into()
    }),
    Scenario::plain("empty-answer", "Ends its turn without saying anything.", |_| Reply::empty().into()),
    Scenario::plain("blank-answer", "Says nothing but blanks.", |_| Reply::text(" \n").into()),
    Scenario::plain("thinking-only", "Thinks and then says nothing.", |_| {
        Reply::empty().part(Part::unsigned_thinking("Hm.")).into()
    }),
    Scenario::plain("json-for-stream", "Answers a stream request with plain JSON.", |_| {
        agent(|answer| answer.form(Form::Json))
    }),
    Scenario::plain("stream-for-json", "Answers a plain request with a stream.", |_| {
        agent(|answer| answer.form(Form::Stream))
    }),
    Scenario::plain("wrong-content-type", "Declares its answer as text/plain.", |_| {
        agent(|answer| answer.content_type("text/plain"))
    }),
    Scenario::plain("gzip", "Sends its answer gzip-encoded though nobody asked.", |_| {
        agent(|answer| answer.gzip())
    }),
    Scenario::plain("bytes", "Sends its body in pieces of one byte.", |_| {
        agent(|answer| answer.slicing(Slicing::Every(1)))
    }),
    Scenario::plain("joined", "Sends all events in one piece.", |_| {
        agent(|answer| answer.slicing(Slicing::Joined))
    }),
    Scenario::plain("until-close", "Ends its body by closing the connection.", |_| {
        Act::from(speech()).framing(Framing::UntilClose)
    }),
    Scenario::counted("interim", "Answers behind this many 103 answers.", ("answers", 3), |count| {
        Act::from(speech()).interim(count)
    }),
    Scenario::plain("odd-separators", "Has line ends in its text that only Unicode knows.", |_| {
        Reply::text("one\u{2028}two\u{2029}three\u{85}four").into()
    }),
    Scenario::plain("bad-arguments", "Calls a tool with arguments that break off.", |_| {
        Reply::empty().part(ToolCall::raw("Read", "{\"file_path\": \"/a\", ").in_pieces(6)).into()
    }),
    Scenario::plain("bad-text", "Has a byte in its text that is not UTF-8.", |_| {
        Reply::text("bro\u{fffd}ken").answer().quirk(crate::sse::Quirk::BadUtf8).into()
    }),
];

const GREETING: &str = "Hello from the rehearsal backend.";

/// An answer of so many words; no more than a stream may sensibly have.
fn many(words: u64) -> Reply {
    const MOST: u64 = 100_000;
    let words = (0..words.min(MOST)).map(|at| format!("word{at} "));
    Reply::empty().part(Part::Text(words.collect()))
}
