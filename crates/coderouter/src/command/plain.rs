//! Texts from anywhere, made fit for a terminal: nothing in them can steer it, hide, or turn the reading direction,
//! and it is known how many columns they take.

use serde_json::Value;
use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text with a blank for each line end and tab, and U+FFFD for every other character that only steers.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers) {
        return Cow::Borrowed(text);
    }
    text.chars()
        .map(|c| match c {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
            c if steers(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// Makes every text of a document plain, names of fields too, and every count one that can be added to others.
pub fn plain_document(document: &mut Value) {
    match document {
        Value::String(text) => {
            if let Cow::Owned(plain) = plain(text) {
                *text = plain;
            }
        }
        Value::Array(all) => all.iter_mut().for_each(plain_document),
        Value::Object(fields) => {
            fields.values_mut().for_each(plain_document);
            if fields.keys().any(|name| name.chars().any(steers)) {
                let all = std::mem::take(fields).into_iter();
                *fields = all.map(|(name, value)| (plain(&name).into_owned(), value)).collect();
            }
        }
        Value::Number(number) => {
            if number.as_u64().is_some_and(|count| count > COUNT_LIMIT) {
                *number = COUNT_LIMIT.into();
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// No router has counted further.
const COUNT_LIMIT: u64 = 1 << 53;

/// A JSON text in which what steers is written as an escape. Outside of strings JSON has nothing that would need it but
/// line ends, which stay.
pub fn plain_json(text: &str) -> Cow<'_, str> {
    let must_go = |c: char| steers(c) && c != '\n';
    if !text.chars().any(must_go) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if must_go(c) {
            let units = &mut [0; 2];
            out.extend(c.encode_utf16(units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// How many columns a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text in exactly so many columns: cut with an ellipsis, or with blanks behind it.
pub fn padded(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    let blanks = columns.saturating_sub(width(&text));
    format!("{text}{}", " ".repeat(blanks))
}

/// The text in at most so many columns, with an ellipsis where something is gone.
pub fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut taken = 0;
    let fits = |c: &char| {
        taken += c.width().unwrap_or(0);
        taken < columns
    };
    let mut out: String = text.chars().take_while(fits).collect();
    if columns > 0 {
        out.push('…');
    }
    Cow::Owned(out)
}

/// Whether a character steers a terminal or the reader's eye instead of being seen: controls, marks of direction, what
/// has no width and joins nothing, and tags.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' | '\u{61c}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_a_terminal() {
        for (text, expect) in [
            ("plain ü 漢字 👩‍💻", "plain ü 漢字 👩‍💻"),
            ("a\u{1b}[2Jb\u{7}", "a\u{fffd}[2Jb\u{fffd}"),
            ("two\r\nlines\tand", "two  lines and"),
            ("c1 \u{9b}31m", "c1 \u{fffd}31m"),
            ("user\u{202e}gpj.exe\u{200b}", "user\u{fffd}gpj.exe\u{fffd}"),
        ] {
            assert_eq!(plain(text), expect);
        }
    }

    #[test]
    fn json_stays_what_it_says() {
        let text = "{\"a\":\"\u{9b}x\u{202e}\u{e0041}\"}\n";
        let plain = plain_json(text);
        assert_eq!(plain, "{\"a\":\"\\u009bx\\u202e\\udb40\\udc41\"}\n");
        let values = [text, &plain].map(|text| serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(values[0], values[1]);
    }

    #[test]
    fn columns_are_counted_as_a_terminal_does() {
        for (text, columns, expect) in [
            ("abc", 5, "abc  "),
            ("abcdef", 5, "abcd…"),
            ("漢字漢字", 5, "漢字…"),
            ("漢字漢字", 4, "漢… "),
            ("abc", 1, "…"),
            ("abc", 0, ""),
        ] {
            assert_eq!(padded(text, columns), expect);
        }
    }

    #[test]
    fn a_document_is_plain_to_its_names() {
        let mut document = serde_json::json!({"a\u{1b}": [{"b": "\u{1b}c"}], "n": 1});
        plain_document(&mut document);
        assert_eq!(document, serde_json::json!({"a\u{fffd}": [{"b": "\u{fffd}c"}], "n": 1}));
    }
}
