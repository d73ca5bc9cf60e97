//! One of the choices of a chunk or an answer.

use super::piece::CallPiece;
use super::{Unknown, text};
use crate::json::{Key, Kind, Problem, Reader};
use crate::openai::{rest, usage};
use canon::extra::Extra;
use canon::text::Text;

/// A choice: what is said, thought and called in it, and why it ends.
#[derive(Debug, Default)]
pub(in crate::openai) struct Choice {
    pub(in crate::openai) index: Option<u64>,
    /// Texts in the order they are told: thinking, content, refusal.
    pub(in crate::openai) said: Said,
    pub(in crate::openai) calls: Vec<CallPiece>,
    pub(in crate::openai) finish: Option<Text>,
    /// The stop sequence that was met, as vLLM tells it.
    pub(in crate::openai) stop_sequence: Option<Text>,
    /// Unknown fields of the choice, and under `message` those of the message, if they were asked for.
    pub(in crate::openai) extra: Extra,
    pub(in crate::openai) in_form: bool,
    /// Whether it names its speaker, as the first piece of an answer does and no other.
    pub(in crate::openai) has_role: bool,
    /// Whether it holds a whole message, not a piece.
    pub(in crate::openai) is_whole: bool,
    message_extra: Extra,
}

/// The texts of a choice.
#[derive(Debug, Default)]
pub(in crate::openai) struct Said {
    thinking: Option<Text>,
    content: Option<Text>,
    refusal: Option<Text>,
    /// Content that came as a list of parts.
    listed: Vec<(Voiced, Text)>,
    /// Thinking as OpenRouter details it, told where the plain fields are absent.
    details: Vec<Text>,
}

/// The ways a text can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::openai) enum Voiced {
    Text,
    Thinking,
    Refusal,
}

impl Said {
    /// The texts that are not empty, in order.
    pub(in crate::openai) fn into_texts(self) -> impl Iterator<Item = (Voiced, Text)> {
        let details = if self.thinking.is_some() { Vec::new() } else { self.details };
        let thinking = self.thinking.into_iter().chain(details).map(|text| (Voiced::Thinking, text));
        let content = self.content.map(|text| (Voiced::Text, text));
        let refusal = self.refusal.map(|text| (Voiced::Refusal, text));
        thinking.chain(content).chain(self.listed).chain(refusal)
    }

    /// The text, if there is exactly one and it came as a plain string.
    pub(in crate::openai) fn only(&self) -> Option<(Voiced, &Text)> {
        let plain = self.listed.is_empty() && self.details.is_empty();
        match (&self.thinking, &self.content, &self.refusal) {
            (Some(text), None, None) if plain => Some((Voiced::Thinking, text)),
            (None, Some(text), None) if plain => Some((Voiced::Text, text)),
            (None, None, Some(text)) if plain => Some((Voiced::Refusal, text)),
            _ => None,
        }
    }

    pub(in crate::openai) fn is_empty(&self) -> bool {
        self.thinking.is_none()
            && self.content.is_none()
            && self.refusal.is_none()
            && self.listed.is_empty()
            && self.details.is_empty()
    }
}

impl Choice {
    pub(super) fn read(reader: &mut Reader<'_>, unknown: Unknown) -> Result<Self, Problem> {
        let mut choice = Self { in_form: true, ..Self::default() };
        if reader.kind() != Kind::Object {
            reader.skip()?;
            return Ok(Self::default());
        }
        reader.object(|reader, key| match key.name() {
            "index" => {
                choice.index = usage::count(reader)?;
                Ok(())
            }
            "delta" => choice.message(reader, unknown),
            "message" => {
                choice.is_whole = true;
                choice.message(reader, unknown)
            }
            "finish_reason" => {
                let is_null = reader.kind() == Kind::Null;
                choice.finish = text(reader)?;
                choice.in_form &= is_null || choice.finish.is_some();
                Ok(())
            }
            "stop_reason" => {
                let mut ahead = *reader;
                choice.stop_sequence = text(&mut ahead)?;
                beside(&mut choice.extra, key, reader, Unknown::Keep)
            }
            _ => beside(&mut choice.extra, key, reader, unknown),
        })?;
        if let Some(rest) = rest::object_of(&choice.message_extra) {
            choice.extra.push(Text::fixed("message"), rest);
        }
        Ok(choice)
    }

    /// Whether nothing is said and nothing called.
    pub(in crate::openai) fn is_silent(&self) -> bool {
        self.said.is_empty() && self.calls.is_empty()
    }

    fn message(&mut self, reader: &mut Reader<'_>, unknown: Unknown) -> Result<(), Problem> {
        if reader.kind() != Kind::Object {
            self.in_form = false;
            return reader.skip();
        }
        reader.object(|reader, key| {
            match key.name() {
                "content" => self.content(reader)?,
                "reasoning_content" => self.said.thinking = text(reader)?.or(self.said.thinking.take()),
                "reasoning" => {
                    let thinking = text(reader)?;
                    self.said.thinking = self.said.thinking.take().or(thinking);
                }
                "reasoning_details" => {
                    let mut ahead = *reader;
                    details(&mut ahead, &mut self.said.details)?;
                    beside(&mut self.message_extra, key, reader, unknown)?;
                }
                "refusal" => self.said.refusal = text(reader)?,
                "tool_calls" => self.calls(reader)?,
                "function_call" => {
                    let call = CallPiece::read_legacy(reader)?;
                    self.in_form &= call.is_none();
                    self.calls.extend(call);
                }
                "role" => self.has_role |= text(reader)?.is_some(),
                _ => beside(&mut self.message_extra, key, reader, unknown)?,
            }
            Ok(())
        })
    }

    fn content(&mut self, reader: &mut Reader<'_>) -> Result<(), Problem> {
        self.in_form &= matches!(reader.kind(), Kind::Text | Kind::Null);
        if reader.kind() == Kind::Array {
            return parts(reader, Voiced::Text, &mut self.said.listed);
        }
        self.said.content = text(reader)?;
        Ok(())
    }

    fn calls(&mut self, reader: &mut Reader<'_>) -> Result<(), Problem> {
        if reader.kind() != Kind::Array {
            return reader.skip();
        }
        let mut count = 0;
        reader.array(|reader, _| {
            count += 1;
            self.calls.extend(CallPiece::read(reader)?);
            Ok(())
        })?;
        // Clients were seen to take an empty list for the start of a call.
        self.in_form &= count > 0 && count == self.calls.len();
        Ok(())
    }
}

/// The parts of listed content: texts, and thinking that is itself a list of texts, as Mistral sends it.
fn parts(reader: &mut Reader<'_>, voiced: Voiced, out: &mut Vec<(Voiced, Text)>) -> Result<(), Problem> {
    reader.array(|reader, _| {
        if reader.kind() != Kind::Object {
            return reader.skip();
        }
        reader.object(|reader, key| {
            match (key.name(), reader.kind()) {
                ("text", Kind::Text) => out.extend(text(reader)?.map(|text| (voiced, text))),
                ("thinking", Kind::Text) => out.extend(text(reader)?.map(|text| (Voiced::Thinking, text))),
                ("thinking", Kind::Array) if voiced == Voiced::Text => parts(reader, Voiced::Thinking, out)?,
                ("refusal", Kind::Text) => out.extend(text(reader)?.map(|text| (Voiced::Refusal, text))),
                _ => reader.skip()?,
            }
            Ok(())
        })
    })
}

/// The texts of `reasoning_details`, summaries included; what is encrypted can't be told.
fn details(reader: &mut Reader<'_>, out: &mut Vec<Text>) -> Result<(), Problem> {
    if reader.kind() != Kind::Array {
        return reader.skip();
    }
    reader.array(|reader, _| {
        if reader.kind() != Kind::Object {
            return reader.skip();
        }
        reader.object(|reader, key| {
            match key.name() {
                "text" | "summary" => out.extend(text(reader)?),
                _ => reader.skip()?,
            }
            Ok(())
        })
    })
}

fn beside(
    extra: &mut Extra,
    key: &Key<'_>,
    reader: &mut Reader<'_>,
    unknown: Unknown,
) -> Result<(), Problem> {
    match unknown {
        Unknown::Keep => usage::keep(extra, key.text(), reader),
        Unknown::Skip => reader.skip(),
    }
}
