//! The text that leads into a candidate: whether it presents what follows as an example.

use std::borrow::Cow;

/// How much of the text before a candidate is remembered, in bytes.
const KEPT: usize = 240;

/// Words with which a sentence presents an example, in any case.
const CUES: &[&str] = &[
    "for example",
    "for instance",
    "e.g.",
    "e.g",
    "such as",
    "the format is",
    "format is:",
    "would look like",
    "looks like this",
    "look like this",
    "looks like:",
    "look like:",
    "an example of",
    "as an example",
    "example:",
    "examples:",
    "an example call",
    "example of a",
    "written as",
    "would write",
    "could write",
    "might write",
    "can write",
    "you would use",
    "is documented",
    "are documented",
    "in the form",
    "of the form",
    "format like",
    "syntax is",
    "syntax:",
    "convention is",
    "zum beispiel",
    "par exemple",
    "por ejemplo",
    "例えば",
    "たとえば",
    "例如",
    "比如",
];

/// The end of the visible text so far.
#[derive(Debug, Default)]
pub(super) struct Lead {
    text: String,
}

impl Lead {
    /// Takes in text that went out.
    pub(super) fn push(&mut self, text: &str) {
        if text.len() >= KEPT {
            self.text.clear();
            self.text.push_str(&text[boundary(text, text.len() - KEPT)..]);
            return;
        }
        if self.text.len() + text.len() > KEPT * 4 {
            let cut = boundary(&self.text, self.text.len() - KEPT);
            self.text.drain(..cut);
        }
        self.text.push_str(text);
    }

    /// Forgets it: what follows is not led into by it.
    pub(super) fn clear(&mut self) {
        self.text.clear();
    }

    /// The last character that is no white space, if there is one on this line.
    pub(super) fn last_char(&self) -> Option<char> {
        self.text.chars().next_back()
    }

    /// Whether the sentence before presents what follows, after `more` text, as an example.
    pub(super) fn presents_example(&self, more: &str) -> bool {
        let all = match (self.text.as_str(), more) {
            ("", more) => Cow::Borrowed(more),
            (text, "") => Cow::Borrowed(text),
            (text, more) => Cow::Owned(format!("{text}{more}")),
        };
        let trimmed = all.trim_end();
        if trimmed.is_empty() {
            return false;
        }
        let own_line = all[trimmed.len()..].contains('\n');
        // A sentence that has ended on the same line leads into nothing.
        if !own_line && trimmed.ends_with(['.', '!', '?', '。']) && !ends_in_for_example(trimmed) {
            return false;
        }
        let line = memchr::memrchr(b'\n', trimmed.as_bytes()).map_or(trimmed, |end| &trimmed[end + 1..]);
        holds_cue(last_sentence(line))
    }
}

fn ends_in_for_example(text: &str) -> bool {
    text.len().checked_sub(4).is_some_and(|at| text.as_bytes()[at..].eq_ignore_ascii_case(b"e.g."))
}

/// Whether a sentence holds a cue at the beginning of a word, or in a script without blanks.
fn holds_cue(sentence: &str) -> bool {
    let bytes = sentence.as_bytes();
    let begins = |at: usize| at == 0 || !bytes[at - 1].is_ascii_alphanumeric() || bytes[at] >= 0x80;
    let is_cue = |text: &[u8], cue: &str| {
        text.get(..cue.len()).is_some_and(|it| it.eq_ignore_ascii_case(cue.as_bytes()))
    };
    bytes.windows(2).enumerate().any(|(at, two)| {
        PAIRS[usize::from(two[0])] & pair(two[1]) != 0
            && begins(at)
            && CUES.iter().any(|cue| is_cue(&bytes[at..], cue))
    })
}

/// For each byte that begins a cue, a set of those that may come second: few pairs in prose pass it.
const PAIRS: [u32; 256] = {
    let mut pairs = [0; 256];
    let mut at = 0;
    while at < CUES.len() {
        let cue = CUES[at].as_bytes();
        pairs[cue[0] as usize] |= pair(cue[1]);
        pairs[cue[0].to_ascii_uppercase() as usize] |= pair(cue[1]);
        at += 1;
    }
    pairs
};

/// A bit for a byte, the same for a letter in both cases.
const fn pair(byte: u8) -> u32 {
    1 << (byte & 31)
}

/// What stands behind the last mark that ends a sentence.
fn last_sentence(line: &str) -> &str {
    let body = line.trim_end_matches(['.', '!', '?', ' ', ':']);
    let from = body.rmatch_indices(['.', '!', '?', '。']).find_map(|(at, mark)| {
        let end = at + mark.len();
        let abbreviation = ["e.g", "i.e", " e"].iter().any(|it| body[..at].ends_with(it));
        ((body[end..].starts_with(' ') || mark == "。") && !abbreviation).then_some(end)
    });
    &line[from.unwrap_or(0)..]
}

/// The first character boundary at or behind a place.
fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}
