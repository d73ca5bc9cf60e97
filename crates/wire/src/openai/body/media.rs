//! Writes pictures, sound and files, and says in words what can't be sent.

use crate::json::Writer;
use canon::request::{Media, MediaData};
use canon::text::Text;

/// Stands where a picture was, for a model that takes none: the turn must not fall silent.
pub(super) const NO_IMAGE: Text = Text::fixed("[an image was here; this model takes none]");
/// Stands in a tool's result whose pictures follow in the next user turn.
pub(super) const IMAGE_FOLLOWS: Text = Text::fixed("[an image, shown in the next message]");
/// Stands where a document was that can't be sent.
pub(super) const NO_DOCUMENT: Text = Text::fixed("[a document was here; this model can't read its form]");
/// Stands in a tool's result whose documents follow in the next user turn.
pub(super) const DOCUMENT_FOLLOWS: Text = Text::fixed("[a document, attached to the next message]");
/// Stands where sound was that can't be sent.
pub(super) const NO_AUDIO: Text = Text::fixed("[a sound was here; this model can't hear its form]");

/// Whether a picture has a form that goes on this wire.
pub(super) fn is_image_sendable(image: &Media) -> bool {
    matches!(image.data, MediaData::Base64 { .. } | MediaData::Url(_))
}

/// Writes an `image_url` object.
pub(super) fn image(image: &Media, w: &mut Writer<'_>) {
    w.object(|w| {
        w.key("url");
        url(&image.data, w);
        w.extra(&image.extra);
    });
}

/// Writes an `input_audio` object; its format is the second half of the media type.
pub(super) fn audio(audio: &Media, w: &mut Writer<'_>) {
    w.object(|w| {
        if let MediaData::Base64 { media_type, data } = &audio.data {
            w.key("data").text(data);
            w.key("format").str(media_type.read().strip_prefix("audio/").unwrap_or_default());
        }
        w.extra(&audio.extra);
    });
}

/// Writes a `file` object.
pub(super) fn file(file: &Media, w: &mut Writer<'_>) {
    w.object(|w| {
        if let Some(name) = &file.name {
            w.key("filename").text(name);
        }
        match &file.data {
            MediaData::File(id) => w.key("file_id").text(id),
            MediaData::Base64 { media_type, data } if media_type.is_empty() => w.key("file_data").text(data),
            data => {
                w.key("file_data");
                url(data, w);
            }
        }
        w.extra(&file.extra);
    });
}

fn url(data: &MediaData, w: &mut Writer<'_>) {
    match data {
        MediaData::Base64 { media_type, data } => w.string(|out| {
            out.extend_from_slice(b"data:");
            media_type.write_escaped(out);
            out.extend_from_slice(b";base64,");
            data.write_escaped(out);
        }),
        MediaData::Url(text) | MediaData::File(text) | MediaData::Plain(text) => w.text(text),
        MediaData::Opaque(value) => w.json(value),
    }
}
