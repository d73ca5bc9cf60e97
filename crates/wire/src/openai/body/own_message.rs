//! Writes a message of a client that speaks this dialect anew, because something in it was edited or can't stand.

use super::{is_dropped, media};
use crate::json::{self, Reader, Writer};
use crate::openai::{legacy, rest};
use canon::extra::Losses;
use canon::request::{Arguments, Call, CallResult, Content, Message, Part, PartKind, Role};
use canon::target::{Droppable, Target};
use canon::text::Text;

/// Writes a message; each result in it becomes a message of its own.
pub(super) fn write(message: &Message, target: &Target<'_>, losses: &mut Losses, w: &mut Writer<'_>) {
    let mut own = Own { message, target, losses };
    let Content::Parts(parts) = &message.content else { return own.turn(w) };
    let results = || parts.iter().filter_map(result);
    results().for_each(|result| own.result(result, w));
    if results().next().is_none() {
        own.turn(w);
    }
}

fn result(part: &Part) -> Option<&CallResult> {
    if let PartKind::CallResult(result) = &part.kind { Some(result) } else { None }
}

struct Own<'a> {
    message: &'a Message,
    target: &'a Target<'a>,
    losses: &'a mut Losses,
}

impl Own<'_> {
    fn result(&mut self, result: &CallResult, w: &mut Writer<'_>) {
        w.object(|w| {
            let is_older = legacy::is_id(&result.call_id);
            w.key("role").str(if is_older { "function" } else { "tool" });
            if !is_older {
                w.key("tool_call_id").text(&result.call_id);
            }
            if let Some(name) = &result.name {
                w.key("name").text(name);
            }
            w.key("content");
            self.content(&result.content, w);
            w.extra(&self.message.extra);
        });
    }

    fn turn(&mut self, w: &mut Writer<'_>) {
        let message = self.message;
        w.object(|w| {
            w.key("role").str(match message.role {
                Role::System => "system",
                Role::Developer if self.target.maker_host => "developer",
                Role::Developer => "system",
                Role::User | Role::Tool => "user",
                Role::Assistant => "assistant",
            });
            if message.role == Role::Assistant {
                self.assistant(w);
            } else {
                w.key("content");
                self.content(&message.content, w);
            }
            w.extra(&message.extra);
        });
    }

    fn content(&mut self, content: &Content, w: &mut Writer<'_>) {
        match content {
            Content::Absent => w.null(),
            Content::Text(text) => w.text(text),
            Content::Parts(parts) => w.array(|w| parts.iter().for_each(|part| self.part(part, w))),
        }
    }

    /// What a turn of the model's says, then what it calls. A list of parts stays one, unless it stands for a bare
    /// string beside fields that the vocabulary counts as parts too.
    fn assistant(&mut self, w: &mut Writer<'_>) {
        let Content::Parts(parts) = &self.message.content else {
            w.key("content");
            return self.content(&self.message.content, w);
        };
        let is_said = |part: &&Part| !matches!(part.kind, PartKind::Thinking(_) | PartKind::Call(_));
        let said: Vec<&Part> = parts.iter().filter(is_said).collect();
        let is_list_alone = said.len() == parts.len() && !said.iter().any(|part| is_refusal(part));
        let (refusals, texts): (Vec<_>, Vec<_>) = said.iter().copied().partition(|part| is_refusal(part));
        w.key("content");
        match texts[..] {
            [] if !is_list_alone => w.null(),
            [Part { kind: PartKind::Text(text), cache_control: None, extra, .. }]
                if !is_list_alone && extra.is_empty() =>
            {
                w.text(text);
            }
            _ => w.array(|w| said.iter().for_each(|part| self.part(part, w))),
        }
        if let ([] | [_], [Part { kind: PartKind::Refusal(refusal), .. }]) = (&texts[..], &refusals[..]) {
            w.key("refusal").text(refusal);
        }
        thinking(parts, w);
        calls(parts, w);
    }

    fn part(&mut self, part: &Part, w: &mut Writer<'_>) {
        if let PartKind::Opaque(_, whole) = &part.kind {
            return w.json(whole);
        }
        w.object(|w| {
            self.known_part(part, w);
            if let Some(marker) = &part.cache_control {
                if is_dropped(self.target, Droppable::CacheControl) {
                    self.losses.note("messages.cache_control");
                } else {
                    w.key("cache_control").json(marker);
                }
            }
            w.extra(&part.extra);
        });
    }

    fn known_part(&mut self, part: &Part, w: &mut Writer<'_>) {
        match &part.kind {
            PartKind::Image(_) if !self.target.vision => {
                self.losses.note("messages.image_url");
                text(&media::NO_IMAGE, w);
            }
            PartKind::Image(image) => {
                w.key("type").str("image_url");
                media::image(image, w.key("image_url"));
            }
            PartKind::Audio(audio) => {
                w.key("type").str("input_audio");
                media::audio(audio, w.key("input_audio"));
            }
            PartKind::Document(file) => {
                w.key("type").str("file");
                media::file(file, w.key("file"));
            }
            PartKind::Refusal(refusal) => {
                w.key("type").str("refusal");
                w.key("refusal").text(refusal);
            }
            PartKind::Text(said) | PartKind::Thinking(said) | PartKind::Redacted(said) => text(said, w),
            PartKind::Call(_) | PartKind::CallResult(_) | PartKind::Opaque(..) => text(&Text::empty(), w),
        }
    }
}

fn is_refusal(part: &Part) -> bool {
    matches!(part.kind, PartKind::Refusal(_))
}

fn text(said: &Text, w: &mut Writer<'_>) {
    w.key("type").str("text");
    w.key("text").text(said);
}

fn thinking(parts: &[Part], w: &mut Writer<'_>) {
    for part in parts {
        if let PartKind::Thinking(thought) = &part.kind {
            let rarer = part.extra.find("reasoning").is_some();
            w.key(if rarer { "reasoning" } else { "reasoning_content" }).text(thought);
        }
    }
}

fn calls(parts: &[Part], w: &mut Writer<'_>) {
    let mut calls = Vec::new();
    for part in parts {
        match &part.kind {
            PartKind::Call(older) if legacy::is_id(&older.id) => w.key("function_call").object(|w| {
                w.key("name").text(&older.name);
                w.key("arguments").text(&arguments(older));
            }),
            PartKind::Call(call) => calls.push((part, call)),
            _ => {}
        }
    }
    if !calls.is_empty() {
        w.key("tool_calls").array(|w| calls.iter().for_each(|(part, call)| one_call(part, call, w)));
    }
}

fn one_call(part: &Part, call: &Call, w: &mut Writer<'_>) {
    let custom = part.extra.find("custom").is_some().then(|| unboxed(call)).flatten();
    w.object(|w| {
        w.key("id").text(&call.id);
        w.key("type").str(if custom.is_some() { "custom" } else { "function" });
        match &custom {
            Some(input) => w.key("custom").object(|w| {
                w.key("name").text(&call.name);
                w.key("input").text(input);
            }),
            None => w.key("function").object(|w| {
                w.key("name").text(&call.name);
                w.key("arguments").text(&arguments(call));
                rest::write(part.extra.find("function"), w);
            }),
        }
        for (key, value) in
            part.extra.fields.iter().filter(|(key, _)| !(key.is("function") || key.is("custom")))
        {
            w.key_text(key).json(value);
        }
    });
}

/// The arguments as the text this dialect wants.
pub(super) fn arguments(call: &Call) -> Text {
    match &call.arguments {
        Arguments::Text(text) => text.clone(),
        Arguments::Value(value) => match whole_text(value) {
            Some(text) => text,
            None => json::text_of(value),
        },
    }
}

/// The text of a value that is a string: it is not put into a string once more.
fn whole_text(value: &canon::text::Json) -> Option<Text> {
    if value.bytes().first() != Some(&b'"') {
        return None;
    }
    Reader::new(value.bytes()).ok()?.text().ok()
}

/// The free text of a custom call.
fn unboxed(call: &Call) -> Option<Text> {
    let Arguments::Value(object) = &call.arguments else { return None };
    let mut input = None;
    let mut reader = Reader::new(object.bytes()).ok()?;
    let read = reader.object(|reader, key| {
        if key.name() == "input" {
            input = Some(reader.text()?);
            return Ok(());
        }
        reader.skip()
    });
    read.ok().and(input)
}
