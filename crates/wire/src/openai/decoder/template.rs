//! The chunk before as a template: those of one answer mostly differ in one string, so that the bytes around it need
//! only be compared. What stands in the gap is validated; all else was, when the template was read.

use crate::json::Reader;
use crate::openai::chunk::{CallPiece, Chunk, Voiced};
use bytes::Bytes;
use canon::text::Text;
use std::ops::Range;

/// The bytes around the one string that is expected to differ.
#[derive(Debug, Default)]
pub(super) struct Template {
    front: Vec<u8>,
    back: Vec<u8>,
    gap: Option<Gap>,
    /// Where the model's name lies, if it lies in front of the gap; chunks with it behind are not taken.
    model_at: Option<Range<usize>>,
    in_form: bool,
}

/// What the string is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// Content, thinking or a refusal.
    Said(Voiced),
    /// More of the arguments of the call with this number.
    Arguments(u64),
}

/// A chunk that fits the template.
#[derive(Debug)]
pub(super) struct Fit {
    pub(super) gap: Gap,
    /// The string, not empty.
    pub(super) text: Text,
    pub(super) model_at: Option<Range<usize>>,
    pub(super) in_form: bool,
}

impl Template {
    /// Takes a chunk, read from `data`, as the template, if it says one string and nothing else.
    pub(super) fn learn(&mut self, chunk: &Chunk, data: &Bytes) {
        self.gap = None;
        let Some((gap, text)) = only_string(chunk) else { return };
        let Some(start) = (text.stored().as_ptr() as usize).checked_sub(data.as_ptr() as usize) else {
            return;
        };
        let end = start + text.stored().len();
        if end > data.len() || chunk.model_at.as_ref().is_some_and(|model| model.start > start) {
            return;
        }
        self.front.clear();
        self.front.extend_from_slice(&data[..start]);
        self.back.clear();
        self.back.extend_from_slice(&data[end..]);
        self.gap = Some(gap);
        self.model_at.clone_from(&chunk.model_at);
        self.in_form = chunk.in_form;
    }

    /// What a chunk says that differs from the template in the gap only.
    pub(super) fn fit(&self, data: &Bytes) -> Option<Fit> {
        let gap = self.gap?;
        let fits = data.len() > self.front.len() + self.back.len()
            && data.starts_with(&self.front)
            && data.ends_with(&self.back);
        if !fits {
            return None;
        }
        let quoted = data.slice(self.front.len() - 1..data.len() - self.back.len() + 1);
        let mut reader = Reader::new(&quoted).ok()?;
        let text = reader.text().ok()?;
        reader.end().ok()?;
        Some(Fit { gap, text, model_at: self.model_at.clone(), in_form: self.in_form })
    }
}

/// The one string that a chunk says.
fn only_string(chunk: &Chunk) -> Option<(Gap, &Text)> {
    let choice = chunk.choice.as_ref().filter(|choice| !choice.has_role && !choice.is_whole)?;
    let ends = choice.finish.is_some() || choice.stop_sequence.is_some();
    if ends || chunk.choices != Some(1) || chunk.usage.is_some() || chunk.timings.is_some() {
        return None;
    }
    match (choice.calls.as_slice(), choice.said.only()) {
        ([], Some((voiced, text))) => Some((Gap::Said(voiced), text)),
        ([piece], None) if piece.continues_for_all() && choice.said.is_empty() => arguments(piece),
        _ => None,
    }
}

fn arguments(piece: &CallPiece) -> Option<(Gap, &Text)> {
    let text = piece.arguments.as_ref().filter(|text| !text.is_empty())?;
    Some((Gap::Arguments(piece.index?), text))
}
