//! One piece of a call, as a chunk or an answer holds it.

use super::text;
use crate::json::{self, Kind, Problem, Reader};
use canon::text::Text;

/// A piece of a call: its beginning, more of its arguments, or all of it.
#[derive(Debug, Default)]
pub(in crate::openai) struct CallPiece {
    pub(in crate::openai) index: Option<u64>,
    pub(in crate::openai) id: Option<Text>,
    pub(in crate::openai) name: Option<Text>,
    /// JSON text, or the free text of a custom call; may be empty.
    pub(in crate::openai) arguments: Option<Text>,
    pub(in crate::openai) form: CallForm,
    /// Whether a client can be handed it as it came, as far as its own fields go.
    in_form: bool,
}

/// How a call is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::openai) enum CallForm {
    /// With JSON arguments.
    #[default]
    Function,
    /// With free text.
    Custom,
    /// In the form from before `tool_calls`.
    Legacy,
}

impl CallPiece {
    /// Reads an element of `tool_calls`; `None` where it holds nothing.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Problem> {
        let mut piece = Self { in_form: true, ..Self::default() };
        if reader.kind() != Kind::Object {
            reader.skip()?;
            return Ok(None);
        }
        reader.object(|reader, key| {
            match key.name() {
                "index" => piece.index = super::usage::count(reader)?,
                "id" => piece.id = text(reader)?,
                "function" => piece.inner(reader)?,
                "custom" => {
                    piece.form = CallForm::Custom;
                    piece.inner(reader)?;
                }
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(Some(piece).filter(Self::says_something))
    }

    /// Reads a `function_call`; `None` where it holds nothing.
    pub(super) fn read_legacy(reader: &mut Reader<'_>) -> Result<Option<Self>, Problem> {
        let mut piece = Self { form: CallForm::Legacy, ..Self::default() };
        piece.inner(reader)?;
        Ok(Some(piece).filter(Self::says_something))
    }

    /// More of the arguments of the call with this number, in the form of the reference.
    pub(in crate::openai) fn more(index: u64, arguments: Text) -> Self {
        Self { index: Some(index), arguments: Some(arguments), in_form: true, ..Self::default() }
    }

    /// Whether it is all that the beginning of a call needs.
    pub(in crate::openai) fn begins_in_form(&self) -> bool {
        self.id.is_some() && self.name.is_some() && self.arguments.is_some()
    }

    /// Whether a client can be handed the beginning of a call as it came.
    pub(in crate::openai) fn begins_for_all(&self) -> bool {
        self.in_form && self.begins_in_form()
    }

    /// Whether a client can be handed it as more of a call's arguments: clients that join strings would double an id
    /// or a name that is repeated.
    pub(in crate::openai) fn continues_for_all(&self) -> bool {
        self.in_form && self.id.is_none() && self.name.is_none() && self.arguments.is_some()
    }

    pub(in crate::openai) fn is_without_arguments(&self) -> bool {
        self.arguments.as_ref().is_none_or(Text::is_empty)
    }

    fn says_something(&self) -> bool {
        self.id.is_some() || self.name.is_some() || !self.is_without_arguments()
    }

    fn inner(&mut self, reader: &mut Reader<'_>) -> Result<(), Problem> {
        if reader.kind() != Kind::Object {
            return reader.skip();
        }
        reader.object(|reader, key| {
            match key.name() {
                "name" => self.name = text(reader)?,
                "arguments" | "input" => self.arguments(reader)?,
                _ => reader.skip()?,
            }
            Ok(())
        })
    }

    /// Some servers write the arguments as the object itself.
    fn arguments(&mut self, reader: &mut Reader<'_>) -> Result<(), Problem> {
        self.arguments = match reader.kind() {
            Kind::Text => Some(reader.text()?),
            Kind::Null => {
                reader.null()?;
                None
            }
            _ => {
                self.in_form = false;
                Some(json::text_of(&reader.raw()?))
            }
        };
        Ok(())
    }
}
