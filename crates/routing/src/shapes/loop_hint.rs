//! Appends what the tool-loop guard has to say to the model, at the very end of the instructions, for this attempt.
//!
//! The only thing put into a prompt that was not in that of the turn before: it is worth a cold cache, as the turns of a
//! loop are worth nothing.

use super::instructions::{self, PARAGRAPH, Place};
use super::{Draft, ShapeNote};

pub(super) fn append(draft: &mut Draft<'_>) {
    let Some(hint) = draft.hint else { return };
    let last = Place::all(&draft.request).last();
    instructions::extend(draft.request.to_mut(), last, hint, PARAGRAPH);
    draft.notes.push(ShapeNote::LoopHintAppended);
}
