//! Strings in all their quotes, and what models write into them.

use super::Reader;
use crate::cursor::{Cursor, Edge, Read, Stop, Wait};
use crate::damage::Damage;
use crate::markup;
use std::borrow::Cow;

/// A way to open and close a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quote {
    open: &'static str,
    close: &'static str,
    /// What is wrong with using it, if anything.
    damage: Option<Damage>,
    /// Whether a backslash escapes in it.
    escapes: bool,
    /// Whether its closer may stand inside unescaped, so that what follows it decides.
    judged: bool,
}

/// The quote of JSON.
const PLAIN: Quote = Quote { open: "\"", close: "\"", damage: None, escapes: true, judged: true };

const QUOTES: &[Quote] = &[
    Quote {
        open: "\"\"\"",
        close: "\"\"\"",
        damage: Some(Damage::PythonLiteral),
        escapes: true,
        judged: false,
    },
    Quote { open: "'''", close: "'''", damage: Some(Damage::PythonLiteral), escapes: true, judged: false },
    PLAIN,
    Quote { open: "'", close: "'", damage: Some(Damage::PythonLiteral), escapes: true, judged: true },
    Quote { open: "“", close: "”", damage: Some(Damage::SmartQuote), escapes: true, judged: false },
    Quote { open: "‘", close: "’", damage: Some(Damage::SmartQuote), escapes: true, judged: true },
    Quote { open: "”", close: "”", damage: Some(Damage::SmartQuote), escapes: true, judged: false },
    Quote { open: "`", close: "`", damage: Some(Damage::PythonLiteral), escapes: false, judged: true },
    Quote { open: "<|\"|>", close: "<|\"|>", damage: None, escapes: false, judged: false },
    Quote { open: "<escape>", close: "<escape>", damage: None, escapes: false, judged: false },
];

impl<'a> Reader<'a> {
    /// The quote that comes next, if one does.
    pub(super) fn string_opener(&self) -> Read<Option<&'static Quote>> {
        // Nearly all strings begin with this one, and nothing else can begin with most bytes.
        match self.cursor.rest().as_bytes() {
            [b'"', second, ..] if *second != b'"' => return Ok(Some(&PLAIN)),
            [first, ..] if !matches!(first, b'"' | b'\'' | b'`' | b'<' | 0xe2) => return Ok(None),
            _ => {}
        }
        for quote in QUOTES {
            // The longer of two that begin alike is listed first.
            if self.cursor.begins(quote.open)? {
                return Ok(Some(quote));
            }
        }
        Ok(None)
    }

    /// Reads a string, if one comes next.
    pub(super) fn string(&mut self) -> Read<Option<Cow<'a, str>>> {
        let Some(quote) = self.string_opener()? else { return Ok(None) };
        if let Some(damage) = quote.damage {
            self.damage.add(damage);
        }
        self.cursor.at += quote.open.len();
        let from = self.cursor.at;
        self.inside(quote, from).map(Some)
    }

    fn inside(&mut self, quote: &Quote, from: usize) -> Read<Cow<'a, str>> {
        let mut out = Cow::Borrowed("");
        let first = quote.close.as_bytes()[0];
        loop {
            let rest = self.cursor.rest();
            let stop = if quote.escapes {
                memchr::memchr2(first, b'\\', rest.as_bytes())
            } else {
                memchr::memchr(first, rest.as_bytes())
            };
            let Some(len) = stop else { return self.unterminated(out, quote, from) };
            self.copy(&rest[..len], quote, &mut out);
            self.cursor.at += len;
            if rest.as_bytes()[len] == b'\\' && quote.escapes {
                self.escape(quote, out.to_mut())?;
            } else if quote.close.len() > 1 && !self.cursor.begins(quote.close)? {
                let step = self.cursor.rest().chars().next().map_or(1, char::len_utf8);
                out += &self.cursor.rest()[..step];
                self.cursor.at += step;
            } else if !quote.judged || self.ends_string(quote)? {
                self.cursor.at += quote.close.len();
                return Ok(out);
            } else {
                self.damage.add(Damage::InnerQuote);
                out += quote.close;
                self.cursor.at += quote.close.len();
            }
        }
    }

    fn copy(&mut self, plain: &'a str, quote: &Quote, out: &mut Cow<'a, str>) {
        // Looks at all bytes, as that is quicker than to ask after each.
        let raw = quote.open == "\"" && plain.bytes().fold(false, |raw, byte| raw | (byte < 0x20));
        self.damage.note(raw, Damage::RawControl);
        if out.is_empty() {
            *out = Cow::Borrowed(plain);
        } else {
            *out += plain;
        }
    }

    /// The text ended inside a string: what a closing tag follows was meant to be outside of it.
    fn unterminated(&mut self, mut out: Cow<'a, str>, quote: &Quote, from: usize) -> Read<Cow<'a, str>> {
        if self.cursor.edge != Edge::Stopped {
            return Err(self.cursor.ran_out(Wait::Byte(quote.close.as_bytes()[0])));
        }
        self.damage.add(Damage::Unbalanced);
        let text = self.cursor.text;
        if let Some(len) = markup::closing_tag(&text[from..]) {
            let end = from + len;
            // The brackets that were meant to close are inside, because the quote was lost.
            let kept = text[from..end].trim_end_matches(['}', ']', ')', '\n', ' ']);
            let mut cut = Reader::new(Cursor::new(&text[..from + kept.len()], from, Edge::Stopped));
            out = cut.inside(quote, from)?;
            self.cursor.at = end;
            return Ok(out);
        }
        let rest = self.cursor.rest();
        let kept = rest.trim_end_matches([')', ']', '}']);
        out += if rest.len() - kept.len() > 1 { kept } else { rest };
        self.cursor.at = text.len();
        Ok(out)
    }

    /// Whether a quote at the cursor ends its string: what follows must be able to follow a string.
    fn ends_string(&self, quote: &Quote) -> Read<bool> {
        let mut behind = self.cursor;
        behind.at += quote.close.len();
        let from = behind.at;
        behind.skip_blank();
        let newline = || behind.text[from..behind.at].contains('\n');
        Ok(match behind.peek()? {
            None | Some(b'}' | b']' | b')' | b':' | b'<' | b'=' | b';') => true,
            Some(b',') => self.separates(behind)?,
            Some(b'/' | b'#' | b'"' | b'\'') => newline(),
            // A typographic quote behind a plain one, or a fence.
            Some(b'`') => newline() && quote.close != "`",
            Some(b'[') => behind.begins("[TOOL_CALLS]")?,
            Some(_) => false,
        })
    }

    /// Whether a comma behind a quote separates fields or items: a value or a key must follow it.
    fn separates(&self, mut comma: Cursor<'_>) -> Read<bool> {
        comma.at += 1;
        comma.skip_blank();
        Ok(match comma.peek()? {
            None
            | Some(b'"' | b'\'' | b'{' | b'[' | b'}' | b']' | b')' | b'-' | b'<' | b'/' | b'`' | b',') => {
                true
            }
            Some(byte) if byte.is_ascii_digit() || byte >= 0x80 || byte == b'#' || byte == b'(' => true,
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
                let word =
                    comma.take_while(|it| it.is_alphanumeric() || matches!(it, '_' | '$' | '-' | '.'))?;
                let literal = ["true", "false", "null", "True", "False", "None"].contains(&word);
                comma.skip_blank();
                literal || matches!(comma.peek()?, Some(b':' | b'=' | b'('))
            }
            Some(_) => false,
        })
    }

    fn escape(&mut self, quote: &Quote, out: &mut String) -> Read<()> {
        let rest = self.cursor.rest();
        let mut chars = rest.chars();
        chars.next();
        let Some(kind) = chars.next() else {
            if self.cursor.edge == Edge::Stopped {
                self.cursor.at += 1;
                return Ok(());
            }
            return Err(self.cursor.ran_out(Wait::Any));
        };
        let meant = match kind {
            '"' | '\\' | '/' => kind,
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            '\'' if quote.close.starts_with('\'') => '\'',
            'u' => return self.unicode(out),
            _ => {
                self.damage.add(Damage::BadEscape);
                out.push('\\');
                out.push(kind);
                self.cursor.at += 1 + kind.len_utf8();
                return Ok(());
            }
        };
        out.push(meant);
        self.cursor.at += 2;
        Ok(())
    }

    /// An escape of four hex digits, a pair of them for a character outside the basic plane.
    fn unicode(&mut self, out: &mut String) -> Read<()> {
        let Some(first) = self.hex(self.cursor.at)? else {
            self.damage.add(Damage::BadEscape);
            out.push_str("\\u");
            self.cursor.at += 2;
            return Ok(());
        };
        let mut len = 6;
        let mut code = first;
        if (0xd800..0xdc00).contains(&first)
            && let Some(second) = self.hex(self.cursor.at + 6)?
            && (0xdc00..0xe000).contains(&second)
        {
            code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            len = 12;
        }
        out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        self.cursor.at += len;
        Ok(())
    }

    /// The value of the escape of four hex digits at a place, if one is there.
    fn hex(&self, at: usize) -> Read<Option<u32>> {
        let bytes = self.cursor.text.as_bytes();
        let there = &bytes[at.min(bytes.len())..(at + 6).min(bytes.len())];
        let fits = |(place, byte): (usize, &u8)| match place {
            0 => *byte == b'\\',
            1 => *byte == b'u',
            _ => byte.is_ascii_hexdigit(),
        };
        if !there.iter().enumerate().all(fits) {
            return Ok(None);
        }
        if there.len() < 6 {
            return if self.cursor.edge == Edge::Open { Err(Stop::More(Wait::Any)) } else { Ok(None) };
        }
        Ok(self.cursor.text.get(at + 2..at + 6).and_then(|hex| u32::from_str_radix(hex, 16).ok()))
    }
}
