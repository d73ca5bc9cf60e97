//! A prompt as digests: one for each beginning of it that ends with a text, or with 256 bytes of a long one.

use crate::conversation::{BILLING_LINE, is_instruction};
use crate::digest::Digest;
use crate::estimate::ToolContent;
use crate::prompt::{self, Measure};
use canon::request::{Request, Role};
use canon::text::{Json, Text};
use std::sync::Arc;

/// How long a stretch is at most, in bytes.
pub const STRETCH: usize = 256;

/// The most stretches of a fingerprint: a megabyte of long texts. What stands behind is not compared.
pub const MARKS_LIMIT: usize = 4_096;

/// What a place in a prompt belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The attribution line in front of Claude Code's instructions.
    BillingLine,
    /// Instructions.
    System,
    /// Tool definitions.
    Tools,
    /// Turns.
    Messages,
}

impl Part {
    /// Its name in facts.
    pub fn name(self) -> &'static str {
        match self {
            Self::BillingLine => "billing-line",
            Self::System => "system",
            Self::Tools => "tools",
            Self::Messages => "messages",
        }
    }
}

/// A prompt as digests of its beginnings. Cloning copies nothing.
#[derive(Clone, Debug)]
pub struct Fingerprint {
    marks: Arc<Vec<Mark>>,
    turns: usize,
}

/// One stretch.
#[derive(Clone, Copy, Debug)]
struct Mark {
    /// Of everything up to its end.
    digest: u64,
    /// Where it begins.
    at: u64,
    part: Part,
}

impl Fingerprint {
    /// The fingerprint of what a provider gets. Markers, ids and what the model thought are no part of it: they move
    /// without harm.
    pub fn of(request: &Request) -> Self {
        // Hardly more than there will be: the body has all of the prompt.
        let room =
            request.source.as_ref().map_or(0, |source| source.body.len() / STRETCH) + request.messages.len();
        let marks = Vec::with_capacity(room.min(MARKS_LIMIT));
        let mut writer = Writer { marks, digest: Digest::default(), at: 0, part: Part::System };
        prompt::measure_system(request, ToolContent::Counted, &mut writer);
        let turns = &request.messages;
        let front = turns.iter().take_while(|turn| is_instruction(turn.role)).count();
        turns[..front].iter().for_each(|turn| prompt::measure_turn(turn, ToolContent::Counted, &mut writer));
        writer.part = Part::Tools;
        prompt::measure_tools(request, &mut writer);
        writer.part = Part::Messages;
        for turn in &turns[front..] {
            writer.digest.write(&[role(turn.role)]);
            prompt::measure_turn(turn, ToolContent::Counted, &mut writer);
        }
        Self { marks: writer.marks.into(), turns: turns.len() }
    }

    /// Where it does not begin with an earlier prompt, if it is one that has grown.
    pub(super) fn breaks_with(&self, earlier: &Self) -> Option<super::Break> {
        if self.turns < earlier.turns {
            return None;
        }
        let pairs = self.marks.iter().zip(earlier.marks.iter());
        let differing = pairs.into_iter().find(|(new, old)| new.digest != old.digest);
        if let Some((new, old)) = differing {
            let part = if old.part == Part::BillingLine { old.part } else { new.part };
            return Some(super::Break { at: new.at, part });
        }
        let missing = earlier.marks.get(self.marks.len())?;
        Some(super::Break { at: missing.at, part: missing.part })
    }
}

fn role(role: Role) -> u8 {
    match role {
        Role::System => 0,
        Role::Developer => 1,
        Role::User => 2,
        Role::Assistant => 3,
        Role::Tool => 4,
    }
}

struct Writer {
    marks: Vec<Mark>,
    digest: Digest,
    at: u64,
    part: Part,
}

impl Writer {
    fn write(&mut self, bytes: &[u8], part: Part) {
        for stretch in bytes.chunks(STRETCH) {
            if self.marks.len() >= MARKS_LIMIT {
                return;
            }
            self.digest.write(stretch);
            self.marks.push(Mark { digest: self.digest.value(), at: self.at, part });
            self.at += stretch.len() as u64;
        }
    }
}

impl Measure for Writer {
    fn text(&mut self, text: &Text) {
        let is_line = self.part == Part::System && text.stored().starts_with(BILLING_LINE);
        self.write(text.stored(), if is_line { Part::BillingLine } else { self.part });
    }

    fn json(&mut self, value: &Json) {
        self.write(value.bytes(), self.part);
    }

    fn thinking(&mut self, _: &Text) {}
}
