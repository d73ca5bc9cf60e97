//! An OpenAI stream: one reply as its chunks, quirks included. Framing and pacing are elsewhere.

use super::{Quirk, argument_text, call_id, content, error_frame, finish, header, thinking_key, usage};
use crate::ask::Ask;
use crate::json::{Object, array, quote};
use crate::quirk::Quirks;
use crate::reply::{Part, Reply, ToolCall};
use crate::sse::{Frame, Role, interleave};

/// The chunks of a reply.
pub(crate) fn stream(reply: &Reply, ask: &Ask, quirks: &Quirks) -> Vec<Frame> {
    if quirks.has(Quirk::ErrorFirst) {
        return vec![error_frame("Overloaded")];
    }
    let chunks = Chunks { reply, quirks, header: header(reply, ask, "chat.completion.chunk", quirks) };
    let usage_asked = ask.include_usage || quirks.has(Quirk::UsageUnasked);
    let usage_apart = usage_asked
        && ![
            Quirk::NoUsage,
            Quirk::UsageFirst,
            Quirk::UsageEverywhere,
            Quirk::UsageWithFinish,
            Quirk::UsageLate,
        ]
        .iter()
        .any(|quirk| quirks.has(*quirk));
    let mut frames = Vec::new();
    if quirks.has(Quirk::EmptyChoicesFirst) {
        frames.push(chunks.bare("[]", Role::Structure));
    }
    if quirks.has(Quirk::UsageFirst) {
        frames.push(chunks.counted("[]"));
    }
    frames.extend(chunks.opening());
    frames.extend(chunks.content());
    chunks.finish(&mut frames);
    if usage_apart {
        frames.push(chunks.counted("[]"));
    }
    if !quirks.has(Quirk::NoDone) {
        frames.push(Frame { event: None, data: String::from("[DONE]"), role: Role::Closing });
    }
    if quirks.has(Quirk::UsageLate) {
        frames.push(chunks.counted("[]"));
    }
    frames
}

struct Chunks<'a> {
    reply: &'a Reply,
    quirks: &'a Quirks,
    header: Object,
}

impl Chunks<'_> {
    fn opening(&self) -> Option<Frame> {
        let text = if self.quirks.has(Quirk::NullContent) { "null" } else { "\"\"" };
        let delta = Object::new().text("role", "assistant").raw("content", text);
        (!self.quirks.has(Quirk::NoRole)).then(|| self.delta(delta, Role::Opening))
    }

    /// What is said, then what is called: the order every backend uses.
    fn content(&self) -> Vec<Frame> {
        let mut said = Vec::new();
        let mut calls: Vec<Vec<Frame>> = Vec::new();
        for (at, part) in self.reply.parts.iter().enumerate() {
            match part {
                Part::Text(pieces) => said.extend(pieces.iter().map(|piece| self.text(piece))),
                Part::Thinking { pieces, .. } => said.extend(pieces.iter().map(|piece| self.thought(piece))),
                Part::Refusal(text) => {
                    said.push(self.delta(Object::new().text("refusal", text), Role::Content));
                }
                Part::Redacted(_) => {}
                Part::Tool(call) if self.quirks.has(Quirk::LegacyFunctionCall) && calls.is_empty() => {
                    calls.push(self.legacy_call(call));
                }
                Part::Tool(_) if self.quirks.has(Quirk::LegacyFunctionCall) => {}
                Part::Tool(call) => calls.push(self.call(call, at, calls.len())),
            }
        }
        let interleaved = self.quirks.has(Quirk::InterleavedCalls);
        said.extend(if interleaved { interleave(calls) } else { calls.concat() });
        said
    }

    /// Adds the finish reason, as a chunk of its own or to the last content.
    fn finish(&self, frames: &mut Vec<Frame>) {
        let Some(word) = finish(self.reply, self.quirks) else { return };
        let open = "\"finish_reason\":null";
        if self.quirks.has(Quirk::FinishWithContent)
            && let Some(last) = frames.last_mut()
        {
            last.data = last.data.replacen(open, &format!("\"finish_reason\":{}", quote(&word)), 1);
            return;
        }
        let delta =
            if self.quirks.has(Quirk::NullDelta) { String::from("null") } else { Object::new().finish() };
        let choices = array(&[choice(&delta, &quote(&word))]);
        let counted = self.quirks.has(Quirk::UsageWithFinish);
        frames.push(if counted { self.counted(&choices) } else { self.bare(&choices, Role::Closing) });
    }

    /// A chunk that reports the tokens.
    fn counted(&self, choices: &str) -> Frame {
        let chunk = self.header.clone().raw("choices", choices).raw("usage", usage(&self.reply.usage));
        Frame { event: None, data: chunk.finish(), role: Role::Closing }
    }

    fn text(&self, piece: &str) -> Frame {
        self.said(Object::new().raw("content", content(piece, self.quirks)))
    }

    fn thought(&self, piece: &str) -> Frame {
        let text = Object::new().text(thinking_key(self.quirks), piece);
        self.said(if self.quirks.has(Quirk::NullContent) { text.raw("content", "null") } else { text })
    }

    fn said(&self, delta: Object) -> Frame {
        let delta = match (self.quirks.has(Quirk::EmptyToolCalls), self.quirks.has(Quirk::NullToolCalls)) {
            (true, _) => delta.raw("tool_calls", "[]"),
            (false, true) => delta.raw("tool_calls", "null"),
            (false, false) => delta,
        };
        self.delta(delta, Role::Content)
    }

    /// A call: a chunk that names it, then one chunk a piece of its arguments.
    fn call(&self, call: &ToolCall, at: usize, index: usize) -> Vec<Frame> {
        let whole = self.quirks.has(Quirk::WholeCalls) || self.quirks.has(Quirk::ArgumentsAsObject);
        let pieces = if whole {
            vec![call.arguments.concat()]
        } else {
            [&[String::new()], &call.arguments[..]].concat()
        };
        let ids = [Quirk::RepeatedIds, Quirk::FreshIds].iter().any(|quirk| self.quirks.has(*quirk));
        let chunk = |(turn, piece): (usize, &String)| {
            let (mut part, mut function) = (self.indexed(index), Object::new());
            if turn == 0 || ids {
                part = part.raw("id", self.id(call, at, turn)).text("type", "function");
                function = function.text("name", &call.name);
            }
            let function = function.raw("arguments", argument_text(piece, self.quirks)).finish();
            self.called(&part.raw("function", function).finish())
        };
        pieces.iter().enumerate().map(chunk).collect()
    }

    fn indexed(&self, index: usize) -> Object {
        let index = if self.quirks.has(Quirk::SameToolIndex) { 0 } else { index };
        let indexed = Object::new().raw("index", index);
        if self.quirks.has(Quirk::NoToolIndex) { Object::new() } else { indexed }
    }

    fn id(&self, call: &ToolCall, at: usize, turn: usize) -> String {
        if turn > 0 && self.quirks.has(Quirk::FreshIds) {
            return quote(&format!("call_{at:012}{turn:012}"));
        }
        call_id(call, at, self.quirks)
    }

    fn called(&self, call: &str) -> Frame {
        let null = self.quirks.has(Quirk::NullContent);
        let delta = if null { Object::new().raw("content", "null") } else { Object::new() };
        self.delta(delta.raw("tool_calls", format!("[{call}]")), Role::Content)
    }

    fn legacy_call(&self, call: &ToolCall) -> Vec<Frame> {
        let piece = |function: Object| {
            self.delta(Object::new().raw("function_call", function.finish()), Role::Content)
        };
        let mut frames = vec![piece(Object::new().text("name", &call.name).text("arguments", ""))];
        frames.extend(call.arguments.iter().map(|text| piece(Object::new().text("arguments", text))));
        frames
    }

    fn delta(&self, delta: Object, role: Role) -> Frame {
        self.bare(&array(&[choice(&delta.finish(), "null")]), role)
    }

    fn bare(&self, choices: &str, role: Role) -> Frame {
        let chunk = self.header.clone().raw("choices", choices);
        let chunk = match (self.quirks.has(Quirk::UsageEverywhere), self.quirks.has(Quirk::UsageNull)) {
            (true, _) => chunk.raw("usage", usage(&self.reply.usage)),
            (false, true) => chunk.raw("usage", "null"),
            (false, false) => chunk,
        };
        Frame { event: None, data: chunk.finish(), role }
    }
}

fn choice(delta: &str, finish: &str) -> String {
    Object::new()
        .raw("index", 0)
        .raw("delta", delta)
        .raw("logprobs", "null")
        .raw("finish_reason", finish)
        .finish()
}
