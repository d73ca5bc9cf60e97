//! How many tokens a prompt has, roughly: a quarter of its characters, and one for each Chinese, Japanese or
//! Korean character. No tokenizer lives here.

use crate::prompt::{self, Measure};
use canon::config::Config;
use canon::escape::hex4;
use canon::request::{Message, Request};
use canon::text::{Json, Text};

/// Whether tool calls, tool results and thinking count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolContent {
    /// They do, as they should.
    Counted,
    /// They don't, as in old versions of the Python program.
    LeftOut,
}

impl ToolContent {
    /// What the configuration says.
    pub fn under(config: &Config) -> Self {
        if config.estimate_counts_tool_content { Self::Counted } else { Self::LeftOut }
    }
}

/// Estimates the prompt of a request in tokens: never 0 where there is any text. Pictures, sound and what nobody
/// can read count nothing; tool definitions always count.
pub fn estimate_tokens(request: &Request, tool_content: ToolContent) -> u64 {
    let turns = request.messages.iter().map(|message| weigh_turn(message, tool_content));
    tokens(weigh_front(request, tool_content) + turns.sum::<u64>())
}

/// A quarter of the characters of a prompt, whatever script they are in: what the Python program takes for its tokens.
pub fn estimate_by_length(request: &Request, tool_content: ToolContent) -> u64 {
    let mut length = Length(0);
    prompt::measure(request, tool_content, &mut length);
    length.0 / 4
}

/// Counts characters; in JSON an escape is as long as it is written.
struct Length(u64);

impl Measure for Length {
    fn text(&mut self, text: &Text) {
        self.0 += text.read().chars().count() as u64;
    }

    fn json(&mut self, value: &Json) {
        self.0 += String::from_utf8_lossy(value.bytes()).chars().count() as u64;
    }
}

/// Weighs what stands beside the turns, the system text and the tool definitions, in quarters of a token.
pub(crate) fn weigh_front(request: &Request, tool_content: ToolContent) -> u64 {
    let mut scale = Scale::default();
    prompt::measure_front(request, tool_content, &mut scale);
    scale.quarters
}

/// Weighs one turn in quarters of a token.
pub(crate) fn weigh_turn(turn: &Message, tool_content: ToolContent) -> u64 {
    let mut scale = Scale::default();
    prompt::measure_turn(turn, tool_content, &mut scale);
    scale.quarters
}

/// Estimates a text by itself in tokens, by the same measure.
pub fn estimate_text(text: &str) -> u64 {
    tokens(text.chars().map(|c| weight(u32::from(c))).sum())
}

/// Quarters as whole tokens: 0 only for nothing.
pub(crate) fn tokens(quarters: u64) -> u64 {
    if quarters == 0 { 0 } else { (quarters / 4).max(1) }
}

/// Weighs characters in quarters of a token.
#[derive(Default)]
struct Scale {
    quarters: u64,
}

impl Measure for Scale {
    fn text(&mut self, text: &Text) {
        self.weigh(text.stored());
    }

    fn json(&mut self, value: &Json) {
        self.weigh(value.bytes());
    }
}

impl Scale {
    /// Weighs text as it lies, in one pass: an escape counts as the character it stands for.
    fn weigh(&mut self, bytes: &[u8]) {
        if bytes.is_ascii() && !bytes.contains(&b'\\') {
            self.quarters += bytes.len() as u64;
            return;
        }
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            let (code, length) = match (byte, after.split_first()) {
                (b'\\', Some((b'u', digits))) => match hex4(digits) {
                    Some((code, _)) => (code, 6),
                    None => (u32::from(byte), 1),
                },
                (b'\\', Some(_)) => (u32::from(byte), 2),
                _ => scalar(rest),
            };
            self.quarters += weight(code);
            rest = &rest[length.min(rest.len())..];
        }
    }
}

/// The character at the start of UTF-8 text and its length; a stray byte is a character of its own.
fn scalar(bytes: &[u8]) -> (u32, usize) {
    let tail = |place: usize| bytes.get(place).map_or(0, |byte| u32::from(byte & 0x3f));
    match bytes.first().map_or(0, |byte| u32::from(*byte)) {
        lead @ 0xe0..=0xef => ((lead & 0x0f) << 12 | tail(1) << 6 | tail(2), 3),
        lead @ 0xf0..=0xf7 => ((lead & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4),
        lead @ 0xc0..=0xdf => ((lead & 0x1f) << 6 | tail(1), 2),
        lead => (lead, 1),
    }
}

/// Chinese, Japanese and Korean characters are about one token each with the tokenizers of today's models.
fn weight(code: u32) -> u64 {
    if is_cjk(code) { 4 } else { 1 }
}

/// Whether a character is Chinese, Japanese or Korean, the punctuation and full-width forms of these scripts included.
pub(crate) fn is_cjk(code: u32) -> bool {
    matches!(
        code,
        0x1100..=0x11ff
            | 0x3000..=0x30ff
            | 0x3400..=0x4dbf
            | 0x4e00..=0x9fff
            | 0xac00..=0xd7a3
            | 0xf900..=0xfaff
            | 0xff00..=0xffef
            | 0x20000..=0x2a6df
    )
}

#[cfg(test)]
mod tests;
