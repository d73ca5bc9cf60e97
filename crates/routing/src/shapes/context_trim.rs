//! Leaves out the old turns that do not fit the provider's window. What has to go was decided before, in
//! `context::trim`.

use super::{Draft, ShapeNote};

pub(super) fn cut(draft: &mut Draft<'_>) {
    let Some(cut) = draft.cut else { return };
    if cut.is_of(&draft.request) {
        cut.apply(draft.request.to_mut());
        draft.notes.push(ShapeNote::ContextTrimmed(cut.trimmed));
    }
}
