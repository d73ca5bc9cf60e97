//! Content: a bare string or a list of blocks, in the system prompt, in turns and in tool results.

use canon::extra::Extra;
use canon::request::{Arguments, Call, CallResult, Content, Media, Part, PartKind};
use canon::text::{Json, Text};

use super::media;
use crate::json::{Kind, Problem, Reader, Writer};

/// Where content stands: what a tool answered holds no further calls and results.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Turn,
    CallResult,
}

/// Reads a string or a list of blocks.
pub(super) fn read_content(reader: &mut Reader<'_>, place: Place) -> Result<Content, Problem> {
    match reader.kind() {
        Kind::Text => Ok(Content::Text(reader.text()?)),
        Kind::Array => {
            let mut parts = Vec::new();
            reader.array(|reader, _| {
                parts.push(read(reader, place)?);
                Ok(())
            })?;
            Ok(Content::Parts(parts))
        }
        _ => Err(reader.mismatch("a string or a list of blocks")),
    }
}

/// Reads one block.
fn read(reader: &mut Reader<'_>, place: Place) -> Result<Part, Problem> {
    let Some(kind) = reader.glance("type")? else {
        return Err(reader.problem("field required").under("type"));
    };
    match (&*kind, place) {
        ("text", _) => text(reader),
        ("tool_use", Place::Turn) => call(reader),
        ("tool_result", Place::Turn) => call_result(reader),
        ("thinking", Place::Turn) => thinking(reader),
        ("redacted_thinking", Place::Turn) => redacted(reader),
        ("image", _) => medium(reader, PartKind::Image),
        ("document", _) => medium(reader, PartKind::Document),
        (kind, _) => opaque(reader, Text::plain(kind)),
    }
}

/// What every kind of block may have beside its own fields.
#[derive(Default)]
struct Beside {
    cache_control: Option<Json>,
    extra: Extra,
}

impl Beside {
    fn part(self, kind: PartKind) -> Part {
        Part { kind, cache_control: self.cache_control, signature: None, extra: self.extra }
    }
}

/// Reads a block; `own` takes the fields it knows and says whether it did.
fn fields<'a>(
    reader: &mut Reader<'a>,
    mut own: impl FnMut(&mut Reader<'a>, &str) -> Result<bool, Problem>,
) -> Result<Beside, Problem> {
    let mut beside = Beside::default();
    let mut kind = None;
    reader.object(|reader, key| match key.name() {
        "type" => reader.once(&mut kind, Reader::skip),
        "cache_control" => reader.once(&mut beside.cache_control, Reader::raw),
        name => {
            if own(reader, name)? {
                Ok(())
            } else {
                reader.keep(&mut beside.extra, key)
            }
        }
    })?;
    Ok(beside)
}

fn text(reader: &mut Reader<'_>) -> Result<Part, Problem> {
    let mut text = None;
    let beside = fields(reader, |reader, name| match name {
        "text" => reader.once(&mut text, Reader::text).map(|()| true),
        _ => Ok(false),
    })?;
    Ok(beside.part(PartKind::Text(reader.required(text, "text")?)))
}

fn thinking(reader: &mut Reader<'_>) -> Result<Part, Problem> {
    let (mut thinking, mut signature) = (None, None);
    let beside = fields(reader, |reader, name| match name {
        "thinking" => reader.once(&mut thinking, Reader::text).map(|()| true),
        "signature" => reader.once(&mut signature, Reader::text).map(|()| true),
        _ => Ok(false),
    })?;
    let kind = PartKind::Thinking(reader.required(thinking, "thinking")?);
    Ok(Part { signature, ..beside.part(kind) })
}

fn redacted(reader: &mut Reader<'_>) -> Result<Part, Problem> {
    let mut data = None;
    let beside = fields(reader, |reader, name| match name {
        "data" => reader.once(&mut data, Reader::text).map(|()| true),
        _ => Ok(false),
    })?;
    Ok(beside.part(PartKind::Redacted(reader.required(data, "data")?)))
}

fn call(reader: &mut Reader<'_>) -> Result<Part, Problem> {
    let (mut id, mut name, mut input) = (None, None, None);
    let beside = fields(reader, |reader, field| match field {
        "id" => reader.once(&mut id, Reader::text).map(|()| true),
        "name" => reader.once(&mut name, Reader::text).map(|()| true),
        // Not always an object: what a model wrote as a string comes back as one (measured with Claude Code 2.1).
        "input" if input.is_none() => {
            input = Some(reader.raw()?);
            Ok(true)
        }
        "input" => Err(reader.problem("duplicate field")),
        _ => Ok(false),
    })?;
    let arguments = Arguments::Value(input.unwrap_or(Json::EMPTY_OBJECT));
    let (id, name) = (reader.required(id, "id")?, reader.required(name, "name")?);
    Ok(beside.part(PartKind::Call(Call { id, name, arguments })))
}

fn call_result(reader: &mut Reader<'_>) -> Result<Part, Problem> {
    let (mut call_id, mut content, mut is_error) = (None, None, None);
    let beside = fields(reader, |reader, name| match name {
        "tool_use_id" => reader.once(&mut call_id, Reader::text).map(|()| true),
        "content" => {
            reader.once(&mut content, |reader| read_content(reader, Place::CallResult)).map(|()| true)
        }
        "is_error" => reader.once(&mut is_error, Reader::bool).map(|()| true),
        _ => Ok(false),
    })?;
    let call_id = reader.required(call_id, "tool_use_id")?;
    let content = content.unwrap_or(Content::Absent);
    Ok(beside.part(PartKind::CallResult(CallResult { call_id, name: None, content, is_error })))
}

fn medium(reader: &mut Reader<'_>, kind: fn(Media) -> PartKind) -> Result<Part, Problem> {
    let (mut source, mut title) = (None, None);
    let beside = fields(reader, |reader, name| match name {
        "source" => reader.once(&mut source, media::read).map(|()| true),
        "title" => reader.once(&mut title, Reader::text).map(|()| true),
        _ => Ok(false),
    })?;
    let source: Media = reader.required(source, "source")?;
    Ok(beside.part(kind(Media { name: title, ..source })))
}

/// A block without a word of its own is carried whole; its cache marker is also shown.
fn opaque(reader: &mut Reader<'_>, kind: Text) -> Result<Part, Problem> {
    let start = reader.position();
    let mut cache_control = None;
    reader.object(|reader, key| match key.name() {
        "cache_control" => reader.once(&mut cache_control, Reader::raw),
        _ => reader.skip(),
    })?;
    let whole = reader.since(start);
    Ok(Part { cache_control, ..Part::new(PartKind::Opaque(kind, whole)) })
}

/// The text of a block that has any.
pub(super) fn text_of(part: &Part) -> Option<&Text> {
    match &part.kind {
        PartKind::Text(text) | PartKind::Refusal(text) => Some(text),
        _ => None,
    }
}

/// Writes a string or a list of blocks.
pub(super) fn write_content(content: &Content, w: &mut Writer<'_>) {
    match content {
        Content::Absent => w.array(|_| {}),
        Content::Text(text) => w.text(text),
        Content::Parts(parts) => w.array(|w| parts.iter().for_each(|part| write(part, w))),
    }
}

/// Writes one block. Sound has no block here and must have been replaced before; it is written as text.
fn write(part: &Part, w: &mut Writer<'_>) {
    if let PartKind::Opaque(_, whole) = &part.kind {
        return w.json(whole);
    }
    w.object(|w| {
        match &part.kind {
            PartKind::Text(text) | PartKind::Refusal(text) => {
                w.key("type").str("text");
                w.key("text").text(text);
            }
            PartKind::Thinking(thinking) => {
                w.key("type").str("thinking");
                w.key("thinking").text(thinking);
                if let Some(signature) = &part.signature {
                    w.key("signature").text(signature);
                }
            }
            PartKind::Redacted(data) => {
                w.key("type").str("redacted_thinking");
                w.key("data").text(data);
            }
            PartKind::Call(call) => write_call(call, w),
            PartKind::CallResult(result) => write_call_result(result, w),
            PartKind::Image(media) => write_medium("image", media, w),
            PartKind::Document(media) | PartKind::Audio(media) => write_medium("document", media, w),
            PartKind::Opaque(..) => {}
        }
        if let Some(marker) = &part.cache_control {
            w.key("cache_control").json(marker);
        }
        w.extra(&part.extra);
    });
}

fn write_call(call: &Call, w: &mut Writer<'_>) {
    w.key("type").str("tool_use");
    w.key("id").text(&call.id);
    w.key("name").text(&call.name);
    match &call.arguments {
        Arguments::Value(value) => w.key("input").json(value),
        Arguments::Text(text) => w.key("input").text(text),
    }
}

fn write_call_result(result: &CallResult, w: &mut Writer<'_>) {
    w.key("type").str("tool_result");
    w.key("tool_use_id").text(&result.call_id);
    if result.content != Content::Absent {
        write_content(&result.content, w.key("content"));
    }
    if let Some(is_error) = result.is_error {
        w.key("is_error").bool(is_error);
    }
}

fn write_medium(kind: &'static str, media: &Media, w: &mut Writer<'_>) {
    w.key("type").str(kind);
    media::write(media, w.key("source"));
    if let Some(title) = &media.name {
        w.key("title").text(title);
    }
}
