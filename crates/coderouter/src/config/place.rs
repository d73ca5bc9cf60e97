//! Places in a text: byte ranges, and the line and column people count in.

/// A range of bytes in a file's text, on character boundaries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Place {
    /// From this place's start to the other's end.
    pub(crate) fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end.max(self.end) }
    }
}

/// Turns the parser's character counts into byte offsets.
#[derive(Debug, Default)]
pub(crate) struct Offsets {
    len: usize,
    /// The byte offset of every character; empty where the text is ASCII and both counts agree.
    starts: Vec<u32>,
}

impl Offsets {
    pub(crate) fn of(text: &str) -> Self {
        let starts = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(start, _)| u32::try_from(start).unwrap_or(u32::MAX)).collect()
        };
        Self { len: text.len(), starts }
    }

    pub(crate) fn place(&self, start: usize, end: usize) -> Place {
        let (start, end) = (self.byte(start), self.byte(end));
        Place { start, end: end.max(start) }
    }

    fn byte(&self, index: usize) -> usize {
        if self.starts.is_empty() {
            return index.min(self.len);
        }
        self.starts.get(index).map_or(self.len, |start| *start as usize)
    }
}

/// A text with the beginnings of its lines.
#[derive(Clone, Debug)]
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

/// The one line in which a place begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// Counted from 1.
    pub(crate) number: usize,
    /// In characters, counted from 1.
    pub(crate) column: usize,
    /// The line without its end.
    pub(crate) text: &'a str,
    /// Where the line begins in the whole text.
    pub(crate) start: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self { text, starts: std::iter::once(0).chain(newlines.map(|(index, _)| index + 1)).collect() }
    }

    pub(crate) fn line(&self, place: Place) -> Line<'a> {
        let at = self.text.floor_char_boundary(place.start);
        let number = self.starts.partition_point(|start| *start <= at).max(1);
        let start = self.starts[number - 1];
        let rest = &self.text[start..];
        let end = self.starts.get(number).map_or(rest.len(), |next| next - start);
        Line {
            number,
            column: self.text[start..at].chars().count() + 1,
            text: rest[..end].trim_end_matches(['\n', '\r']),
            start,
        }
    }
}
