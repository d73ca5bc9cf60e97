//! Reads the parts of a message's content, and its calls.

use super::field::Met;
use super::tool::nested;
use crate::json::{Kind, Problem, Reader, Writer};
use canon::extra::Extra;
use canon::request::{Arguments, Call, Content, Media, MediaData, Part, PartKind};
use canon::text::{Json, Text};

/// Reads content: a string or a list of parts.
pub(super) fn content(reader: &mut Reader<'_>) -> Result<Content, Problem> {
    match reader.kind() {
        Kind::Text => Ok(Content::Text(reader.text()?)),
        Kind::Array => {
            let mut parts = Vec::new();
            reader.array(|reader, _| {
                parts.push(part(reader)?);
                Ok(())
            })?;
            Ok(Content::Parts(parts))
        }
        _ => Err(reader.mismatch("a string or a list of parts")),
    }
}

fn part(reader: &mut Reader<'_>) -> Result<Part, Problem> {
    let start = reader.position();
    let Some(kind) = reader.glance("type")? else {
        return Err(reader.problem("expected the type of the part").under("type"));
    };
    match &*kind {
        "text" => known(reader, "text", |reader| Ok(PartKind::Text(reader.text()?))),
        "refusal" => known(reader, "refusal", |reader| Ok(PartKind::Refusal(reader.text()?))),
        "image_url" => known(reader, "image_url", |reader| Ok(PartKind::Image(image(reader)?))),
        "input_audio" => known(reader, "input_audio", |reader| Ok(PartKind::Audio(audio(reader)?))),
        "file" => known(reader, "file", |reader| Ok(PartKind::Document(file(reader)?))),
        _ => {
            reader.skip()?;
            Ok(Part::new(PartKind::Opaque(Text::plain(kind), reader.since(start))))
        }
    }
}

/// A part whose content is under `inner`.
fn known(
    reader: &mut Reader<'_>,
    inner: &str,
    read: impl Fn(&mut Reader<'_>) -> Result<PartKind, Problem>,
) -> Result<Part, Problem> {
    let (mut kind, mut cache_control, mut extra) = (None, None, Extra::default());
    let mut met = Met::default();
    reader.object(|reader, key| {
        if !met.once(&["type", "cache_control", inner], key, reader)? {
            return reader.keep(&mut extra, key);
        }
        match key.name() {
            "type" => reader.skip()?,
            "cache_control" => cache_control = reader.maybe(Reader::raw)?,
            _ => kind = Some(read(reader)?),
        }
        Ok(())
    })?;
    let kind = kind.ok_or_else(|| reader.problem("the field is missing").under(inner))?;
    Ok(Part { kind, cache_control, signature: None, extra })
}

/// Some clients write the bare URL where an object belongs.
fn image(reader: &mut Reader<'_>) -> Result<Media, Problem> {
    if reader.kind() == Kind::Text {
        return Ok(media(place(&reader.text()?), None, Extra::default()));
    }
    let (mut url, mut extra) = (None, Extra::default());
    let mut met = Met::default();
    reader.object(|reader, key| {
        if !met.once(&["url"], key, reader)? {
            return reader.keep(&mut extra, key);
        }
        url = Some(reader.text()?);
        Ok(())
    })?;
    let url = url.ok_or_else(|| reader.problem("the field is missing").under("url"))?;
    Ok(media(place(&url), None, extra))
}

fn audio(reader: &mut Reader<'_>) -> Result<Media, Problem> {
    let (mut data, mut format, mut extra) = (Text::empty(), Text::empty(), Extra::default());
    let mut met = Met::default();
    reader.object(|reader, key| {
        if !met.once(&["data", "format"], key, reader)? {
            return reader.keep(&mut extra, key);
        }
        *(if key.name() == "data" { &mut data } else { &mut format }) = reader.text()?;
        Ok(())
    })?;
    let media_type = Text::plain(format!("audio/{format}"));
    Ok(media(MediaData::Base64 { media_type, data }, None, extra))
}

fn file(reader: &mut Reader<'_>) -> Result<Media, Problem> {
    let (mut data, mut name, mut extra) = (None, None, Extra::default());
    let mut met = Met::default();
    reader.object(|reader, key| {
        if !met.once(&["file_id", "file_data", "filename"], key, reader)? {
            return reader.keep(&mut extra, key);
        }
        match key.name() {
            "file_id" => data = reader.maybe(Reader::text)?.map(MediaData::File).or(data.take()),
            "file_data" => data = reader.maybe(Reader::text)?.map(|text| bare(place(&text))).or(data.take()),
            _ => name = reader.maybe(Reader::text)?,
        }
        Ok(())
    })?;
    let data = data.ok_or_else(|| reader.problem("the field is missing").under("file_data"))?;
    Ok(media(data, name, extra))
}

fn media(data: MediaData, name: Option<Text>, extra: Extra) -> Media {
    Media { data, name, extra }
}

/// Where a URL leads: data URLs hold the bytes themselves.
fn place(url: &Text) -> MediaData {
    const MARK: &[u8] = b";base64,";
    let stored = url.stored();
    let mark = memchr::memmem::find(&stored[..stored.len().min(MEDIA_TYPE_LIMIT)], MARK);
    match mark {
        Some(at) if stored.starts_with(b"data:") => MediaData::Base64 {
            media_type: Text::escaped(stored.slice(5..at)),
            data: Text::escaped(stored.slice(at + MARK.len()..)),
        },
        _ => MediaData::Url(url.clone()),
    }
}

/// How far into a data URL its media type may reach.
const MEDIA_TYPE_LIMIT: usize = 256;

/// File data that is no data URL is base64 of a type nobody named.
fn bare(data: MediaData) -> MediaData {
    match data {
        MediaData::Url(data) => MediaData::Base64 { media_type: Text::empty(), data },
        other => other,
    }
}

/// Reads one of `tool_calls`. What its inner object holds beyond the vocabulary is carried under its name; a custom
/// call's text becomes the field of an object, as functions take one, and leaves `custom` in `extra`.
pub(super) fn call(reader: &mut Reader<'_>) -> Result<Part, Problem> {
    let (mut id, mut name, mut arguments) = (Text::empty(), None, Arguments::Text(Text::empty()));
    let mut extra = Extra::default();
    let mut met = Met::default();
    reader.object(|reader, key| {
        if !met.once(&["id", "type", "function", "custom"], key, reader)? {
            return reader.keep(&mut extra, key);
        }
        match key.name() {
            "id" => id = reader.maybe(Reader::text)?.unwrap_or_default(),
            "type" => reader.skip()?,
            "function" => {
                let rest = nested(reader, &["name", "arguments"], |reader, key| {
                    match key {
                        "name" => name = Some(reader.text()?),
                        _ => arguments = spoken_arguments(reader)?,
                    }
                    Ok(())
                })?;
                extra.fields.extend(rest.map(|rest| (Text::fixed("function"), rest)));
            }
            _ => {
                nested(reader, &["name", "input"], |reader, key| {
                    match key {
                        "name" => name = Some(reader.text()?),
                        _ => arguments = Arguments::Value(boxed(&reader.text()?)),
                    }
                    Ok(())
                })?;
                extra.push(Text::fixed("custom"), Json::NULL);
            }
        }
        Ok(())
    })?;
    let name = name.ok_or_else(|| reader.problem("expected a name").under("name").under("function"))?;
    let kind = PartKind::Call(Call { id, name, arguments });
    Ok(Part { kind, cache_control: None, signature: None, extra })
}

/// Some clients write the arguments as the object itself.
fn spoken_arguments(reader: &mut Reader<'_>) -> Result<Arguments, Problem> {
    Ok(match reader.kind() {
        Kind::Text => Arguments::Text(reader.text()?),
        Kind::Null => {
            reader.null()?;
            Arguments::Text(Text::empty())
        }
        _ => Arguments::Value(reader.raw()?),
    })
}

fn boxed(input: &Text) -> Json {
    let mut object = Vec::with_capacity(input.stored_len() + 12);
    Writer::new(&mut object).object(|w| w.key("input").text(input));
    Json::raw(object.into())
}
