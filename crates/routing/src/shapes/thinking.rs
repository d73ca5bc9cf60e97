//! Leaves thinking out for models that are known not to take it. Where nobody knows it is sent: a refusal is
//! answered by a second try without it, and remembered.

use super::{Draft, ShapeNote};
use canon::config::Support;
use canon::dialect::Dialect;
use canon::request::{ReasoningMode, Request};
use canon::target::Droppable;

pub(super) fn drop_unsupported(draft: &mut Draft<'_>) {
    let unsupported = draft.provider.facts.thinking == Support::No && asks(&draft.request);
    if unsupported && !draft.drops(Droppable::Thinking) {
        draft.drop_field(Droppable::Thinking);
        draft.notes.push(ShapeNote::Unsupported(Droppable::Thinking));
    }
}

/// Whether thinking is asked for, in any form but the one that switches it off. On Anthropic's wire effort alone
/// says how much is written, and belongs to another field.
fn asks(request: &Request) -> bool {
    match request.reasoning.mode {
        Some(ReasoningMode::Off) => false,
        Some(ReasoningMode::Adaptive | ReasoningMode::On(_)) => true,
        None => request.dialect != Dialect::Anthropic && request.reasoning.effort.is_some(),
    }
}
