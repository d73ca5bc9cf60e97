//! The conversation of a client that speaks another dialect.
//!
//! Each turn is written from itself and what came before it alone, so that a turn's messages stay the beginning of
//! the next turn's and a backend's prompt cache stays valid.

use super::fold::{self, Folded};
use super::own_message::arguments;
use super::said::{self, Said};
use crate::json::Writer;
use canon::extra::Losses;
use canon::request::{CallResult, Content, Message, Part, PartKind, Request, Role};
use canon::target::{Droppable, Target};
use canon::text::Text;

/// Writes the instructions and the conversation as a list of messages.
pub(super) fn messages(request: &Request, target: &Target<'_>, losses: &mut Losses, w: &mut Writer<'_>) {
    let keeps = target.system_turns && !target.dropped.contains(&Droppable::SystemTurns);
    let Folded { lead, turns } =
        if keeps { fold::keep(&request.messages) } else { fold::fold(&request.messages, losses) };
    let contents = request.system.iter().map(|system| &**system).chain(lead.iter().map(|turn| &turn.content));
    let instructions: Vec<Text> = contents.flat_map(|content| fold::texts(content, losses)).collect();
    w.array(|w| {
        system(&instructions, w);
        for turn in &turns {
            said::note_extra(&turn.extra, losses);
            match turn.role {
                Role::Assistant => assistant(turn, target, losses, w),
                Role::System | Role::Developer => system(&fold::texts(&turn.content, losses), w),
                _ => user(turn, target, losses, w),
            }
        }
    });
}

fn system(instructions: &[Text], w: &mut Writer<'_>) {
    if !instructions.is_empty() {
        w.object(|w| {
            w.key("role").str("system");
            w.key("content");
            super::joined(instructions, w);
        });
    }
}

/// A user turn: its tool results first, each a message, then the rest as one user message. What results hold beside
/// text opens that message.
fn user(turn: &Message, target: &Target<'_>, losses: &mut Losses, w: &mut Writer<'_>) {
    let parts = match &turn.content {
        Content::Absent => return,
        Content::Text(text) if text.is_empty() => return,
        Content::Text(text) => return user_message(&[Said::Text(text.clone())], w),
        Content::Parts(parts) => parts,
    };
    let mut said = Vec::with_capacity(parts.len());
    for part in parts {
        if let PartKind::CallResult(answer) = &part.kind {
            said::note_beside(part, losses);
            result(answer, target, losses, &mut said, w);
        }
    }
    parts.iter().for_each(|part| said::hear(part, target, losses, &mut said));
    if !said.is_empty() {
        user_message(&said, w);
    }
}

fn user_message(said: &[Said<'_>], w: &mut Writer<'_>) {
    w.object(|w| {
        w.key("role").str("user");
        w.key("content");
        said::write(said, w);
    });
}

fn result<'a>(
    answer: &'a CallResult,
    target: &Target<'_>,
    losses: &mut Losses,
    shown: &mut Vec<Said<'a>>,
    w: &mut Writer<'_>,
) {
    let texts = said::hear_result(&answer.content, target, losses, shown);
    let told = texts.first().is_some_and(|text| text.stored().starts_with(b"Error:"));
    let marks_error = answer.is_error == Some(true) && !told;
    w.object(|w| {
        w.key("role").str("tool");
        w.key("tool_call_id").text(&answer.call_id);
        w.key("content").string(|out| {
            if marks_error {
                out.extend_from_slice(b"Error: ");
            }
            for (number, text) in texts.iter().enumerate() {
                if number > 0 {
                    out.extend_from_slice(b"\\n");
                }
                text.write_escaped(out);
            }
        });
    });
}

/// An assistant turn: its texts as one string, its calls, and its thinking where the backend wants it back. A turn
/// that has none of these is left out.
fn assistant(turn: &Message, target: &Target<'_>, losses: &mut Losses, w: &mut Writer<'_>) {
    let bare;
    let parts = match &turn.content {
        Content::Parts(parts) => parts,
        Content::Absent => return,
        Content::Text(text) => {
            bare = vec![Part::text(text.clone())];
            &bare
        }
    };
    let mut said = Vec::with_capacity(parts.len());
    parts.iter().for_each(|part| said::hear(part, target, losses, &mut said));
    let texts: Vec<&Text> =
        said.iter().filter_map(|one| if let Said::Text(text) = one { Some(text) } else { None }).collect();
    let thoughts: Vec<&Text> =
        parts.iter().filter_map(thought).filter(|_| target.reasoning_history).collect();
    let has_calls = parts.iter().any(|part| matches!(part.kind, PartKind::Call(_)));
    if texts.is_empty() && thoughts.is_empty() && !has_calls {
        return;
    }
    w.object(|w| {
        w.key("role").str("assistant");
        w.key("content");
        if texts.is_empty() {
            w.null();
        } else {
            super::joined(texts, w);
        }
        if !thoughts.is_empty() {
            w.key("reasoning_content");
            super::joined(thoughts, w);
        }
        if has_calls {
            w.key("tool_calls").array(|w| calls(parts, w));
        }
    });
}

fn thought(part: &Part) -> Option<&Text> {
    match &part.kind {
        PartKind::Thinking(thought) if !thought.is_empty() => Some(thought),
        _ => None,
    }
}

fn calls(parts: &[Part], w: &mut Writer<'_>) {
    for part in parts {
        let PartKind::Call(call) = &part.kind else { continue };
        w.object(|w| {
            w.key("id").text(&call.id);
            w.key("type").str("function");
            w.key("function").object(|w| {
                w.key("name").text(&call.name);
                w.key("arguments").text(&arguments(call));
            });
        });
    }
}
