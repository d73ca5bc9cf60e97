//! The message object: whole in a plain answer, without its blocks at the start of a stream.

use std::ops::Range;

use canon::delta::{Finish, Head, StopReason};
use canon::extra::Extra;
use canon::text::Text;
use canon::usage::Usage;

use super::{stop, usage};
use crate::json::{Kind, Problem, Reader};

/// A message object as it was read.
#[derive(Default)]
pub(super) struct MessageObject {
    pub(super) id: Option<Text>,
    pub(super) model: Option<Text>,
    /// Where the model's name lies in the text, with its quotes.
    pub(super) model_at: Option<Range<usize>>,
    pub(super) usage: Option<Usage>,
    pub(super) stop_reason: Option<Text>,
    pub(super) stop_sequence: Option<Text>,
    /// Whether `stop_sequence` stands there, be it `null`.
    pub(super) has_stop_sequence: bool,
    /// Whether `type` and `role` are as the reference says.
    pub(super) typed: bool,
    pub(super) extra: Extra,
}

impl MessageObject {
    /// Takes the value of one field; that of `content` is the caller's.
    pub(super) fn read_field(&mut self, name: &str, reader: &mut Reader<'_>) -> Result<bool, Problem> {
        match name {
            "id" => self.id = reader.text_or_skip()?,
            "model" => {
                let start = reader.position();
                self.model = reader.text_or_skip()?;
                self.model_at = self.model.is_some().then(|| start..reader.taken());
            }
            "usage" => self.usage = usage::read(reader)?,
            "stop_reason" => self.stop_reason = reader.text_or_skip()?,
            "stop_sequence" => {
                self.stop_sequence = reader.text_or_skip()?;
                self.has_stop_sequence = true;
            }
            "type" => self.typed = reader.text_or_skip()?.is_some_and(|kind| kind.is("message")),
            "role" => self.typed &= reader.text_or_skip()?.is_some_and(|role| role.is("assistant")),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Reads the object at the start of a stream and says whether it is as the reference has it: without blocks.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<(Self, bool), Problem> {
        let (mut message, mut bare) = (Self::default(), true);
        if reader.kind() != Kind::Object {
            return reader.skip().map(|()| (message, false));
        }
        reader.object(|reader, key| match key.name() {
            "content" => {
                bare = reader.raw()?.bytes().len() <= 3;
                Ok(())
            }
            name => {
                if message.read_field(name, reader)? {
                    Ok(())
                } else {
                    reader.keep(&mut message.extra, key)
                }
            }
        })?;
        let faithful = bare && message.is_complete() && message.stop_reason.is_none();
        Ok((message, faithful))
    }

    /// Whether every field that clients read is there.
    pub(super) fn is_complete(&self) -> bool {
        let counted = self.usage.as_ref().is_some_and(usage::is_complete);
        self.id.as_ref().is_some_and(|id| !id.is_empty()) && self.model.is_some() && self.typed && counted
    }

    /// The message as the beginning of an answer.
    pub(super) fn head(self) -> Head {
        Head {
            id: self.id,
            model: self.model,
            created: None,
            usage: self.usage.unwrap_or_default(),
            extra: self.extra,
        }
    }

    /// The message as the ending of an answer.
    pub(super) fn finish(&self) -> Finish {
        let reason = self.stop_reason.as_ref().map_or(StopReason::Other(None), stop::read);
        Finish { reason, stop_sequence: self.stop_sequence.clone(), extra: Extra::default() }
    }
}
