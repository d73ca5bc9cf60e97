//! Appends the directive that the provider or the profile has for the model to the instructions, always at the
//! same place and in the same words.

use super::instructions::{self, LINE, Place};
use super::{Draft, ShapeNote};

pub(super) fn append(draft: &mut Draft<'_>) {
    let Some(text) = draft.provider.system_prompt_under(draft.profile) else { return };
    let first = Place::all(&draft.request).next();
    instructions::extend(draft.request.to_mut(), first, text, LINE);
    draft.notes.push(ShapeNote::PromptAppended);
}
