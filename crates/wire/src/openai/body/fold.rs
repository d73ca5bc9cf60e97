//! Moves instructions to where backends take them: those in front of the conversation to its start, those in its
//! middle into user text at the same place, so that every turn's prompt stays the beginning of the next turn's.

use crate::codec::Reminder;
use canon::extra::{Extra, Losses};
use canon::request::{Content, Message, Part, PartKind, Role, Sourced};
use canon::text::Text;
use std::borrow::Cow;

/// A conversation with the instructions in front of it apart.
pub(super) struct Folded<'a> {
    /// The instructions that came before the first turn.
    pub(super) lead: Vec<&'a Sourced<Message>>,
    /// The turns.
    pub(super) turns: Vec<Cow<'a, Sourced<Message>>>,
}

/// A conversation whose later instructions stay turns of their own.
pub(super) fn keep(messages: &[Sourced<Message>]) -> Folded<'_> {
    let lead = messages.iter().take_while(|message| is_instruction(message.role)).count();
    let (lead, turns) = messages.split_at(lead);
    Folded { lead: lead.iter().collect(), turns: turns.iter().map(Cow::Borrowed).collect() }
}

fn is_instruction(role: Role) -> bool {
    matches!(role, Role::System | Role::Developer)
}

/// Folds a conversation. A turn of instructions becomes a marked part of the user turn right before it, or a user
/// turn of its own.
pub(super) fn fold<'a>(messages: &'a [Sourced<Message>], losses: &mut Losses) -> Folded<'a> {
    let mut folded = Folded { lead: Vec::new(), turns: Vec::with_capacity(messages.len()) };
    for message in messages {
        match message.role {
            Role::System | Role::Developer if folded.turns.is_empty() => folded.lead.push(message),
            Role::System | Role::Developer => folded.append(message, losses),
            Role::User | Role::Assistant | Role::Tool => folded.turns.push(Cow::Borrowed(message)),
        }
    }
    folded
}

impl Folded<'_> {
    fn append(&mut self, message: &Message, losses: &mut Losses) {
        let texts = texts(&message.content, losses);
        if texts.is_empty() {
            return;
        }
        let mut marked = Vec::new();
        Reminder::write(&texts, &mut marked);
        let part = Part::text(Text::escaped(marked.into()));
        match self.turns.last_mut() {
            Some(last) if last.role == Role::User => last.to_mut().edit().content.parts_mut().push(part),
            _ => {
                let content = Content::Parts(vec![part]);
                let turn = Message { role: Role::User, content, extra: Extra::default() };
                self.turns.push(Cow::Owned(Sourced::new(turn)));
            }
        }
    }
}

/// The texts of instructions; other parts can't be expressed, nor can cache markers.
pub(super) fn texts(content: &Content, losses: &mut Losses) -> Vec<Text> {
    let parts = match content {
        Content::Absent => return Vec::new(),
        Content::Text(text) => return if text.is_empty() { Vec::new() } else { vec![text.clone()] },
        Content::Parts(parts) => parts,
    };
    let mut texts = Vec::with_capacity(parts.len());
    for part in parts {
        if part.cache_control.is_some() {
            losses.note("system.cache_control");
        }
        match &part.kind {
            PartKind::Text(text) if text.is_empty() => {}
            PartKind::Text(text) => texts.push(text.clone()),
            _ => losses.note("system"),
        }
    }
    texts
}
