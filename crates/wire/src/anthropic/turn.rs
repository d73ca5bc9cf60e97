//! The entries of `messages`, and how roles the reference doesn't know are understood.

use canon::extra::Extra;
use canon::request::{Message, Role, Sourced};

use super::part::{self, Place};
use crate::json::{Problem, Reader, Writer};

/// Reads the list of turns. If a role had to be understood as another, neither that turn nor the list keeps its source.
pub(super) fn read_all(reader: &mut Reader<'_>) -> Result<Sourced<Vec<Sourced<Message>>>, Problem> {
    let start = reader.position();
    let mut turns = Vec::new();
    let mut legal = true;
    reader.array(|reader, _| {
        let turn = read(reader)?;
        legal &= turn.source().is_some();
        turns.push(turn);
        Ok(())
    })?;
    if turns.is_empty() {
        return Err(reader.problem("at least one message is required"));
    }
    Ok(if legal { Sourced::read(turns, reader.since(start)) } else { Sourced::new(turns) })
}

fn read(reader: &mut Reader<'_>) -> Result<Sourced<Message>, Problem> {
    let start = reader.position();
    let (mut role, mut content, mut extra) = (None, None, Extra::default());
    reader.object(|reader, key| match key.name() {
        "role" => reader.once(&mut role, Reader::word),
        "content" => reader.once(&mut content, |reader| part::read_content(reader, Place::Turn)),
        _ => reader.keep(&mut extra, key),
    })?;
    let (role, legal) = understood(&reader.required(role, "role")?);
    let content = reader.required(content, "content")?;
    let message = Message { role, content, extra };
    Ok(if legal { Sourced::read(message, reader.since(start)) } else { Sourced::new(message) })
}

/// A role and whether it is one of this dialect's. Claude Code 2.1 sends `system` in the middle of `messages`; what
/// other tools send in place of `user` is user text, in its place.
fn understood(role: &str) -> (Role, bool) {
    match role {
        "user" => (Role::User, true),
        "assistant" => (Role::Assistant, true),
        "system" => (Role::System, true),
        "developer" => (Role::System, false),
        _ => (Role::User, false),
    }
}

/// Writes one turn.
pub(super) fn write(message: &Message, w: &mut Writer<'_>) {
    w.object(|w| {
        w.key("role").str(match message.role {
            Role::User | Role::Tool => "user",
            Role::Assistant => "assistant",
            Role::System | Role::Developer => "system",
        });
        part::write_content(&message.content, w.key("content"));
        w.extra(&message.extra);
    });
}
