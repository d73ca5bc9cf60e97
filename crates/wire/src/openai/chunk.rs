//! One chunk of a stream, or one plain answer, as its fields. Servers differ widely, so whatever is legal JSON is read
//! and what has a wrong type counts as absent; `in_form` says whether it was as the reference has it.

mod choice;
mod piece;

use super::usage;
use crate::fault;
use crate::json::{Kind, Problem, Reader};
use bytes::Bytes;
use canon::extra::Extra;
use canon::fault::{Fault, FaultKind};
use canon::text::{Json, Text};
use canon::usage::Usage;
use std::ops::Range;

pub(super) use choice::{Choice, Voiced};
pub(super) use piece::{CallForm, CallPiece};

/// A chunk or a plain answer.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// Its id and its model, if unknown fields were asked for.
    pub(super) id: Option<Text>,
    pub(super) created: Option<u64>,
    pub(super) model: Option<Text>,
    /// Where the model's name lies in the data, with its quotes.
    pub(super) model_at: Option<Range<usize>>,
    pub(super) error: Option<Json>,
    /// Whether it has a message where an answer has none: a bare error.
    pub(super) complains: bool,
    /// The choice that is told: the one numbered 0, or without a number.
    pub(super) choice: Option<Choice>,
    /// How many choices there are; `None` where the field is absent.
    pub(super) choices: Option<usize>,
    pub(super) usage: Option<Usage>,
    /// Token counts in llama.cpp's own words.
    pub(super) timings: Option<Usage>,
    /// Unknown fields, if they were asked for.
    pub(super) extra: Extra,
    /// Whether every client of this dialect reads the chunk as it came.
    pub(super) in_form: bool,
}

/// What to do with unknown fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// They are kept: this chunk begins or is the answer.
    Keep,
    /// They are passed over.
    Skip,
}

impl Chunk {
    /// Reads one.
    ///
    /// # Errors
    /// If the data is not one legal JSON object.
    pub(super) fn read(data: &Bytes, unknown: Unknown) -> Result<Self, Problem> {
        let mut chunk = Self { in_form: true, ..Self::default() };
        let (mut has_id, mut has_model, mut has_object) = (false, false, false);
        let mut reader = Reader::new(data)?;
        reader.object(|reader, key| match key.name() {
            "id" => {
                (chunk.id, has_id) = name(reader, unknown)?;
                Ok(())
            }
            "model" => {
                let start = reader.position();
                (chunk.model, has_model) = name(reader, unknown)?;
                chunk.model_at = has_model.then(|| start..reader.taken());
                Ok(())
            }
            "created" => {
                chunk.created = usage::count(reader)?;
                Ok(())
            }
            "choices" => chunk.choices(reader, unknown),
            "usage" => {
                chunk.usage = object(reader, usage::read)?;
                Ok(())
            }
            "timings" => {
                let mut ahead = *reader;
                chunk.timings = Some(usage::read_timings(&mut ahead)?);
                chunk.beside(key.text(), reader, unknown)
            }
            "error" => {
                chunk.error = Some(reader.raw()?).filter(|error| !error.is_null());
                Ok(())
            }
            "object" => {
                has_object = reader.kind() == Kind::Text;
                reader.skip()
            }
            "message" | "detail" => {
                chunk.complains |= reader.kind() == Kind::Text;
                chunk.beside(key.text(), reader, unknown)
            }
            _ => chunk.beside(key.text(), reader, unknown),
        })?;
        reader.end()?;
        chunk.in_form &= has_id && has_model && chunk.created.is_some();
        chunk.in_form &= chunk.choices.is_some() && has_object;
        Ok(chunk)
    }

    /// Whether there is nothing an answer is made of.
    pub(super) fn is_hollow(&self) -> bool {
        self.choice.is_none() && self.usage.is_none()
    }

    /// The error it tells, if it tells one; `data` is what it was read from.
    pub(super) fn fault(&self, data: &Bytes) -> Option<Fault> {
        if let Some(error) = &self.error {
            return Some(fault::of_error(error));
        }
        if self.complains && self.choices.is_none() {
            return Some(fault::of_error(&Json::raw(data.clone())));
        }
        let finish = self.choice.as_ref()?.finish.as_ref()?;
        finish
            .is("error")
            .then(|| Fault::new(FaultKind::Backend, "the provider ended the answer with an error"))
    }

    fn choices(&mut self, reader: &mut Reader<'_>, unknown: Unknown) -> Result<(), Problem> {
        if reader.kind() != Kind::Array {
            return reader.skip();
        }
        let mut count = 0;
        reader.array(|reader, _| {
            count += 1;
            let choice = Choice::read(reader, unknown)?;
            if self.choice.is_none() && choice.index.unwrap_or(0) == 0 {
                self.in_form &= choice.in_form;
                self.choice = Some(choice);
            }
            Ok(())
        })?;
        self.choices = Some(count);
        Ok(())
    }

    fn beside(&mut self, key: Text, reader: &mut Reader<'_>, unknown: Unknown) -> Result<(), Problem> {
        match unknown {
            Unknown::Keep => usage::keep(&mut self.extra, key, reader),
            Unknown::Skip => reader.skip(),
        }
    }
}

/// The id or the model, if it was asked for, and whether it has one.
fn name(reader: &mut Reader<'_>, unknown: Unknown) -> Result<(Option<Text>, bool), Problem> {
    if unknown == Unknown::Keep {
        let name = text(reader)?;
        let is_there = name.is_some();
        return Ok((name, is_there));
    }
    let is_text = reader.kind() == Kind::Text;
    let start = reader.position();
    reader.skip()?;
    Ok((None, is_text && reader.taken() - start > "\"\"".len()))
}

/// A string that is not empty; anything else is passed over.
fn text(reader: &mut Reader<'_>) -> Result<Option<Text>, Problem> {
    if reader.kind() != Kind::Text {
        reader.skip()?;
        return Ok(None);
    }
    Ok(Some(reader.text()?).filter(|text| !text.is_empty()))
}

/// What `read` makes of an object; anything else is passed over.
fn object<'a, T>(
    reader: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, Problem>,
) -> Result<Option<T>, Problem> {
    if reader.kind() == Kind::Object { read(reader).map(Some) } else { reader.skip().map(|()| None) }
}
