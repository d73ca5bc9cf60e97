//! What a turn of another dialect says, as the parts this one has: text, pictures, sound and files, in order.

use super::{joined, media};
use crate::json::Writer;
use canon::extra::{Extra, Losses};
use canon::request::{Content, Media, MediaData, Part, PartKind};
use canon::target::Target;
use canon::text::Text;

/// One part.
#[derive(Clone)]
pub(super) enum Said<'a> {
    Text(Text),
    Image(&'a Media),
    Audio(&'a Media),
    File(&'a Media),
}

/// Appends what a part says; what can't be said is a loss, and where the turn would fall silent a text stands in.
pub(super) fn hear<'a>(part: &'a Part, target: &Target<'_>, losses: &mut Losses, said: &mut Vec<Said<'a>>) {
    note_beside(part, losses);
    said.push(match &part.kind {
        PartKind::Text(text) | PartKind::Refusal(text) if text.is_empty() => return,
        PartKind::Text(text) | PartKind::Refusal(text) => Said::Text(text.clone()),
        PartKind::Image(image) => picture(image, target, losses),
        PartKind::Document(document) => file(document, target, losses),
        PartKind::Audio(audio) if matches!(audio.data, MediaData::Base64 { .. }) => Said::Audio(audio),
        PartKind::Audio(_) => stand_in("messages.audio", media::NO_AUDIO, losses),
        PartKind::Opaque(kind, _) => {
            losses.note(format!("messages.{kind}"));
            return;
        }
        PartKind::Thinking(_) | PartKind::Redacted(_) | PartKind::Call(_) | PartKind::CallResult(_) => return,
    });
}

fn picture<'a>(image: &'a Media, target: &Target<'_>, losses: &mut Losses) -> Said<'a> {
    note_extra(&image.extra, losses);
    if target.vision && media::is_image_sendable(image) {
        return Said::Image(image);
    }
    stand_in("messages.image", media::NO_IMAGE, losses)
}

/// A plain text is said as text, under its name; other forms only the maker's own host reads.
fn file<'a>(document: &'a Media, target: &Target<'_>, losses: &mut Losses) -> Said<'a> {
    note_extra(&document.extra, losses);
    match (&document.data, &document.name) {
        (MediaData::Plain(text), None) => Said::Text(text.clone()),
        (MediaData::Plain(text), Some(name)) => Said::Text(titled(name, text)),
        (MediaData::Base64 { .. }, _) if target.maker_host => Said::File(document),
        _ => stand_in("messages.document", media::NO_DOCUMENT, losses),
    }
}

fn titled(name: &Text, text: &Text) -> Text {
    let mut out = Vec::with_capacity(name.stored_len() + text.stored_len() + 2);
    name.write_escaped(&mut out);
    out.extend_from_slice(b"\\n");
    text.write_escaped(&mut out);
    Text::escaped(out.into())
}

fn stand_in<'a>(field: &'static str, text: Text, losses: &mut Losses) -> Said<'a> {
    losses.note(field);
    Said::Text(text)
}

/// Notes what hangs on a part and has no place here.
pub(super) fn note_beside(part: &Part, losses: &mut Losses) {
    if part.cache_control.is_some() {
        losses.note("messages.cache_control");
    }
    note_extra(&part.extra, losses);
}

/// Notes the unknown fields of something in the messages.
pub(super) fn note_extra(extra: &Extra, losses: &mut Losses) {
    for (key, _) in extra.fields.iter().filter(|(_, value)| !value.is_null()) {
        losses.note(format!("messages.{key}"));
    }
}

/// What a tool answered: its text, and what must be shown in a user turn, as results here hold only text.
pub(super) fn hear_result<'a>(
    content: &'a Content,
    target: &Target<'_>,
    losses: &mut Losses,
    shown: &mut Vec<Said<'a>>,
) -> Vec<Text> {
    let parts = match content {
        Content::Absent => return Vec::new(),
        Content::Text(text) => return vec![text.clone()],
        Content::Parts(parts) => parts,
    };
    let mut said = Vec::with_capacity(parts.len());
    parts.iter().for_each(|part| hear(part, target, losses, &mut said));
    let texts = said.into_iter().map(|one| {
        let stand_in = match &one {
            Said::Text(text) => return text.clone(),
            Said::Image(_) => media::IMAGE_FOLLOWS,
            Said::File(_) | Said::Audio(_) => media::DOCUMENT_FOLLOWS,
        };
        shown.push(one);
        stand_in
    });
    texts.collect()
}

/// Writes content: one string where there is only text, which every backend reads, else a list in the order said.
pub(super) fn write(said: &[Said<'_>], w: &mut Writer<'_>) {
    let texts = said.iter().map_while(|one| if let Said::Text(text) = one { Some(text) } else { None });
    if texts.clone().count() == said.len() {
        return joined(texts, w);
    }
    w.array(|w| {
        for one in said {
            w.object(|w| part(one, w));
        }
    });
}

fn part(said: &Said<'_>, w: &mut Writer<'_>) {
    match said {
        Said::Text(text) => {
            w.key("type").str("text");
            w.key("text").text(text);
        }
        Said::Image(image) => {
            w.key("type").str("image_url");
            media::image(image, w.key("image_url"));
        }
        Said::Audio(audio) => {
            w.key("type").str("input_audio");
            media::audio(audio, w.key("input_audio"));
        }
        Said::File(file) => {
            w.key("type").str("file");
            media::file(file, w.key("file"));
        }
    }
}
