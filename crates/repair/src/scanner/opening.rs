//! Where a candidate begins, seen from the mark that gives it away, and how much of a text can't be part of one.

use crate::candidate;
use crate::cursor::{Cursor, Edge, Read};
use crate::markup::{self, Role};

/// The longest word that begins a call anywhere, in bytes.
const LONGEST_WORD: usize = 24;

/// Where the candidate that the mark at `seek` belongs to begins, if there may be one.
///
/// # Errors
/// If more must come to tell.
pub(super) fn beginning(text: &str, seek: usize, edge: Edge) -> Read<Option<usize>> {
    let before = &text[..seek];
    let cursor = Cursor::new(text, seek, edge);
    let word = |word: &str| {
        let at = before.len().checked_sub(word.len())?;
        (before.ends_with(word) && !ends_in_word(&before[..at])).then_some(at)
    };
    Ok(match text.as_bytes()[seek] {
        b'<' | b'{' | b'`' | b'~' => Some(seek),
        b'[' => Some(word("functools").or_else(|| word("functools ")).unwrap_or(seek)),
        b'>' if !before.ends_with(['>', '|', '/', '"']) => cursor.begins(">>>")?.then_some(seek),
        b':' => word("call"),
        b'=' => word("invoke name").or_else(|| header_word(before)).or_else(|| word("to")),
        b']' => cursor.begins("]<]minimax[>[")?.then_some(seek),
        b'\\' => (cursor.begins("\\u003c")? || cursor.begins("\\u003C")?).then_some(seek),
        b'&' => cursor.begins("&lt;")?.then_some(seek),
        0xe2 => cursor.begins("◁")?.then_some(seek),
        _ => None,
    })
}

/// Where the header of a Harmony message begins whose special tokens were stripped.
fn header_word(before: &str) -> Option<usize> {
    let stem = before.strip_suffix("to")?.trim_end_matches([' ', '?']);
    let at = ["commentary", "analysis", "assistant"].iter().find_map(|word| stem.strip_suffix(word))?.len();
    let at = before[..at].strip_suffix("assistant").map_or(at, str::len);
    (!ends_in_word(&before[..at])).then_some(at)
}

/// Whether a text that was cut off begins with markup of calls, or with the beginning of it.
pub(super) fn is_markup(text: &str) -> bool {
    const WHOLE: &[&str] = &["[TOOL_CALLS]", "functools["];
    const NAMES: &[&str] = &["toolcalls", "functioncalls", "functioncall", "invokename", "dsml", "gcml", "minimaxtoolcall", "seedtoolcall"];
    if WHOLE.iter().any(|word| text.starts_with(word)) {
        return true;
    }
    let opens = |tag: markup::Tag<'_>| match tag.role() {
        Some(Role::Call | Role::Section) => true,
        Some(Role::Named) => tag.title().is_some(),
        Some(Role::Harmony) => text.contains("to="),
        _ => false,
    };
    match markup::tag(Cursor::new(text, 0, Edge::Cut)) {
        Ok(Some(tag)) => opens(tag),
        Ok(None) => false,
        Err(_) => {
            let folded = markup::fold(&text[..text.len().min(64)]);
            let begun = folded.len() >= 4 && NAMES.iter().any(|name| name.starts_with(&folded) || folded.starts_with(name));
            begun || text.contains("tool=\"")
        }
    }
}

fn ends_in_word(text: &str) -> bool {
    text.ends_with(|it: char| it.is_alphanumeric() || it == '_')
}

/// Up to where the text from `from` on is certain to be text: blanks and the beginning of a word are left out.
pub(super) fn safe_end(text: &str, from: usize) -> usize {
    let mut near = from.max(text.len().saturating_sub(LONGEST_WORD));
    while !text.is_char_boundary(near) {
        near += 1;
    }
    let tail = &text[near..];
    let mut end = from + text[from..].trim_end().len();
    let starts = tail.char_indices().filter(|(_, it)| matches!(it, 'f' | 'c' | 'a' | 't' | 'i'));
    for (at, _) in starts {
        let at = near + at;
        if !ends_in_word(&text[..at]) && candidate::opens_word(text, at, Edge::Open).is_err() {
            end = end.min(from + text[from..at].trim_end().len());
            break;
        }
    }
    end
}
