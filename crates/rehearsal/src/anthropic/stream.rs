//! An Anthropic stream: one reply as its events, quirks included. Framing and pacing are elsewhere.

use super::{Quirk, UNKNOWN_BLOCK, error_frame, message, redacted_block, stop, tool_block, usage};
use crate::ask::Ask;
use crate::json::{Object, quote};
use crate::quirk::Quirks;
use crate::reply::{Part, Reply, ToolCall, Usage};
use crate::sse::{Frame, Role, interleave};

/// The events of a reply.
pub(crate) fn stream(reply: &Reply, ask: &Ask, quirks: &Quirks) -> Vec<Frame> {
    if quirks.has(Quirk::ErrorFirst) {
        return vec![error_frame("Overloaded")];
    }
    let blocks = blocks(reply, quirks);
    let blocks = if quirks.has(Quirk::InterleavedBlocks) { interleave(blocks) } else { blocks.concat() };
    let mut frames = opening(reply, ask, quirks);
    frames.extend(blocks);
    // Anthropic's own backend sends its ping behind the first block start.
    if !quirks.has(Quirk::NoPing) {
        let second = frames.len().min(2);
        frames.insert(second, frame("ping", &Object::new(), Role::Structure));
    }
    frames.extend(closing(reply, quirks));
    frames
}

fn opening(reply: &Reply, ask: &Ask, quirks: &Quirks) -> Vec<Frame> {
    let mut start = message(reply, ask, "[]").raw("stop_reason", "null").raw("stop_sequence", "null");
    if !quirks.has(Quirk::NoUsage) {
        let counted = if quirks.has(Quirk::UsageAtEnd) { Usage::of(0, 0) } else { reply.usage };
        start = start.raw("usage", usage(&counted, counted.output.min(1)));
    }
    let start = frame("message_start", &Object::new().raw("message", start.finish()), Role::Opening);
    let times = match (quirks.has(Quirk::NoMessageStart), quirks.has(Quirk::DuplicateMessageStart)) {
        (true, _) => 0,
        (false, true) => 2,
        (false, false) => 1,
    };
    let mut frames = vec![start; times];
    if quirks.has(Quirk::UnknownEvent) {
        frames.push(frame(
            "rehearsed_event",
            &Object::new().text("note", "no client knows it"),
            Role::Structure,
        ));
    }
    frames
}

fn closing(reply: &Reply, quirks: &Quirks) -> Vec<Frame> {
    let (reason, sequence) = stop(&reply.stopped());
    let delta = Object::new()
        .text("stop_reason", &reason)
        .raw("stop_sequence", sequence.map_or(String::from("null"), |text| quote(&text)))
        .finish();
    let mut last = Object::new().raw("delta", delta);
    if !quirks.has(Quirk::NoUsage) {
        last = last.raw("usage", usage(&reply.usage, reply.usage.output));
    }
    let mut frames = Vec::new();
    if !quirks.has(Quirk::NoMessageDelta) {
        frames.push(frame("message_delta", &last, Role::Closing));
    }
    if !quirks.has(Quirk::NoMessageStop) {
        frames.push(frame("message_stop", &Object::new(), Role::Closing));
    }
    frames
}

/// The frames of each block.
fn blocks(reply: &Reply, quirks: &Quirks) -> Vec<Vec<Frame>> {
    let mut blocks = Blocks { quirks, blocks: Vec::new() };
    if quirks.has(Quirk::EmptyTextFirst) {
        blocks.text(&[]);
    }
    if quirks.has(Quirk::UnknownBlock) {
        blocks.add(UNKNOWN_BLOCK, Vec::new());
    }
    for (at, part) in reply.parts.iter().enumerate() {
        match part {
            Part::Text(pieces) => blocks.text(pieces),
            Part::Refusal(text) => blocks.text(std::slice::from_ref(text)),
            Part::Thinking { pieces, signature } => blocks.thinking(pieces, signature.as_deref()),
            Part::Redacted(data) => blocks.add(&redacted_block(data), Vec::new()),
            Part::Tool(call) => blocks.tool(call, at),
        }
    }
    blocks.blocks
}

struct Blocks<'a> {
    quirks: &'a Quirks,
    blocks: Vec<Vec<Frame>>,
}

impl Blocks<'_> {
    fn text(&mut self, pieces: &[String]) {
        self.add(r#"{"type":"text","text":""}"#, deltas("text_delta", "text", pieces));
    }

    fn thinking(&mut self, pieces: &[String], signature: Option<&str>) {
        let mut deltas = deltas("thinking_delta", "thinking", pieces);
        if let Some(signature) = signature {
            deltas.push(Object::new().text("type", "signature_delta").text("signature", signature).finish());
        }
        let start = if self.quirks.has(Quirk::ThinkingInTextBlock) {
            r#"{"type":"text","text":""}"#
        } else {
            r#"{"type":"thinking","thinking":"","signature":""}"#
        };
        self.add(start, deltas);
    }

    fn tool(&mut self, call: &ToolCall, at: usize) {
        if self.quirks.has(Quirk::WholeInputAtStart) {
            self.add(&tool_block(call, at, &call.arguments.concat()), Vec::new());
        } else {
            let deltas = deltas("input_json_delta", "partial_json", &call.arguments);
            self.add(&tool_block(call, at, "{}"), deltas);
        }
    }

    /// Adds a block: its start, its deltas, its stop.
    fn add(&mut self, start: &str, mut deltas: Vec<String>) {
        let step = if self.quirks.has(Quirk::IndexGaps) { 3 } else { 1 };
        let index = self.blocks.len() * step;
        if self.quirks.has(Quirk::UnknownDelta) {
            deltas.push(Object::new().text("type", "rehearsed_delta").text("note", "unknown").finish());
        }
        let indexed = || Object::new().raw("index", index);
        let mut frames = Vec::with_capacity(deltas.len() + 2);
        if !self.quirks.has(Quirk::NoBlockStart) {
            frames.push(frame(
                "content_block_start",
                &indexed().raw("content_block", start),
                Role::Structure,
            ));
        }
        let delta = |delta| frame("content_block_delta", &indexed().raw("delta", delta), Role::Content);
        frames.extend(deltas.into_iter().map(delta));
        if !self.quirks.has(Quirk::NoBlockStop) {
            frames.push(frame("content_block_stop", &indexed(), Role::Structure));
        }
        self.blocks.push(frames);
    }
}

fn deltas(kind: &str, key: &str, pieces: &[String]) -> Vec<String> {
    pieces.iter().map(|piece| Object::new().text("type", kind).text(key, piece).finish()).collect()
}

/// An event whose data repeats its name first, as this dialect does.
fn frame(event: &'static str, rest: &Object, role: Role) -> Frame {
    let data = Object::new().text("type", event).join(rest).finish();
    Frame { event: Some(event), data, role }
}
