//! The pieces of a request that privacy rules look at: every text in it, and for each whether it may name files.
//! What tools are declared is none of it: it comes from the client's program, not from the user's files.

use crate::scalars::{Kind, each_scalar};
use canon::escape::unescape;
use canon::extra::Extra;
use canon::request::{Arguments, Content, Media, MediaData, Part, PartKind, Request};
use canon::text::{Json, Text};
use memchr::memmem;
use std::ops::ControlFlow;

/// A text of a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Piece<'a> {
    /// Something said, which names no files.
    Said(&'a str),
    /// Something that may be a path as a whole.
    Value(&'a str),
    /// A command or a patch: any word of it may be a path.
    Command(&'a str),
    /// What a tool answered: any line of it may begin with a path.
    Result(&'a str),
}

/// Which pieces are wanted. Those that nobody wants are not even read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of them.
    Everything,
    /// Those that may name files.
    WhatNamesFiles,
}

/// Arguments whose value is a command, a script or a patch.
const COMMANDS: [&[u8]; 6] = [b"command", b"cmd", b"script", b"code", b"input", b"patch"];

/// Shows every piece, from the front of the request to its end, until `see` breaks off.
pub(super) fn each_piece<B>(
    request: &Request,
    wanted: Wanted,
    see: impl FnMut(Piece<'_>) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let mut walk = Walk { wanted, see };
    if let Some(system) = &request.system {
        walk.content(system, Place::Turn)?;
    }
    request.messages.iter().try_for_each(|turn| {
        walk.content(&turn.content, Place::Turn)?;
        walk.extra(&turn.extra)
    })
}

impl<'a> Piece<'a> {
    /// Its text.
    pub(super) fn text(self) -> &'a str {
        match self {
            Self::Said(text) | Self::Value(text) | Self::Command(text) | Self::Result(text) => text,
        }
    }
}

/// Where content stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Turn,
    ToolResult,
}

struct Walk<F> {
    wanted: Wanted,
    see: F,
}

impl<B, F: FnMut(Piece<'_>) -> ControlFlow<B>> Walk<F> {
    fn content(&mut self, content: &Content, place: Place) -> ControlFlow<B> {
        match content {
            Content::Absent => ControlFlow::Continue(()),
            Content::Text(text) => self.text(text, place),
            Content::Parts(parts) => parts.iter().try_for_each(|part| self.part(part, place)),
        }
    }

    fn part(&mut self, part: &Part, place: Place) -> ControlFlow<B> {
        match &part.kind {
            PartKind::Text(text) => self.text(text, place),
            PartKind::Thinking(text) | PartKind::Refusal(text) => self.said(text),
            PartKind::Image(media) | PartKind::Document(media) | PartKind::Audio(media) => self.media(media),
            PartKind::Call(call) => self.arguments(&call.arguments),
            PartKind::CallResult(result) => self.content(&result.content, Place::ToolResult),
            PartKind::Opaque(_, whole) => self.json(whole.bytes()),
            PartKind::Redacted(_) => ControlFlow::Continue(()),
        }?;
        self.extra(&part.extra)
    }

    fn text(&mut self, text: &Text, place: Place) -> ControlFlow<B> {
        if place == Place::ToolResult {
            return (self.see)(Piece::Result(&text.read()));
        }
        self.said(text)?;
        self.reported_calls(text)
    }

    fn said(&mut self, text: &Text) -> ControlFlow<B> {
        match self.wanted {
            Wanted::Everything => (self.see)(Piece::Said(&text.read())),
            Wanted::WhatNamesFiles => ControlFlow::Continue(()),
        }
    }

    /// Where a user names a file with `@`, Claude Code reads it by itself and tells of that in a text of its own, be it
    /// a block of the user's turn or a turn of the system.
    fn reported_calls(&mut self, text: &Text) -> ControlFlow<B> {
        const REPORT: &str = "tool with the following input: ";
        // Escaped or not, these words are the same.
        if memmem::find(text.stored(), REPORT.as_bytes()).is_none() {
            return ControlFlow::Continue(());
        }
        let text = text.read();
        let inputs = text.match_indices(REPORT).map(|(at, report)| &text[at + report.len()..]);
        inputs.filter_map(|rest| rest.lines().next()).try_for_each(|input| self.json(input.as_bytes()))
    }

    fn media(&mut self, media: &Media) -> ControlFlow<B> {
        if let Some(name) = &media.name {
            (self.see)(Piece::Value(&name.read()))?;
        }
        match &media.data {
            MediaData::Url(text) => (self.see)(Piece::Value(&text.read())),
            MediaData::Plain(text) => self.said(text),
            MediaData::Opaque(value) => self.json(value.bytes()),
            MediaData::Base64 { .. } | MediaData::File(_) => ControlFlow::Continue(()),
        }?;
        self.extra(&media.extra)
    }

    fn arguments(&mut self, arguments: &Arguments) -> ControlFlow<B> {
        match arguments {
            Arguments::Value(value) => self.json(value.bytes()),
            Arguments::Text(text) => {
                let text = text.read();
                if !text.trim_start().starts_with(['{', '[']) {
                    return (self.see)(Piece::Command(&text));
                }
                // It may be broken JSON, in which strings are not where they seem to be.
                (self.see)(Piece::Said(&text))?;
                self.json(text.as_bytes())
            }
        }
    }

    fn extra(&mut self, extra: &Extra) -> ControlFlow<B> {
        extra.fields.iter().try_for_each(|(_, value): &(Text, Json)| self.json(value.bytes()))
    }

    /// The strings of a JSON value by what their keys say about them; for a rule about content numbers are text too.
    fn json(&mut self, value: &[u8]) -> ControlFlow<B> {
        let mut found = None;
        let _ = each_scalar(value, |scalar| {
            let text = unescape(scalar.inside);
            let piece = match scalar.kind {
                Kind::Text if scalar.key.is_empty() || COMMANDS.contains(&scalar.key) => {
                    Piece::Command(&text)
                }
                Kind::Text => Piece::Value(&text),
                Kind::Key | Kind::Bare => Piece::Said(&text),
            };
            match (self.see)(piece) {
                ControlFlow::Continue(()) => ControlFlow::Continue(()),
                ControlFlow::Break(value) => {
                    found = Some(value);
                    ControlFlow::Break(())
                }
            }
        });
        found.map_or(ControlFlow::Continue(()), ControlFlow::Break)
    }
}
