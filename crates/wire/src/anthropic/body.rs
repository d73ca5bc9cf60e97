//! A request as an Anthropic backend gets it: spliced from the client's own body where it was written in this
//! dialect, translated and written whole where not.

mod wanted;

use std::borrow::Cow;

use bytes::Bytes;
use canon::config::ExtraField;
use canon::dialect::Dialect;
use canon::extra::Losses;
use canon::request::{Request, Source};
use canon::target::Target;
use canon::text::Text;

use super::conversation::{self, Piece};
use super::translation;
use crate::codec::{Encoded, Fate, splice};
use crate::json::Writer;
use wanted::Wanted;

/// Writes a request of any dialect for an Anthropic backend.
pub fn encode_request(request: &Request, target: &Target<'_>) -> Encoded {
    let mut losses = Losses::default();
    if request.dialect == Dialect::Anthropic {
        return encode(request, target, losses);
    }
    let translated = translation::translate(request, target, &mut losses);
    Encoded { verbatim: false, ..encode(&translated, target, losses) }
}

fn encode(request: &Request, target: &Target<'_>, mut losses: Losses) -> Encoded {
    let body = Body {
        system: conversation::system(request, target, &mut losses),
        messages: conversation::messages(request, target, &mut losses),
        tools: conversation::tools(request, target, &mut losses),
        model: target.model,
        extra_body: target.extra_body,
        wanted: Wanted::new(request, target, &mut losses),
    };
    let verbatim =
        [&body.system, &body.messages, &body.tools].iter().all(|piece| !matches!(piece, Piece::New(_)))
            && matches!(body.system, Piece::Absent) == request.system.is_none();
    let bytes = match &request.source {
        Some(source) => body.spliced(source),
        None => body.whole(),
    };
    Encoded { body: bytes, losses, verbatim }
}

/// Everything that goes into a body.
struct Body<'a> {
    system: Piece,
    messages: Piece,
    tools: Piece,
    model: Option<&'a str>,
    extra_body: &'a [ExtraField],
    wanted: Wanted,
}

impl Body<'_> {
    fn whole(&self) -> Bytes {
        let pieces = [&self.system, &self.messages, &self.tools];
        let room = pieces.iter().map(|piece| piece.len()).sum::<usize>() + SMALL_FIELDS;
        let mut out = Vec::with_capacity(room);
        Writer::new(&mut out).object(|w| self.append(&[], w));
        out.into()
    }

    /// The client's body with what has to differ from it.
    fn spliced(&self, source: &Source) -> Bytes {
        let was = Wanted::read(source);
        let names: Vec<Cow<'_, str>> = source.fields.iter().map(|field| field.key.read()).collect();
        splice(source, |name, value| self.fate(name, value, &was), |w| self.append(&names, w))
    }

    /// Writes what is wanted and not among `names`, and under it the target's own fields.
    fn append(&self, names: &[Cow<'_, str>], w: &mut Writer<'_>) {
        let mut appended: Vec<&str> = Vec::new();
        for name in FIELDS {
            if !names.iter().any(|met| met == name) && self.field(name, w) {
                appended.push(name);
            }
        }
        for (key, value) in self.wanted.unknown() {
            if !names.iter().any(|met| *met == key.read()) {
                w.key_text(key).json(value);
            }
        }
        for field in self.extra_body {
            let is_taken = names.iter().any(|met| *met == field.key)
                || appended.contains(&field.key.as_str())
                || self.wanted.unknown().any(|(key, _)| key.is(&field.key));
            if !is_taken {
                w.key_text(&Text::from(field.key.as_str())).raw(&field.value);
            }
        }
    }

    /// Writes a field with its key, if there is anything to write.
    fn field(&self, name: &'static str, w: &mut Writer<'_>) -> bool {
        let piece = match name {
            "system" => &self.system,
            "messages" => &self.messages,
            "tools" => &self.tools,
            "model" => {
                let model = self.model.map(quoted);
                model.iter().for_each(|model| w.key(name).raw(model));
                return model.is_some();
            }
            _ => {
                let value = self.wanted.field(name);
                value.iter().for_each(|value| w.key(name).raw(value));
                return value.is_some();
            }
        };
        match piece {
            Piece::Absent => return false,
            Piece::Same(value) => w.key(name).json(value),
            Piece::New(value) => w.key(name).raw(value),
        }
        true
    }

    fn fate(&self, name: &str, value: &[u8], was: &Wanted) -> Fate {
        let piece = match name {
            "system" => &self.system,
            "messages" => &self.messages,
            "tools" => &self.tools,
            "profile" => return Fate::Drop,
            "model" => return self.model_fate(value),
            _ if self.wanted.agrees(was, name) => return Fate::Keep,
            _ => return self.wanted.field(name).map_or(Fate::Drop, Fate::Replace),
        };
        match piece {
            Piece::Absent => Fate::Drop,
            Piece::Same(_) => Fate::Keep,
            Piece::New(value) => Fate::Replace(value.clone()),
        }
    }

    fn model_fate(&self, value: &[u8]) -> Fate {
        let Some(model) = self.model.map(quoted) else {
            return Fate::Drop;
        };
        if model == value { Fate::Keep } else { Fate::Replace(model) }
    }
}

/// The room for everything but the conversation.
const SMALL_FIELDS: usize = 1 << 10;

/// The fields that are written where the body lacks them, in the order of a body written whole.
const FIELDS: [&str; 13] = [
    "model",
    "max_tokens",
    "stream",
    "system",
    "messages",
    "tools",
    "tool_choice",
    "thinking",
    "output_config",
    "temperature",
    "top_p",
    "top_k",
    "stop_sequences",
];

fn quoted(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    Writer::new(&mut out).str(text);
    out
}
