//! Where a candidate begins, seen from the mark that gives it away, and how much of a text can't be part of one.

use crate::candidate;
use crate::cursor::{Cursor, Edge, Read};
use crate::markup::{self, Role, Style, Tag};
use crate::toolbox::Toolbox;
use std::borrow::Cow;

/// The longest word that begins a call anywhere, in bytes.
const LONGEST_WORD: usize = 24;

/// Where the candidate that the mark at the cursor belongs to begins, if there may be one.
///
/// # Errors
/// If more must come to tell.
pub(super) fn beginning(cursor: Cursor<'_>, behind: Behind<'_>, tools: &Toolbox) -> Read<Option<usize>> {
    let (text, seek) = (cursor.text, cursor.at);
    let before = behind.text;
    let word = |word: &str| {
        let at = before.len().checked_sub(word.len())?;
        (before.ends_with(word) && !behind.ends_in_word(at)).then(|| seek - word.len())
    };
    Ok(match text.as_bytes()[seek] {
        b'<' => (!is_foreign_tag(&text[seek..], tools)).then_some(seek),
        b'{' | b'`' | b'~' => Some(seek),
        b'[' => Some(word("functools").or_else(|| word("functools ")).unwrap_or(seek)),
        b'>' if !matches!(behind.last_char(0), Some('>' | '|' | '/' | '"')) => {
            cursor.begins(">>>")?.then_some(seek)
        }
        b':' => word("call"),
        b'=' => candidate::WORDS_BEFORE_EQUALS.iter().find_map(|it| word(it)),
        b']' => cursor.begins("]<]minimax[>[")?.then_some(seek),
        b'\\' => (cursor.begins("\\u003c")? || cursor.begins("\\u003C")?).then_some(seek),
        b'&' => cursor.begins("&lt;")?.then_some(seek),
        0xe2 => cursor.begins("◁")?.then_some(seek),
        _ => None,
    })
}

/// Whether `<` begins a tag that means nothing here, as those of HTML do. Costs no memory, as there may be many.
fn is_foreign_tag(text: &str, tools: &Toolbox) -> bool {
    let bytes = &text.as_bytes()[1..];
    let bytes = bytes.strip_prefix(b"/").unwrap_or(bytes);
    let mut folded = [0; 32];
    let mut len = 0;
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' if len < folded.len() => {
                folded[len] = byte.to_ascii_lowercase();
                len += 1;
            }
            b'_' | b'-' => {}
            // Bars, namespaces and letters of other scripts are looked at closely.
            b'|' | b':' | 0x80.. | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => return false,
            _ if len == 0 => return !matches!(byte, b'/' | b'!' | b'"'),
            _ => {
                let name = std::str::from_utf8(&folded[..len]).unwrap_or_default();
                let glued = name.starts_with("function") || name.starts_with("invoke");
                return !glued
                    && markup::role(name, Style::Plain).is_none()
                    && !tools.has_initial(folded[0])
                    && !tools.may_alias(name);
            }
        }
    }
    false
}

/// Whether a text that was cut off begins with markup of calls, or with the beginning of it.
pub(super) fn is_markup(text: &str) -> bool {
    const WHOLE: &[&str] = &["[TOOL_CALLS]", "functools["];
    const NAMES: &[&str] = &[
        "toolcalls",
        "functioncalls",
        "functioncall",
        "invokename",
        "dsml",
        "gcml",
        "minimaxtoolcall",
        "seedtoolcall",
    ];
    if WHOLE.iter().any(|word| text.starts_with(word)) {
        return true;
    }
    let opens = |tag: Tag<'_>| match tag.role() {
        Some(Role::Call | Role::Section) => true,
        Some(Role::Named) => tag.title.is_some(),
        Some(Role::Harmony) => text.contains("to="),
        _ => false,
    };
    match markup::tag(Cursor::new(text, 0, Edge::Cut)) {
        Ok(Some(tag)) => opens(tag),
        Ok(None) => false,
        Err(_) => {
            let folded = markup::fold(first_chars(text, 64));
            let begun = folded.len() >= 4
                && NAMES.iter().any(|name| name.starts_with(&folded) || folded.starts_with(name));
            begun || text.contains("tool=\"")
        }
    }
}

/// The name that a call in markup gives, for a call that no declared tool has.
pub(super) fn written_name(at: Cursor<'_>, tag: &Tag<'_>) -> Option<String> {
    /// How far behind the tag a name is looked for, in bytes.
    const NEAR: usize = 160;
    if !tag.opens() || !matches!(tag.role(), Some(Role::Call | Role::Section | Role::Named)) {
        return None;
    }
    let title = tag.title.clone().filter(|_| tag.role() == Some(Role::Named));
    let behind = at.rest().get(tag.len..)?;
    let near = &behind[..behind.floor_char_boundary(NEAR)];
    let name = title.or_else(|| {
        let words = ["\"name\": \"", "\"name\":\"", "<function=", "<invoke name=\""];
        let mut marks = memchr::memchr2_iter(b'"', b'<', near.as_bytes());
        let behind = marks.find_map(|at| words.iter().find_map(|word| near[at..].strip_prefix(word)))?;
        behind.split(['"', '>']).next().map(Cow::Borrowed)
    })?;
    let is_name = name.chars().all(|it| it.is_alphanumeric() || matches!(it, '_' | '.' | '-' | ':' | '/'));
    (is_name && !name.is_empty() && name.len() <= 64).then(|| name.into_owned())
}

/// No more than so many characters from the beginning of a text.
fn first_chars(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).map_or(text, |(end, _)| &text[..end])
}

/// The text behind a place that has not gone out, and the last character that has.
#[derive(Clone, Copy)]
pub(super) struct Behind<'a> {
    pub(super) text: &'a str,
    pub(super) last: Option<char>,
}

impl Behind<'_> {
    /// The character before the last so many bytes.
    fn last_char(self, left: usize) -> Option<char> {
        self.text[..self.text.len() - left].chars().next_back().or(self.last)
    }

    /// Whether the text up to a place ends in a word.
    pub(super) fn ends_in_word(self, at: usize) -> bool {
        self.last_char(self.text.len() - at).is_some_and(|it| it.is_alphanumeric() || it == '_')
    }
}

/// Up to where the text from `from` on is certain to be text: the beginning of a word that may begin a call is left out.
pub(super) fn safe_end(text: &str, from: usize, last: Option<char>) -> usize {
    let mut near = from.max(text.len().saturating_sub(LONGEST_WORD));
    while !text.is_char_boundary(near) {
        near += 1;
    }
    let tail = &text[near..];
    let mut end = text.len();
    let starts = tail.char_indices().filter(|(_, it)| matches!(it, 'f' | 'c' | 'a' | 't' | 'i'));
    for (at, _) in starts {
        let at = near + at;
        if !(Behind { text: &text[from..], last }).ends_in_word(at - from)
            && candidate::opens_word(text, at, Edge::Open).is_err()
        {
            end = at;
            break;
        }
    }
    end
}
