//! Pictures and documents: the `source` object of `image` and `document` blocks.

use canon::extra::Extra;
use canon::request::{Media, MediaData};
use canon::text::Text;

use crate::json::{Problem, Reader, Writer};

/// Reads a `source` object; the medium's name stands beside it, not in it.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<Media, Problem> {
    let kind = reader.glance("type")?;
    let opaque = |reader: &mut Reader<'_>| {
        let data = MediaData::Opaque(reader.raw()?);
        Ok(Media { data, name: None, extra: Extra::default() })
    };
    match kind.as_deref() {
        Some("base64") => fields(reader, "data", |media_type, data| {
            Some(MediaData::Base64 { media_type: media_type?, data })
        }),
        Some("url") => fields(reader, "url", |_, url| Some(MediaData::Url(url))),
        Some("file") => fields(reader, "file_id", |_, id| Some(MediaData::File(id))),
        Some("text") => fields(reader, "data", |_, text| Some(MediaData::Plain(text))),
        _ => opaque(reader),
    }
}

/// Reads the fields of a source that keeps its bytes, or where they are, under `place`.
fn fields(
    reader: &mut Reader<'_>,
    place: &'static str,
    make: impl FnOnce(Option<Text>, Text) -> Option<MediaData>,
) -> Result<Media, Problem> {
    let (mut media_type, mut content, mut extra) = (None, None, Extra::default());
    reader.object(|reader, key| match key.name() {
        "type" => reader.skip(),
        "media_type" => reader.once(&mut media_type, Reader::text),
        name if name == place => reader.once(&mut content, Reader::text),
        _ => reader.keep(&mut extra, key),
    })?;
    let content = reader.required(content, place)?;
    let data = make(media_type, content);
    Ok(Media { data: reader.required(data, "media_type")?, name: None, extra })
}

/// Writes a `source` object.
pub(super) fn write(media: &Media, w: &mut Writer<'_>) {
    let (kind, media_type, place, content) = match &media.data {
        MediaData::Base64 { media_type, data } => ("base64", Some(media_type), "data", data),
        MediaData::Url(url) => ("url", None, "url", url),
        MediaData::File(id) => ("file", None, "file_id", id),
        MediaData::Plain(text) => ("text", Some(&PLAIN), "data", text),
        MediaData::Opaque(source) => return w.json(source),
    };
    w.object(|w| {
        w.key("type").str(kind);
        if let Some(media_type) = media_type {
            w.key("media_type").text(media_type);
        }
        w.key(place).text(content);
        w.extra(&media.extra);
    });
}

/// The only media type that a document in text may have (Anthropic Messages reference).
static PLAIN: Text = Text::fixed("text/plain");
