//! Where the instructions in front of a conversation stand: in a field of their own, or in leading turns.

pub(super) use crate::conversation::is_instruction;

use bytes::Bytes;
use canon::dialect::Dialect;
use canon::escape::escape_into;
use canon::extra::Extra;
use canon::request::{Content, Message, Part, Request, Role, Sourced};
use canon::text::Text;

/// One place of instructions in a request.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// The field beside the conversation.
    Field,
    /// The turn of this index.
    Turn(usize),
}

impl Place {
    /// Whether a dialect keeps instructions beside the conversation.
    pub(super) fn is_field(dialect: Dialect) -> bool {
        match dialect {
            Dialect::Anthropic | Dialect::Responses | Dialect::Gemini => true,
            Dialect::OpenAi | Dialect::Ollama => false,
        }
    }

    /// The places a request has, in order.
    pub(super) fn all(request: &Request) -> impl Iterator<Item = Self> + use<> {
        let field = request.system.is_some().then_some(Self::Field);
        field.into_iter().chain((0..leading_turns(request)).map(Self::Turn))
    }

    /// What stands there.
    pub(super) fn content(self, request: &Request) -> &Content {
        let content = match self {
            Self::Field => request.system.as_deref(),
            Self::Turn(index) => request.messages.get(index).map(|turn| &turn.content),
        };
        content.unwrap_or(&Content::Absent)
    }

    /// What stands there, to be changed.
    pub(super) fn edit(self, request: &mut Request) -> Option<&mut Content> {
        match self {
            Self::Field => request.system.as_mut().map(|system| system.edit()),
            Self::Turn(index) => request.messages.edit().get_mut(index).map(|turn| &mut turn.edit().content),
        }
    }
}

/// How many turns of instructions stand in front of the conversation, in dialects without a field for them.
pub(super) fn leading_turns(request: &Request) -> usize {
    if Place::is_field(request.dialect) {
        return 0;
    }
    request.messages.iter().take_while(|turn| is_instruction(turn.role)).count()
}

/// What stands between the texts of a string, escaped: a line end.
pub(super) const LINE: &[u8] = br"\n";

/// What stands between the texts of a string, escaped: a blank line.
pub(super) const PARAGRAPH: &[u8] = br"\n\n";

/// Appends a text to the instructions at a place, or makes it the first ones of a request that has none.
pub(super) fn extend(request: &mut Request, place: Option<Place>, text: &str, gap: &[u8]) {
    if let Some(content) = place.and_then(|place| place.edit(request)) {
        return append(content, text, gap);
    }
    let content = Content::Text(text.into());
    if Place::is_field(request.dialect) {
        request.system = Some(Sourced::new(content));
    } else {
        let turn = Message { role: Role::System, content, extra: Extra::default() };
        request.messages.edit().insert(0, Sourced::new(turn));
    }
}

/// Appends a text to instructions: behind a gap in a string, as a part of a list.
pub(super) fn append(content: &mut Content, text: &str, gap: &[u8]) {
    match content {
        Content::Text(old) if !old.is_blank() => {
            let mut joined = Vec::with_capacity(old.stored_len() + gap.len() + text.len());
            old.write_escaped(&mut joined);
            joined.extend_from_slice(gap);
            escape_into(text.as_bytes(), &mut joined);
            *old = Text::escaped(Bytes::from(joined));
        }
        Content::Absent | Content::Text(_) => *content = Content::Text(Text::from(text)),
        Content::Parts(parts) => parts.push(Part::text(text)),
    }
}
