//! The OpenAI Chat dialect, written: plain answers, errors, model lists. Streams are in `stream`,
//! conversations are read in `conversation`.

pub(crate) mod conversation;
mod stream;

pub(crate) use stream::stream;

use crate::ask::Ask;
use crate::json::{Object, array, quote};
use crate::quirk::{Quirks, quirks};
use crate::reply::{Part, Reply, Stop, ToolCall, Usage};
use crate::sse::{Frame, Role};

quirks! {
    "Ways to write OpenAI Chat that compatible backends are known for.":
    /// Chunks carry no `id`, `created` and `model`.
    NoIds = "openai-no-ids",
    /// No chunk names the role.
    NoRole = "openai-no-role",
    /// The first chunk has no choices, as with content filter results.
    EmptyChoicesFirst = "openai-empty-choices-first",
    /// Tool deltas carry no index.
    NoToolIndex = "openai-no-tool-index",
    /// All tool deltas carry index 0.
    SameToolIndex = "openai-same-tool-index",
    /// The pieces of parallel calls alternate.
    InterleavedCalls = "openai-interleaved-calls",
    /// Every tool delta repeats id, type and name.
    RepeatedIds = "openai-repeated-ids",
    /// Every tool delta carries the name and another id.
    FreshIds = "openai-fresh-ids",
    /// Tool calls have `"id": null`.
    NullIds = "openai-null-ids",
    /// Each call comes whole in one chunk.
    WholeCalls = "openai-whole-calls",
    /// Arguments are an object instead of a string, each call whole.
    ArgumentsAsObject = "openai-arguments-as-object",
    /// Content chunks carry `tool_calls: []`.
    EmptyToolCalls = "openai-empty-tool-calls",
    /// Content chunks carry `tool_calls: null`.
    NullToolCalls = "openai-null-tool-calls",
    /// Chunks without text carry `content: null`.
    NullContent = "openai-null-content",
    /// Content is a list of text parts.
    ListContent = "openai-list-content",
    /// Thinking is called `reasoning` instead of `reasoning_content`.
    ReasoningField = "openai-reasoning-field",
    /// The first call is a legacy `function_call`; further ones are left out.
    LegacyFunctionCall = "openai-legacy-function-call",
    /// No chunk has a finish reason.
    NoFinishReason = "openai-no-finish-reason",
    /// The finish reason comes with the last content.
    FinishWithContent = "openai-finish-with-content",
    /// The finish reason is `stop` though tools are called.
    StopForTools = "openai-stop-for-tools",
    /// The finish reason is an unknown word.
    UnknownFinish = "openai-unknown-finish",
    /// The finishing chunk has `delta: null`.
    NullDelta = "openai-null-delta",
    /// `[DONE]` is missing.
    NoDone = "openai-no-done",
    /// There is no `usage`, asked for or not.
    NoUsage = "openai-no-usage",
    /// `usage` comes though nobody asked for it.
    UsageUnasked = "openai-usage-unasked",
    /// The usage chunk comes first.
    UsageFirst = "openai-usage-first",
    /// Every chunk carries `usage`.
    UsageEverywhere = "openai-usage-everywhere",
    /// Every chunk but the one that counts carries `usage: null`.
    UsageNull = "openai-usage-null",
    /// `usage` comes in the finishing chunk.
    UsageWithFinish = "openai-usage-with-finish",
    /// The usage chunk comes behind `[DONE]`.
    UsageLate = "openai-usage-late",
    /// An error chunk is the very first.
    ErrorFirst = "openai-error-first",
}

/// The reply as one JSON document.
pub(crate) fn plain(reply: &Reply, ask: &Ask, quirks: &Quirks) -> String {
    let choice = Object::new()
        .raw("index", 0)
        .raw("message", message(reply, quirks))
        .raw("logprobs", "null")
        .raw("finish_reason", finish(reply, quirks).map_or(String::from("null"), |word| quote(&word)))
        .finish();
    let body = header(reply, ask, "chat.completion", quirks).raw("choices", array(&[choice]));
    if quirks.has(Quirk::NoUsage) {
        return body.finish();
    }
    body.raw("usage", usage(&reply.usage)).finish()
}

/// The error object for a status.
pub(crate) fn error(status: u16, message: &str) -> String {
    let (kind, code) = match status {
        401 => ("invalid_request_error", Some("invalid_api_key")),
        402 => ("insufficient_quota", Some("insufficient_quota")),
        403 => ("permission_error", None),
        404 => ("invalid_request_error", Some("model_not_found")),
        429 => ("rate_limit_error", Some("rate_limit_exceeded")),
        500.. => ("server_error", None),
        _ => ("invalid_request_error", None),
    };
    envelope(kind, code, message)
}

/// An error inside a stream.
pub(crate) fn error_frame(message: &str) -> Frame {
    Frame { event: None, data: envelope("server_error", None, message), role: Role::Closing }
}

fn envelope(kind: &str, code: Option<&str>, message: &str) -> String {
    let error = Object::new()
        .text("message", message)
        .text("type", kind)
        .raw("param", "null")
        .raw("code", code.map_or(String::from("null"), quote))
        .finish();
    Object::new().raw("error", error).finish()
}

/// What every document and chunk begins with.
fn header(reply: &Reply, ask: &Ask, kind: &str, quirks: &Quirks) -> Object {
    if quirks.has(Quirk::NoIds) {
        return Object::new().text("object", kind);
    }
    Object::new()
        .text("id", reply.id.as_deref().unwrap_or("chatcmpl-rehearsal"))
        .text("object", kind)
        .raw("created", 1_735_689_600)
        .text("model", reply.model.as_deref().unwrap_or(&ask.model))
}

fn message(reply: &Reply, quirks: &Quirks) -> String {
    let said = |pick: fn(&Part) -> Option<String>| {
        let texts: Vec<String> = reply.parts.iter().filter_map(pick).collect();
        (!texts.is_empty()).then(|| texts.concat())
    };
    let text = said(|part| if let Part::Text(pieces) = part { Some(pieces.concat()) } else { None });
    let thought =
        said(|part| if let Part::Thinking { pieces, .. } = part { Some(pieces.concat()) } else { None });
    let refused = said(|part| if let Part::Refusal(text) = part { Some(text.clone()) } else { None });
    let mut message = Object::new()
        .text("role", "assistant")
        .raw("content", text.map_or(String::from("null"), |text| content(&text, quirks)));
    if let Some(thought) = thought {
        message = message.text(thinking_key(quirks), &thought);
    }
    message = message.raw("refusal", refused.map_or(String::from("null"), |text| quote(&text)));
    let calls: Vec<(usize, &ToolCall)> = calls(reply).collect();
    match calls.first() {
        Some((_, first)) if quirks.has(Quirk::LegacyFunctionCall) => {
            message.raw("function_call", function(first, &first.arguments.concat(), quirks)).finish()
        }
        Some(_) => message.raw("tool_calls", array(&whole_calls(&calls, quirks))).finish(),
        None if quirks.has(Quirk::EmptyToolCalls) => message.raw("tool_calls", "[]").finish(),
        None if quirks.has(Quirk::NullToolCalls) => message.raw("tool_calls", "null").finish(),
        None => message.finish(),
    }
}

fn whole_calls(calls: &[(usize, &ToolCall)], quirks: &Quirks) -> Vec<String> {
    let whole = |(at, call): &(usize, &ToolCall)| {
        Object::new()
            .raw("id", call_id(call, *at, quirks))
            .text("type", "function")
            .raw("function", function(call, &call.arguments.concat(), quirks))
            .finish()
    };
    calls.iter().map(whole).collect()
}

/// The calls with their place in the reply.
fn calls(reply: &Reply) -> impl Iterator<Item = (usize, &ToolCall)> {
    reply.parts.iter().enumerate().filter_map(|(at, part)| match part {
        Part::Tool(call) => Some((at, call)),
        _ => None,
    })
}

fn call_id(call: &ToolCall, at: usize, quirks: &Quirks) -> String {
    if quirks.has(Quirk::NullIds) {
        return String::from("null");
    }
    quote(&call.id.clone().unwrap_or_else(|| format!("call_{at:024}")))
}

fn function(call: &ToolCall, arguments: &str, quirks: &Quirks) -> String {
    Object::new().text("name", &call.name).raw("arguments", argument_text(arguments, quirks)).finish()
}

fn argument_text(arguments: &str, quirks: &Quirks) -> String {
    let valid = serde_json::from_str::<serde_json::Value>(arguments).is_ok();
    if quirks.has(Quirk::ArgumentsAsObject) && valid { String::from(arguments) } else { quote(arguments) }
}

fn content(text: &str, quirks: &Quirks) -> String {
    if quirks.has(Quirk::ListContent) {
        return array(&[Object::new().text("type", "text").text("text", text).finish()]);
    }
    quote(text)
}

fn thinking_key(quirks: &Quirks) -> &'static str {
    if quirks.has(Quirk::ReasoningField) { "reasoning" } else { "reasoning_content" }
}

/// The finish reason; a refusal that has a field of its own ends like any text.
fn finish(reply: &Reply, quirks: &Quirks) -> Option<String> {
    let called = calls(reply).next().is_some();
    let word = match reply.stopped() {
        _ if quirks.has(Quirk::NoFinishReason) => return None,
        _ if quirks.has(Quirk::UnknownFinish) => "rehearsed_reason",
        Stop::ToolUse if quirks.has(Quirk::StopForTools) => "stop",
        Stop::ToolUse if called && quirks.has(Quirk::LegacyFunctionCall) => "function_call",
        Stop::ToolUse => "tool_calls",
        Stop::MaxTokens | Stop::ContextWindow => "length",
        Stop::Refusal if reply.stop.is_some() => "content_filter",
        Stop::End | Stop::StopSequence(_) | Stop::PauseTurn | Stop::Refusal => "stop",
        Stop::Other(word) => return Some(word),
    };
    Some(String::from(word))
}

fn usage(usage: &Usage) -> String {
    Object::new()
        .raw("prompt_tokens", usage.prompt())
        .raw("completion_tokens", usage.output)
        .raw("total_tokens", usage.prompt() + usage.output)
        .raw("prompt_tokens_details", Object::new().raw("cached_tokens", usage.cached).finish())
        .raw("completion_tokens_details", Object::new().raw("reasoning_tokens", usage.reasoning).finish())
        .finish()
}
