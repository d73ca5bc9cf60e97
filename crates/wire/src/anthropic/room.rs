//! How many bytes a conversation takes when it is written, so that buffers grow once. A guess on the large side.

use canon::request::{Arguments, Content, Media, MediaData, Message, Part, PartKind, Tool};
use canon::text::{Json, Text};

/// The names, quotes and brackets around a block, a turn or a tool.
const AROUND: usize = 160;

pub(super) fn of_messages<'a>(messages: impl Iterator<Item = &'a Message>) -> usize {
    messages.map(|message| AROUND + of_content(&message.content)).sum()
}

pub(super) fn of_tools<'a>(tools: impl Iterator<Item = &'a Tool>) -> usize {
    let of = |tool: &Tool| {
        let schema = tool.schema.as_ref().map_or(0, |schema| schema.bytes().len());
        AROUND + tool.description.as_ref().map_or(0, Text::stored_len) + schema
    };
    tools.map(of).sum()
}

pub(super) fn of_content(content: &Content) -> usize {
    match content {
        Content::Absent => 0,
        Content::Text(text) => text.stored_len(),
        Content::Parts(parts) => parts.iter().map(of_part).sum(),
    }
}

fn of_part(part: &Part) -> usize {
    let inside = match &part.kind {
        PartKind::Text(text)
        | PartKind::Thinking(text)
        | PartKind::Redacted(text)
        | PartKind::Refusal(text) => text.stored_len(),
        PartKind::Image(media) | PartKind::Document(media) | PartKind::Audio(media) => of_media(media),
        PartKind::Call(call) => match &call.arguments {
            Arguments::Value(value) => value.bytes().len(),
            Arguments::Text(text) => text.stored_len(),
        },
        PartKind::CallResult(result) => of_content(&result.content),
        PartKind::Opaque(_, whole) => whole.bytes().len(),
    };
    let marker = part.cache_control.as_ref().map_or(0, |marker: &Json| marker.bytes().len());
    AROUND + inside + marker + part.signature.as_ref().map_or(0, Text::stored_len)
}

fn of_media(media: &Media) -> usize {
    match &media.data {
        MediaData::Base64 { data, .. } => data.stored_len(),
        MediaData::Url(text) | MediaData::File(text) | MediaData::Plain(text) => text.stored_len(),
        MediaData::Opaque(source) => source.bytes().len(),
    }
}
