//! One event of a stream, read without judging whether it may come now.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use canon::delta::Delta;
use canon::extra::Extra;
use canon::text::{Json, Text};
use canon::usage::Usage;

use super::block::{self, Begun};
use super::head::MessageObject;
use super::usage;
use crate::json::{Kind, Problem, Reader};

/// What an event says, field by field. What is rare is boxed, as most events are small pieces.
#[derive(Default)]
pub(super) struct Event<'a> {
    pub(super) kind: Option<Cow<'a, str>>,
    pub(super) index: Option<u64>,
    pub(super) message: Option<Box<(MessageObject, bool)>>,
    pub(super) block: Option<Box<Begun>>,
    pub(super) delta: Piece,
    pub(super) usage: Option<Box<Usage>>,
    pub(super) error: Option<Json>,
    /// Unknown fields of the event itself.
    pub(super) extra: Extra,
}

/// The `delta` object of an event.
#[derive(Default)]
pub(super) struct Piece {
    pub(super) content: Content,
    pub(super) stop_reason: Option<Text>,
    pub(super) stop_sequence: Option<Text>,
    pub(super) extra: Extra,
}

/// What a `delta` adds to a block.
#[derive(Default)]
pub(super) enum Content {
    /// Nothing.
    #[default]
    None,
    Text(Text),
    Thinking(Text),
    Signature(Text),
    Arguments(Text),
    /// A citation, whole.
    Citation(Json),
    /// A delta without a word of its own, whole.
    Opaque(Json),
}

impl Content {
    pub(super) fn delta(self) -> Option<Delta> {
        Some(match self {
            Self::None => return None,
            Self::Text(text) => Delta::Text(text),
            Self::Thinking(text) => Delta::Thinking(text),
            Self::Signature(text) => Delta::Signature(text),
            Self::Arguments(text) => Delta::Arguments(text),
            Self::Citation(value) | Self::Opaque(value) => Delta::Opaque(value),
        })
    }
}

impl<'a> Event<'a> {
    /// Reads the data of a frame.
    pub(super) fn read(data: &'a Bytes) -> Result<Self, Problem> {
        let mut event = Self::default();
        let mut reader = Reader::new(data)?;
        reader.object(|reader, key| {
            match key.name() {
                "type" if reader.kind() == Kind::Text => event.kind = Some(reader.word()?),
                "index" => event.index = reader.count_or_skip()?,
                "delta" => event.delta = Piece::read(reader)?,
                "message" => event.message = Some(Box::new(MessageObject::read(reader)?)),
                "content_block" => event.block = block::read(reader)?.map(Box::new),
                "usage" => event.usage = usage::read(reader)?.map(Box::new),
                "error" => event.error = Some(reader.raw()?).filter(|error| !error.is_null()),
                _ => return reader.keep(&mut event.extra, key),
            }
            Ok(())
        })?;
        reader.end()?;
        Ok(event)
    }

    /// Where the model's name lies in the data.
    pub(super) fn model_at(&self) -> Option<Range<usize>> {
        self.message.as_ref().and_then(|message| message.0.model_at.clone())
    }
}

impl Piece {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Problem> {
        let mut piece = Self::default();
        if reader.kind() != Kind::Object {
            return reader.skip().map(|()| piece);
        }
        let start = reader.position();
        let mut kind = None;
        reader.object(|reader, key| {
            let make = match key.name() {
                "type" if reader.kind() == Kind::Text => {
                    kind = Some(reader.word()?);
                    return Ok(());
                }
                "text" => Content::Text,
                "thinking" => Content::Thinking,
                "signature" => Content::Signature,
                "partial_json" => Content::Arguments,
                "stop_reason" => {
                    piece.stop_reason = reader.text_or_skip()?;
                    return Ok(());
                }
                "stop_sequence" => {
                    piece.stop_sequence = reader.text_or_skip()?;
                    return Ok(());
                }
                _ => return reader.keep(&mut piece.extra, key),
            };
            if let Some(text) = reader.text_or_skip()? {
                piece.content = make(text);
            }
            Ok(())
        })?;
        if matches!(piece.content, Content::None) {
            piece.content = match kind.as_deref() {
                None | Some("text_delta" | "thinking_delta" | "signature_delta" | "input_json_delta") => {
                    Content::None
                }
                Some("citations_delta") => Content::Citation(reader.since(start)),
                Some(_) => Content::Opaque(reader.since(start)),
            };
        }
        Ok(piece)
    }
}
