//! The text that leads into a candidate: whether it presents what follows as an example.

/// How much of the text before a candidate is remembered, in bytes.
const KEPT: usize = 240;

/// Words with which a sentence presents an example, lower case.
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
        let all = format!("{}{more}", self.text);
        let trimmed = all.trim_end();
        if trimmed.is_empty() {
            return false;
        }
        let own_line = all[trimmed.len()..].contains('\n') || trimmed.is_empty();
        // A sentence that has ended on the same line leads into nothing.
        let ended = trimmed.ends_with(['.', '!', '?', '。']) && !trimmed.to_lowercase().ends_with("e.g.");
        if ended && !own_line {
            return false;
        }
        let paragraph = trimmed.rsplit("\n\n").next().unwrap_or_default();
        let line = paragraph.rsplit('\n').next().unwrap_or_default();
        let sentence = last_sentence(line).to_lowercase();
        holds_cue(&sentence)
    }
}

/// Whether a sentence in lower case holds a cue at the beginning of a word, or in a script without blanks.
fn holds_cue(sentence: &str) -> bool {
    let bytes = sentence.as_bytes();
    let begins = |at: usize| at == 0 || !bytes[at - 1].is_ascii_alphanumeric() || bytes[at] >= 0x80;
    (0..bytes.len()).filter(|at| begins(*at)).any(|at| {
        CUES.iter().any(|cue| cue.as_bytes()[0] == bytes[at] && bytes[at..].starts_with(cue.as_bytes()))
    })
}

fn last_sentence(line: &str) -> &str {
    let body = line.trim_end_matches(['.', '!', '?', ' ', ':']);
    let mut from = 0;
    for (at, mark) in body.match_indices(['.', '!', '?', '。']) {
        let behind = &body[at + mark.len()..];
        let abbreviation =
            body[..at].ends_with("e.g") || body[..at].ends_with("i.e") || body[..at].ends_with(" e");
        if (behind.starts_with(' ') || mark == "。") && !abbreviation {
            from = at + mark.len();
        }
    }
    &line[from..]
}

/// The first character boundary at or behind a place.
fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}
