//! A request of a client that speaks this dialect: its body, with the fields spliced that must differ.

use super::{fold, is_dropped, limit, own_message, stream_options, tool};
use crate::codec::{self, Fate};
use crate::json::{Reader, Writer};
use crate::openai::request;
use bytes::Bytes;
use canon::extra::Losses;
use canon::request::{Content, Message, Part, PartKind, Request, Role, Source, Sourced};
use canon::target::{Droppable, Target};

/// Whether the messages can go as they came.
pub(super) fn messages_stand(request: &Request, target: &Target<'_>) -> bool {
    request.messages.source().is_some()
        && request.messages.iter().all(|message| stands(message, target))
        && !(is_dropped(target, Droppable::SystemTurns) && has_scattered_instructions(&request.messages))
}

/// Whether the tools can go as they came.
pub(super) fn tools_stand(request: &Request, target: &Target<'_>) -> bool {
    let marked = request.tools.iter().any(|tool| tool.cache_control.is_some());
    let given = request.tools.source().is_some() || request.tools.is_empty();
    given && !(marked && is_dropped(target, Droppable::CacheControl))
}

/// Whether a message can go as it came.
pub(super) fn stands(message: &Sourced<Message>, target: &Target<'_>) -> bool {
    let strips_markers = is_dropped(target, Droppable::CacheControl);
    let is_shown = |part: &Part| target.vision || !matches!(part.kind, PartKind::Image(_));
    let is_borne = |part: &Part| part.cache_control.is_none() || !strips_markers;
    let content_stands = match &message.content {
        Content::Parts(parts) => parts.iter().all(|part| is_shown(part) && is_borne(part)),
        Content::Absent | Content::Text(_) => true,
    };
    let role_stands = message.role != Role::Developer || target.maker_host;
    message.source().is_some() && role_stands && content_stands
}

/// Whether there are instructions anywhere but in one message at the start.
fn has_scattered_instructions(messages: &[Sourced<Message>]) -> bool {
    messages.iter().skip(1).any(|message| matches!(message.role, Role::System | Role::Developer))
}

/// The body with what must differ.
pub(super) fn splice(request: &Request, source: &Source, target: &Target<'_>, losses: &mut Losses) -> Bytes {
    let splice = Splice { request, source, target };
    codec::splice(source, |name, value| splice.fate(name, value, losses), |w| splice.append(w))
}

struct Splice<'a> {
    request: &'a Request,
    source: &'a Source,
    target: &'a Target<'a>,
}

impl Splice<'_> {
    fn fate(&self, name: &str, value: &[u8], losses: &mut Losses) -> Fate {
        let (request, target) = (self.request, self.target);
        if let Some(field) = droppable(name).filter(|field| is_dropped(target, *field)) {
            if field != Droppable::StreamOptions && value != b"null" {
                losses.note(name.to_owned());
            }
            return Fate::Drop;
        }
        match name {
            "model" => self.model(value),
            "profile" => Fate::Drop,
            "messages" if messages_stand(request, target) => Fate::Keep,
            "messages" => replaced(|w| messages(request, target, losses, w)),
            "tools" | "functions" => self.tools(name, value),
            "tool_choice" | "function_call" => self.tool_choice(name, value),
            "stream" => self.stream(value),
            "stream_options" if !request.stream => Fate::Drop,
            "stream_options" if request.include_usage == Some(true) => Fate::Keep,
            "stream_options" => replaced(|w| stream_options(request, w)),
            "max_tokens" | "max_completion_tokens" => self.limit(name, value),
            "response_format" if request.output.is_none() => kept_null(value),
            _ => self.word(name, value),
        }
    }

    fn model(&self, value: &[u8]) -> Fate {
        let Some(model) = self.target.model else { return Fate::Drop };
        let new = replaced(|w| w.str(model));
        if new == Fate::Replace(value.to_vec()) { Fate::Keep } else { new }
    }

    fn tools(&self, name: &str, value: &[u8]) -> Fate {
        let (request, target) = (self.request, self.target);
        let speaks = (name == "functions") == tool::is_older(request, "functions");
        if !speaks || tools_stand(request, target) && !request.tools.is_empty() {
            return Fate::Keep;
        }
        if request.tools.is_empty() {
            return if value.trim_ascii() == b"[]" { Fate::Keep } else { kept_null(value) };
        }
        replaced(|w| tools(request, target, w))
    }

    /// A shape may have taken the choice out, or put another in its place.
    fn tool_choice(&self, name: &str, value: &[u8]) -> Fate {
        let older = tool::is_older(self.request, "function_call");
        if (name == "function_call") != older || value == b"null" {
            return Fate::Keep;
        }
        let Some(choice) = &self.request.tool_choice else { return Fate::Drop };
        let body = Bytes::copy_from_slice(value);
        let came = Reader::new(&body).ok().and_then(|mut reader| request::choice(&mut reader).ok());
        if older || came.as_ref() == Some(choice) {
            Fate::Keep
        } else {
            replaced(|w| tool::choice(choice, w))
        }
    }

    fn stream(&self, value: &[u8]) -> Fate {
        if (value == b"true") == self.request.stream {
            return Fate::Keep;
        }
        replaced(|w| w.bool(self.request.stream))
    }

    /// Only the maker's own host is sure to read the newer spelling; for others the older one stands in for it.
    fn limit(&self, name: &str, value: &[u8]) -> Fate {
        let limit = limit(self.request, self.target);
        let is_newer = name == "max_completion_tokens";
        let says_none = value == b"null" || value.starts_with(b"-");
        match limit {
            _ if is_newer && !self.target.maker_host => Fate::Drop,
            _ if says_none && (is_newer || self.target.maker_host) => Fate::Keep,
            None if says_none => Fate::Keep,
            None => Fate::Drop,
            Some(limit) => {
                let new = replaced(|w| w.number(limit));
                if new == Fate::Replace(value.to_vec()) { Fate::Keep } else { new }
            }
        }
    }

    /// A plain word: what came, unless a shape has changed it.
    fn word(&self, name: &str, value: &[u8]) -> Fate {
        let sampling = &self.request.sampling;
        let word = match name {
            "temperature" => &sampling.temperature,
            "top_p" => &sampling.top_p,
            "top_k" => &sampling.top_k,
            "presence_penalty" => &sampling.presence_penalty,
            "frequency_penalty" => &sampling.frequency_penalty,
            "seed" => &sampling.seed,
            "reasoning_effort" if self.request.reasoning.effort.is_none() => return kept_null(value),
            _ => return Fate::Keep,
        };
        match word {
            Some(word) if **word.bytes() == *value => Fate::Keep,
            Some(word) => Fate::Replace(word.bytes().to_vec()),
            None => kept_null(value),
        }
    }

    fn append(&self, w: &mut Writer<'_>) {
        let (request, target) = (self.request, self.target);
        if let Some(model) = target.model.filter(|_| !self.has("model")) {
            w.key("model").str(model);
        }
        if let Some(limit) = limit(request, target).filter(|_| !self.has("max_tokens")) {
            match target.maker_host {
                true if self.has("max_completion_tokens") => {}
                true => w.key("max_completion_tokens").number(limit),
                false => w.key("max_tokens").number(limit),
            }
        }
        if !request.tools.is_empty() && !self.has("tools") && !self.has("functions") {
            w.key("tools");
            tools(request, target, w);
        }
        if request.stream && !self.has("stream") {
            w.key("stream").bool(true);
        }
        let asks = request.stream && !is_dropped(target, Droppable::StreamOptions);
        if asks && !self.has("stream_options") && !under(target, "stream_options") {
            w.key("stream_options");
            stream_options(request, w);
        }
        extra_body(target, request.stream, |key| self.has(key), w);
    }

    fn has(&self, name: &str) -> bool {
        self.source.fields.iter().any(|field| field.key.is(name))
    }
}

/// Whether a field is laid under the body by the configuration.
pub(super) fn under(target: &Target<'_>, name: &str) -> bool {
    target.extra_body.iter().any(|field| field.key == name)
}

/// Writes the fields laid under the body that it lacks. Whether to stream is never theirs to say.
pub(super) fn extra_body(target: &Target<'_>, streams: bool, has: impl Fn(&str) -> bool, w: &mut Writer<'_>) {
    for field in target.extra_body {
        let fits = match &*field.key {
            "stream" => false,
            "stream_options" => streams && !is_dropped(target, Droppable::StreamOptions),
            _ => true,
        };
        if fits && !has(&field.key) {
            w.key_text(&field.key.as_str().into()).raw(&field.value);
        }
    }
}

/// Writes the messages, each as it came where it can stand.
pub(super) fn messages(request: &Request, target: &Target<'_>, losses: &mut Losses, w: &mut Writer<'_>) {
    if !is_dropped(target, Droppable::SystemTurns) {
        return w.array(|w| request.messages.iter().for_each(|message| one(message, target, losses, w)));
    }
    let folded = fold::fold(&request.messages, losses);
    w.array(|w| {
        match folded.lead[..] {
            [] => {}
            [only] => one(only, target, losses, w),
            ref several => {
                let texts: Vec<_> =
                    several.iter().flat_map(|message| fold::texts(&message.content, losses)).collect();
                w.object(|w| {
                    w.key("role").str("system");
                    w.key("content");
                    super::joined(&texts, w);
                });
            }
        }
        folded.turns.iter().for_each(|message| one(message, target, losses, w));
    });
}

fn one(message: &Sourced<Message>, target: &Target<'_>, losses: &mut Losses, w: &mut Writer<'_>) {
    match message.source() {
        Some(source) if stands(message, target) => w.json(source),
        _ => own_message::write(message, target, losses, w),
    }
}

/// Writes the tools in the form they came in, each as it came where it can stand.
pub(super) fn tools(request: &Request, target: &Target<'_>, w: &mut Writer<'_>) {
    let unmarked = is_dropped(target, Droppable::CacheControl);
    let older = tool::is_older(request, "functions");
    w.array(|w| {
        for tool in request.tools.iter() {
            match tool.source().filter(|_| !(unmarked && tool.cache_control.is_some())) {
                Some(source) => w.json(source),
                None if older => w.object(|w| tool::own_function(tool, "function", w)),
                None => tool::own(tool, target, w),
            }
        }
    });
}

/// The field of this name as one that may be dropped.
fn droppable(name: &str) -> Option<Droppable> {
    Some(match name {
        "thinking" | "reasoning_effort" => Droppable::Thinking,
        "context_management" => Droppable::ContextManagement,
        "output_config" => Droppable::OutputConfig,
        "stream_options" => Droppable::StreamOptions,
        "parallel_tool_calls" => Droppable::ParallelCalls,
        _ => return None,
    })
}

fn replaced(write: impl FnOnce(&mut Writer<'_>)) -> Fate {
    let mut value = Vec::new();
    write(&mut Writer::new(&mut value));
    Fate::Replace(value)
}

/// A `null` may stay where the word is absent; a value may not.
fn kept_null(value: &[u8]) -> Fate {
    if value == b"null" { Fate::Keep } else { Fate::Drop }
}
