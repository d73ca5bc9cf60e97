//! Leaves out empty text blocks, which Anthropic's API refuses and Claude Code 2.1 sends back in its history.

use super::{Draft, ShapeNote};
use canon::dialect::Dialect;
use canon::request::{Content, Part, PartKind};

/// What a turn says that has nothing left: it has to stay, or the roles no longer alternate. These are the words
/// Claude Code itself uses for it.
const NOTHING: &str = "(no content)";

pub(super) fn drop_empty(draft: &mut Draft<'_>) {
    if draft.request.dialect != Dialect::Anthropic {
        return;
    }
    let mut dropped = 0;
    if draft.request.system.as_deref().is_some_and(has_empty)
        && let Some(system) = &mut draft.request.to_mut().system
    {
        dropped += leave_out(system.edit());
    }
    for index in 0..draft.request.messages.len() {
        if has_empty(&draft.request.messages[index].content) {
            let turn = draft.request.to_mut().messages.edit()[index].edit();
            dropped += leave_out(&mut turn.content);
            if matches!(&turn.content, Content::Parts(parts) if parts.is_empty()) {
                turn.content = Content::Parts(vec![Part::text(NOTHING)]);
            }
        }
    }
    if dropped > 0 {
        draft.notes.push(ShapeNote::EmptyTextDropped(dropped));
    }
}

fn has_empty(content: &Content) -> bool {
    let Content::Parts(parts) = content else { return false };
    parts.iter().any(|part| match &part.kind {
        PartKind::CallResult(result) => has_empty(&result.content),
        kind => is_empty(kind),
    })
}

fn leave_out(content: &mut Content) -> usize {
    let Content::Parts(parts) = content else { return 0 };
    let before = parts.len();
    parts.retain(|part| !is_empty(&part.kind));
    let mut dropped = before - parts.len();
    for part in parts {
        if let PartKind::CallResult(result) = &mut part.kind {
            dropped += leave_out(&mut result.content);
        }
    }
    dropped
}

fn is_empty(kind: &PartKind) -> bool {
    matches!(kind, PartKind::Text(text) if text.is_empty())
}
