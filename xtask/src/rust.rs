//! Just enough reading of Rust text for the checks: what is code, where functions,
//! tests and imports are. No parser: the compiler has already said that the text is Rust.

pub(crate) mod functions;
pub(crate) mod imports;
pub(crate) mod mask;
pub(crate) mod tests_in;

use std::ops::Range;

/// Line numbers, from 1, of byte offsets in one text.
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    /// Notes where each line of `text` ends.
    pub(crate) fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    /// The line that holds the byte at `offset`.
    pub(crate) fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|end| *end < offset) + 1
    }
}

/// Whether a byte can be part of an identifier; bytes of non-ASCII letters count.
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The identifier that starts at `at`; empty where none does.
pub(crate) fn word_at(code: &str, at: usize) -> &str {
    let rest = &code[at..];
    let end = rest.bytes().position(|byte| !is_word(byte)).unwrap_or(rest.len());
    &rest[..end]
}

/// The first offset from `at` on that is not blank.
pub(crate) fn skip_blank(code: &str, at: usize) -> usize {
    at + (code[at..].len() - code[at..].trim_start().len())
}

/// Offsets of `word` in `code` where it stands alone as an identifier.
pub(crate) fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let bytes = code.as_bytes();
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = at.checked_sub(1).is_none_or(|before| !is_word(bytes[before]));
        before && bytes.get(at + word.len()).is_none_or(|after| !is_word(*after))
    })
}

/// The block that opens with the `{` at `open`, braces included; to the end of the text where it never closes.
pub(crate) fn block(code: &str, open: usize) -> Range<usize> {
    let mut depth = 0_usize;
    for (offset, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 {
            return open..offset + 1;
        }
    }
    open..code.len()
}
