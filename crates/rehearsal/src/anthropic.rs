//! The Anthropic Messages dialect, written: plain answers, errors, model list, token counts. Streams are in
//! `stream`, conversations are read in `conversation`.

pub(crate) mod conversation;
mod stream;

pub(crate) use stream::stream;

use crate::ask::Ask;
use crate::json::{Object, array, quote};
use crate::quirk::{Quirks, quirks};
use crate::reply::{Part, Reply, Stop, ToolCall, Usage};
use crate::sse::{Frame, Role};

quirks! {
    "Ways to write Anthropic Messages that backends are known for.":
    /// No `ping` is sent.
    NoPing = "anthropic-no-ping",
    /// `message_start` is missing.
    NoMessageStart = "anthropic-no-message-start",
    /// `message_start` comes twice.
    DuplicateMessageStart = "anthropic-duplicate-message-start",
    /// `message_delta` is missing, and the stop reason with it.
    NoMessageDelta = "anthropic-no-message-delta",
    /// `message_stop` is missing.
    NoMessageStop = "anthropic-no-message-stop",
    /// Blocks are not started.
    NoBlockStart = "anthropic-no-block-start",
    /// Blocks are not stopped.
    NoBlockStop = "anthropic-no-block-stop",
    /// There is no `usage` anywhere.
    NoUsage = "anthropic-no-usage",
    /// `message_start` counts zero tokens, the real counts come in `message_delta`.
    UsageAtEnd = "anthropic-usage-at-end",
    /// A tool's whole input stands in `content_block_start`, without deltas.
    WholeInputAtStart = "anthropic-whole-input-at-start",
    /// An empty text block comes first.
    EmptyTextFirst = "anthropic-empty-text-first",
    /// Thinking deltas come in a text block.
    ThinkingInTextBlock = "anthropic-thinking-in-text-block",
    /// Block indices leave gaps.
    IndexGaps = "anthropic-index-gaps",
    /// The deltas of all blocks alternate.
    InterleavedBlocks = "anthropic-interleaved-blocks",
    /// An event of an unknown type follows the opening.
    UnknownEvent = "anthropic-unknown-event",
    /// Each block holds a delta of an unknown type.
    UnknownDelta = "anthropic-unknown-delta",
    /// A block of an unknown type comes first.
    UnknownBlock = "anthropic-unknown-block",
    /// An error event is the very first.
    ErrorFirst = "anthropic-error-first",
}

/// The reply as one JSON document.
pub(crate) fn plain(reply: &Reply, ask: &Ask, quirks: &Quirks) -> String {
    let mut blocks: Vec<String> = Vec::new();
    if quirks.has(Quirk::EmptyTextFirst) {
        blocks.push(text_block(""));
    }
    if quirks.has(Quirk::UnknownBlock) {
        blocks.push(String::from(UNKNOWN_BLOCK));
    }
    blocks.extend(reply.parts.iter().enumerate().map(|(at, part)| block(part, at)));
    let (reason, sequence) = stop(&reply.stopped());
    let message = message(reply, ask, &array(&blocks))
        .raw("stop_reason", quote(&reason))
        .raw("stop_sequence", sequence.map_or(String::from("null"), |text| quote(&text)));
    if quirks.has(Quirk::NoUsage) {
        return message.finish();
    }
    message.raw("usage", usage(&reply.usage, reply.usage.output)).finish()
}

/// The error envelope for a status.
pub(crate) fn error(status: u16, message: &str) -> String {
    let kind = match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    };
    envelope(kind, message)
}

/// An error inside a stream.
pub(crate) fn error_frame(message: &str) -> Frame {
    Frame { event: Some("error"), data: envelope("overloaded_error", message), role: Role::Closing }
}

/// The answer of `count_tokens`.
pub(crate) fn token_count(tokens: usize) -> String {
    Object::new().raw("input_tokens", tokens).finish()
}

const UNKNOWN_BLOCK: &str = r#"{"type":"rehearsed_block","note":"no client knows this type"}"#;

fn envelope(kind: &str, message: &str) -> String {
    let error = Object::new().text("type", kind).text("message", message).finish();
    Object::new().text("type", "error").raw("error", error).finish()
}

/// A message up to its content; the rest differs between plain answers and openings.
fn message(reply: &Reply, ask: &Ask, content: &str) -> Object {
    Object::new()
        .text("id", reply.id.as_deref().unwrap_or("msg_rehearsal"))
        .text("type", "message")
        .text("role", "assistant")
        .text("model", reply.model.as_deref().unwrap_or(&ask.model))
        .raw("content", content)
}

fn block(part: &Part, at: usize) -> String {
    match part {
        Part::Text(pieces) => text_block(&pieces.concat()),
        Part::Refusal(text) => text_block(text),
        Part::Thinking { pieces, signature } => {
            thinking_block(&pieces.concat(), signature.as_deref().unwrap_or_default())
        }
        Part::Redacted(data) => redacted_block(data),
        Part::Tool(call) => tool_block(call, at, &call.arguments.concat()),
    }
}

fn text_block(text: &str) -> String {
    Object::new().text("type", "text").text("text", text).finish()
}

fn thinking_block(text: &str, signature: &str) -> String {
    Object::new().text("type", "thinking").text("thinking", text).text("signature", signature).finish()
}

fn redacted_block(data: &str) -> String {
    Object::new().text("type", "redacted_thinking").text("data", data).finish()
}

/// A `tool_use` block; arguments that are no JSON become a JSON string, as the input must be some JSON.
fn tool_block(call: &ToolCall, at: usize, arguments: &str) -> String {
    let valid = serde_json::from_str::<serde_json::Value>(arguments).is_ok();
    let input = if valid { String::from(arguments) } else { quote(arguments) };
    let id = call.id.clone().unwrap_or_else(|| format!("toolu_{at:024}"));
    Object::new()
        .text("type", "tool_use")
        .text("id", &id)
        .text("name", &call.name)
        .raw("input", input)
        .finish()
}

/// `output` apart, since an opening counts one token only.
fn usage(usage: &Usage, output: u64) -> String {
    Object::new()
        .raw("input_tokens", usage.input)
        .raw("cache_creation_input_tokens", usage.cache_written)
        .raw("cache_read_input_tokens", usage.cached)
        .raw("output_tokens", output)
        .finish()
}

/// The words for a stop reason, and the sequence that caused it.
fn stop(stop: &Stop) -> (String, Option<String>) {
    let reason = match stop {
        Stop::End => "end_turn",
        Stop::MaxTokens => "max_tokens",
        Stop::ToolUse => "tool_use",
        Stop::StopSequence(sequence) => return (String::from("stop_sequence"), Some(sequence.clone())),
        Stop::Refusal => "refusal",
        Stop::PauseTurn => "pause_turn",
        Stop::ContextWindow => "model_context_window_exceeded",
        Stop::Other(word) => word,
    };
    (String::from(reason), None)
}
