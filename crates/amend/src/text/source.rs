//! A text and the places in it: characters and bytes, lines, columns, and what may be skipped.

/// How a text writes comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comments {
    /// From `#` to the end of the line.
    Hash,
    /// From `//` to the end of the line, and between `/*` and `*/`.
    Slashes,
}

/// A text with an index of its characters.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) text: String,
    /// The byte offset of every character; empty where all are ASCII.
    characters: Vec<usize>,
    /// How its lines end.
    pub(crate) line_end: &'static str,
    comments: Comments,
}

impl Source {
    pub(crate) fn of(text: &str, comments: Comments) -> Self {
        let characters =
            if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(at, _)| at).collect() };
        let first = text.find('\n').map(|at| text[..at].ends_with('\r'));
        let line_end = if first == Some(true) { "\r\n" } else { "\n" };
        Self { text: text.to_owned(), characters, line_end, comments }
    }

    /// The byte offset of a character.
    pub(crate) fn byte(&self, character: usize) -> usize {
        if self.characters.is_empty() {
            return character.min(self.text.len());
        }
        self.characters.get(character).copied().unwrap_or(self.text.len())
    }

    /// The line of a place, counted from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        1 + self.text[..at].matches('\n').count()
    }

    /// Where the line of a place begins.
    pub(crate) fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// Where the line of a place ends, its line end not included.
    pub(crate) fn line_stop(&self, at: usize) -> usize {
        let stop = self.text[at..].find('\n').map_or(self.text.len(), |length| at + length);
        if stop > at && self.text[..stop].ends_with('\r') && stop < self.text.len() { stop - 1 } else { stop }
    }

    /// The column of a place in characters, counted from 0.
    pub(crate) fn column(&self, at: usize) -> usize {
        self.text[self.line_start(at)..at].chars().filter(|character| *character != '\u{feff}').count()
    }

    /// Whether two places are on one line.
    pub(crate) fn same_line(&self, left: usize, right: usize) -> bool {
        !self.text[left.min(right)..left.max(right)].contains('\n')
    }

    /// The next place that is neither blank nor comment.
    pub(crate) fn skip(&self, from: usize) -> usize {
        let mut at = from;
        loop {
            let rest = &self.text[at..];
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{feff}']).len();
            at += blank;
            let rest = &self.text[at..];
            at = match self.comments {
                Comments::Hash if rest.starts_with('#') => self.line_stop(at),
                Comments::Slashes if rest.starts_with("//") => self.line_stop(at),
                Comments::Slashes if rest.starts_with("/*") => {
                    rest.find("*/").map_or(self.text.len(), |length| at + length + 2)
                }
                _ => return at,
            };
        }
    }

    /// The next place on the same line that is not blank.
    pub(crate) fn skip_blanks(&self, from: usize) -> usize {
        let rest = &self.text[from..];
        from + (rest.len() - rest.trim_start_matches([' ', '\t']).len())
    }

    /// The next place that is neither blank nor comment nor an anchor or a tag.
    pub(crate) fn skip_properties(&self, from: usize) -> usize {
        let mut at = self.skip(from);
        while self.text[at..].starts_with(['&', '!']) {
            let rest = &self.text[at..];
            at = self.skip(at + rest.find(char::is_whitespace).unwrap_or(rest.len()));
        }
        at
    }

    /// Where a text in quotes ends.
    pub(crate) fn past_quotes(&self, open: usize) -> usize {
        let bytes = self.text.as_bytes();
        let quote = bytes.get(open).copied().unwrap_or(b'"');
        let mut at = open + 1;
        while let Some(byte) = bytes.get(at) {
            let is_doubled = quote == b'\'' && bytes.get(at + 1) == Some(&quote);
            at += match *byte {
                b'\\' if quote == b'"' => 2,
                byte if byte == quote && is_doubled => 2,
                byte if byte == quote => return at + 1,
                _ => 1,
            };
        }
        bytes.len()
    }

    /// The text with other words in place of a range.
    pub(crate) fn spliced(&self, range: std::ops::Range<usize>, words: &str) -> String {
        [&self.text[..range.start], words, &self.text[range.end..]].concat()
    }
}
