//! Turns system messages in mid-conversation into user text in place, for backends that refused them.
//!
//! Only within one dialect: an encoder for another does it by itself. They are never pulled to the front: that
//! makes the whole conversation be read again at every turn (measured: 3.6 times).

use super::instructions::{self, LINE, is_instruction};
use super::{Draft, ShapeNote};
use canon::config::ProviderKind;
use canon::dialect::Dialect;
use canon::extra::Extra;
use canon::request::{Content, Message, Part, PartKind, Request, Role, Sourced};
use canon::target::Droppable;
use canon::text::Text;

pub(super) fn fold(draft: &mut Draft<'_>) {
    let refused = draft.drops(Droppable::SystemTurns);
    if !refused || draft.request.dialect != spoken(draft.provider.kind) {
        return;
    }
    // The one message in front of a chat is where every template wants it.
    let kept = instructions::leading_turns(&draft.request).min(1);
    let late = draft.request.messages.iter().skip(kept).filter(|turn| is_instruction(turn.role)).count();
    if late > 0 {
        fold_late(draft.request.to_mut(), kept);
        draft.notes.push(ShapeNote::SystemTurnsFolded(late));
    }
}

fn spoken(kind: ProviderKind) -> Dialect {
    match kind {
        ProviderKind::Anthropic => Dialect::Anthropic,
        ProviderKind::OpenAiCompat => Dialect::OpenAi,
    }
}

fn fold_late(request: &mut Request, kept: usize) {
    let turns = request.messages.edit();
    let mut folded: Vec<Sourced<Message>> = Vec::with_capacity(turns.len());
    for mut turn in turns.drain(..) {
        if folded.len() < kept || !is_instruction(turn.role) {
            folded.push(turn);
            continue;
        }
        let turn = std::mem::replace(&mut turn.edit().content, Content::Absent);
        match folded.last_mut() {
            Some(before) if before.role == Role::User => {
                before.edit().content.parts_mut().extend(marked(&turn));
            }
            Some(before) if is_instruction(before.role) => {
                each_text(&turn, |text| instructions::append(&mut before.edit().content, &text.read(), LINE));
            }
            _ => folded.push(Sourced::new(Message {
                role: Role::User,
                content: Content::Parts(marked(&turn).collect()),
                extra: Extra::default(),
            })),
        }
    }
    *turns = folded;
}

fn each_text(content: &Content, mut see: impl FnMut(&Text)) {
    for part in content.parts() {
        if let PartKind::Text(text) = &part.kind {
            see(text);
        }
    }
}

/// The parts of a system turn, their text marked so that the model does not take it for the person's words. The
/// mark is the one Claude Code puts around its own reminders.
fn marked(content: &Content) -> impl Iterator<Item = Part> {
    content.parts().into_iter().map(|mut part| {
        if let PartKind::Text(text) = &mut part.kind {
            let mut inside = Vec::with_capacity(text.stored_len() + 48);
            inside.extend_from_slice(br"<system-reminder>\n");
            text.write_escaped(&mut inside);
            inside.extend_from_slice(br"\n</system-reminder>");
            *text = Text::escaped(inside.into());
        }
        part
    })
}
