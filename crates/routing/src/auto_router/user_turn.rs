//! The turn of a conversation in which its user spoke last, and what stands in it.

use crate::scalars::{Kind, each_scalar};
use canon::escape::unescape;
use canon::request::{Content, Message, Part, PartKind, Request, Role};
use canon::text::{Json, Text};
use std::borrow::Cow;
use std::ops::ControlFlow;

/// The latest user turn that says something itself; where none does, the latest user turn.
///
/// In an agent's loop the newest user turn holds nothing but results of tools. What the user wants stands further up,
/// and rules must not change their mind with every call.
pub(super) fn latest(request: &Request) -> Option<&Message> {
    let mut turns =
        request.messages.iter().rev().filter(|turn| turn.role == Role::User).map(|turn| -> &Message { turn });
    let newest = turns.next()?;
    if speaks(newest) { Some(newest) } else { Some(turns.find(|turn| speaks(turn)).unwrap_or(newest)) }
}

/// Whether there is anything in a turn beside results of tools and what a client reminds the model of beside them.
fn speaks(turn: &Message) -> bool {
    let Content::Parts(parts) = &turn.content else { return turn.content != Content::Absent };
    let is_result = |part: &Part| matches!(part.kind, PartKind::CallResult(_));
    let has_results = parts.iter().any(is_result);
    !has_results || parts.iter().any(|part| !is_result(part) && !is_reminder(part))
}

/// Whether a part is what Claude Code adds to turns of its own accord.
fn is_reminder(part: &Part) -> bool {
    matches!(&part.kind, PartKind::Text(text) if text.stored().starts_with(b"<system-reminder>"))
}

/// Whether there is a picture in a turn.
pub(super) fn has_image(turn: &Message) -> bool {
    const IMAGES: [&str; 3] = ["image", "image_url", "input_image"];
    let Content::Parts(parts) = &turn.content else { return false };
    parts.iter().any(|part| match &part.kind {
        PartKind::Image(_) => true,
        PartKind::Opaque(name, _) => IMAGES.iter().any(|image| name.is(image)),
        _ => false,
    })
}

/// The text of a turn: its texts joined by line ends, those of parts nobody knows too.
pub(super) fn text(turn: &Message) -> Cow<'_, str> {
    let parts = match &turn.content {
        Content::Absent => return Cow::Borrowed(""),
        Content::Text(text) => return text.read(),
        Content::Parts(parts) => parts,
    };
    let mut texts = parts.iter().filter_map(part_text);
    let Some(mut joined) = texts.next() else { return Cow::Borrowed("") };
    for text in texts {
        let joined = joined.to_mut();
        joined.push('\n');
        joined.push_str(&text);
    }
    joined
}

fn part_text(part: &Part) -> Option<Cow<'_, str>> {
    match &part.kind {
        PartKind::Text(text) => Some(Text::read(text)),
        PartKind::Opaque(_, whole) => opaque_text(whole),
        _ => None,
    }
}

/// The `text` of a part whose type has no word, where that is a string.
fn opaque_text(whole: &Json) -> Option<Cow<'_, str>> {
    let mut found = None;
    let _ = each_scalar(whole.bytes(), |scalar| {
        if scalar.kind == Kind::Text && scalar.depth == 1 && scalar.key == b"text" {
            found = Some(unescape(scalar.inside));
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    found
}
