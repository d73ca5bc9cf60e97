//! System text, turns and tools as a target takes them: the client's own bytes where nothing has to change.

use canon::extra::Losses;
use canon::request::{Content, Message, Part, Request, Role, Sourced};
use canon::target::{Droppable, Target};
use canon::text::{Json, Text};

use super::mend::{Mended, Mender};
use super::{part, room, tool, turn};
use crate::codec::Reminder;
use crate::json::Writer;

/// One of the large fields of a body.
pub(super) enum Piece {
    /// It is not there.
    Absent,
    /// It is what the client wrote.
    Same(Json),
    /// It was written anew.
    New(Vec<u8>),
}

impl Piece {
    /// How many bytes it takes.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Absent => 0,
            Self::Same(value) => value.bytes().len(),
            Self::New(value) => value.len(),
        }
    }
}

/// Writes `system`.
pub(super) fn system(request: &Request, target: &Target<'_>, losses: &mut Losses) -> Piece {
    let Some(system) = &request.system else {
        return Piece::Absent;
    };
    let mended = Mender { target, losses }.content(system);
    let content: &Content = match (&mended, system.source()) {
        (Mended::Gone, _) => return Piece::Absent,
        (Mended::Same, Some(source)) => return Piece::Same(source.clone()),
        (Mended::Same, None) => system,
        (Mended::New(content), _) => content,
    };
    let mut out = Vec::with_capacity(room::of_content(content));
    part::write_content(content, &mut Writer::new(&mut out));
    Piece::New(out)
}

/// Writes `messages`.
pub(super) fn messages(request: &Request, target: &Target<'_>, losses: &mut Losses) -> Piece {
    let mut turns = Turns { list: Vec::with_capacity(request.messages.len()), changed: false };
    let mut mender = Mender { target, losses };
    let fold = target.dropped.contains(&Droppable::SystemTurns);
    for (index, message) in request.messages.iter().enumerate() {
        let mended = mender.content(&message.content);
        if fold && matches!(message.role, Role::System | Role::Developer) {
            turns.remind(&message.content);
            continue;
        }
        match mended {
            Mended::Same => turns.list.push(Turn::Same(message)),
            Mended::New(content) => turns.add(message, content),
            // Without its last turn the conversation would say something else.
            Mended::Gone if index + 1 == request.messages.len() => turns.list.push(Turn::Same(message)),
            Mended::Gone => turns.changed = true,
        }
    }
    match request.messages.source() {
        Some(source) if !turns.changed => Piece::Same(source.clone()),
        _ => Piece::New(turns.write(room::of_messages(request.messages.iter().map(|message| &**message)))),
    }
}

/// The turns of a conversation while some of them are made anew.
struct Turns<'a> {
    list: Vec<Turn<'a>>,
    changed: bool,
}

enum Turn<'a> {
    Same(&'a Sourced<Message>),
    New(Message),
}

impl Turns<'_> {
    fn add(&mut self, message: &Message, content: Content) {
        self.changed = true;
        self.list.push(Turn::New(Message { content, role: message.role, extra: message.extra.clone() }));
    }

    /// Appends an instruction as marked text to the user turn before it, else as a user turn of its own.
    fn remind(&mut self, instruction: &Content) {
        self.changed = true;
        let Some(reminder) = reminder(instruction) else {
            return;
        };
        let mut message = match self.list.pop() {
            Some(Turn::New(message)) if message.role == Role::User => message,
            Some(Turn::Same(message)) if message.role == Role::User => Message::clone(message),
            other => {
                self.list.extend(other);
                Message { role: Role::User, content: Content::Absent, extra: Default::default() }
            }
        };
        message.content.parts_mut().push(reminder);
        self.list.push(Turn::New(message));
    }

    fn write(&self, room: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(room);
        Writer::new(&mut out).array(|w| {
            for message in &self.list {
                match message {
                    Turn::New(message) => turn::write(message, w),
                    Turn::Same(message) => match message.source() {
                        Some(source) => w.json(source),
                        None => turn::write(message, w),
                    },
                }
            }
        });
        out
    }
}

/// An instruction as a marked block of user text; nothing if it has no text.
pub(super) fn reminder(instruction: &Content) -> Option<Part> {
    let parts = instruction.parts();
    let texts: Vec<&Text> = parts.iter().filter_map(part::text_of).filter(|text| !text.is_empty()).collect();
    if texts.is_empty() {
        return None;
    }
    let mut escaped = Vec::new();
    Reminder::write(texts, &mut escaped);
    let cache_control = parts.iter().find_map(|part| part.cache_control.clone());
    Some(Part { cache_control, ..Part::text(Text::escaped(escaped.into())) })
}

/// Writes `tools`.
pub(super) fn tools(request: &Request, target: &Target<'_>, losses: &mut Losses) -> Piece {
    let strip = target.dropped.contains(&Droppable::CacheControl)
        && request.tools.iter().any(|tool| tool.cache_control.is_some());
    if strip {
        losses.note("cache_control");
    }
    match request.tools.source() {
        Some(source) if !strip => return Piece::Same(source.clone()),
        None if request.tools.is_empty() => return Piece::Absent,
        _ => {}
    }
    let mut out = Vec::with_capacity(room::of_tools(request.tools.iter().map(|tool| &**tool)));
    Writer::new(&mut out).array(|w| {
        for tool in request.tools.iter() {
            match tool.source() {
                _ if strip && tool.cache_control.is_some() => {
                    let mut bare = canon::request::Tool::clone(tool);
                    bare.cache_control = None;
                    tool::write(&bare, w);
                }
                Some(source) => w.json(source),
                None => tool::write(tool, w),
            }
        }
    });
    Piece::New(out)
}
