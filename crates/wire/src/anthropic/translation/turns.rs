//! The conversation of another dialect as alternating turns, results in front of text, instructions in their place.

use canon::extra::{Extra, Losses};
use canon::request::{Content, Message, Part, PartKind, Request, Role, Sourced};
use canon::target::Target;
use canon::text::Text;

use super::CONTINUE;
use super::block::Blocks;
use crate::anthropic::conversation::reminder;

/// Puts system text and turns into `own`.
pub(super) fn translate(request: &Request, target: &Target<'_>, own: &mut Request, losses: &mut Losses) {
    let mut turns =
        Turns { blocks: Blocks { target, losses }, system: Vec::new(), list: Vec::new(), results_at: None };
    if let Some(system) = &request.system {
        turns.instruct(system);
    }
    for message in request.messages.iter() {
        turns.add(message);
    }
    let (system, list) = turns.finish();
    own.system = (!system.is_empty()).then(|| Sourced::new(Content::Parts(system)));
    own.messages = Sourced::new(list.into_iter().map(Sourced::new).collect());
}

struct Turns<'a> {
    blocks: Blocks<'a>,
    system: Vec<Part>,
    list: Vec<Message>,
    /// The first user turn behind the last assistant turn, where the results of its calls have to be.
    results_at: Option<usize>,
}

impl Turns<'_> {
    fn add(&mut self, message: &Message) {
        self.blocks.losses.note_extra(&message.extra);
        match message.role {
            Role::System | Role::Developer if self.list.is_empty() => self.instruct(&message.content),
            Role::System | Role::Developer => self.remind(&message.content),
            Role::Tool => self.add_results(&message.content),
            Role::User => {
                let parts = self.blocks.translate(&message.content);
                self.push(Role::User, parts);
            }
            Role::Assistant => {
                let parts = self.blocks.translate(&message.content);
                self.push(Role::Assistant, parts);
            }
        }
    }

    /// Takes an instruction from in front of the conversation.
    fn instruct(&mut self, content: &Content) {
        self.system.extend(self.blocks.translate(content));
    }

    /// Takes an instruction from the middle of the conversation: marked text behind what came before it.
    fn remind(&mut self, content: &Content) {
        let translated = Content::Parts(self.blocks.translate(content));
        let Some(part) = reminder(&translated) else {
            return;
        };
        match self.list.last_mut().filter(|last| last.role == Role::User) {
            Some(last) => last.content.parts_mut().push(part),
            None => self.push(Role::User, vec![part]),
        }
    }

    /// All results of one assistant turn stand in front, in the one user turn behind it (Anthropic Messages reference).
    fn add_results(&mut self, content: &Content) {
        let parts = self.blocks.translate(content);
        let Some(turn) = self.results_at.and_then(|at| self.list.get_mut(at)) else {
            return self.push(Role::User, parts);
        };
        let held = turn.content.parts_mut();
        let at = held.iter().take_while(|part| matches!(part.kind, PartKind::CallResult(_))).count();
        held.splice(at..at, parts);
    }

    fn push(&mut self, role: Role, parts: Vec<Part>) {
        if parts.is_empty() {
            return;
        }
        let at = self.list.len();
        self.results_at = if role == Role::User { self.results_at.or(Some(at)) } else { None };
        self.list.push(Message { role, content: Content::Parts(parts), extra: Extra::default() });
    }

    fn finish(mut self) -> (Vec<Part>, Vec<Message>) {
        // A conversation begins with the user (Anthropic Messages reference).
        if self.list.first().is_none_or(|first| first.role != Role::User) {
            let opening = Content::Parts(vec![Part::text(CONTINUE)]);
            self.list.insert(0, Message { role: Role::User, content: opening, extra: Extra::default() });
        }
        if let Some(last) = self.list.last_mut().filter(|last| last.role == Role::Assistant) {
            trim_end(last);
        }
        (self.system, self.list)
    }
}

/// An answer that is to be continued must not end in white space (Anthropic Messages reference).
fn trim_end(message: &mut Message) {
    let Some(part) = message.content.parts_mut().last_mut() else {
        return;
    };
    if let PartKind::Text(text) = &mut part.kind {
        let trimmed = text.read().trim_end().to_owned();
        if !trimmed.is_empty() {
            *text = Text::from(trimmed);
        }
    }
}
