//! Whether the arguments of two calls mean the same: as JSON, whatever the order of keys, the white space and the
//! escapes, and as plain text where they are no JSON.
//!
//! Both are read side by side up to the first difference, so arguments that differ cost next to nothing. Lists keep
//! their order, and numbers are what is written: `1`, `1.0` and `"1"` are three.

use canon::escape::unescape;
use canon::request::Arguments;
use std::borrow::Cow;
use std::cell::OnceCell;

/// A call's arguments, unescaped at most once however often they are compared.
pub(super) struct Reading<'a> {
    arguments: &'a Arguments,
    read: OnceCell<Cow<'a, [u8]>>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(arguments: &'a Arguments) -> Self {
        Self { arguments, read: OnceCell::new() }
    }

    fn bytes(&self) -> &[u8] {
        self.read.get_or_init(|| read(self.arguments))
    }
}

/// Whether two calls were made with the same arguments. It never fails.
pub(super) fn mean_same(one: &Reading<'_>, other: &Reading<'_>) -> bool {
    match (one.arguments, other.arguments) {
        (Arguments::Value(one), Arguments::Value(other)) if one == other => return true,
        (Arguments::Text(one), Arguments::Text(other)) if one.stored() == other.stored() => return true,
        _ => {}
    }
    if stored_len(one.arguments).max(stored_len(other.arguments)) > READ_LIMIT {
        return false;
    }
    let (one, other) = (one.bytes(), other.bytes());
    one == other || is_same_json(one, other, DEPTH_LIMIT).is_some()
}

/// The most bytes of arguments that are read. Longer ones are compared as they lie, as one client writes the same
/// arguments the same way.
const READ_LIMIT: usize = 64 << 10;

/// The deepest nesting that is followed; what lies deeper counts as different.
const DEPTH_LIMIT: u32 = 64;

fn stored_len(arguments: &Arguments) -> usize {
    match arguments {
        Arguments::Value(value) => value.bytes().len(),
        Arguments::Text(text) => text.stored_len(),
    }
}

/// The arguments' own bytes; no arguments are empty ones.
fn read(arguments: &Arguments) -> Cow<'_, [u8]> {
    let text = match arguments {
        Arguments::Value(value) => return Cow::Borrowed(value.bytes()),
        Arguments::Text(text) => text.read(),
    };
    match text {
        text if text.trim_ascii().is_empty() => Cow::Borrowed(b"{}"),
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// Reads two whole texts; `None` at the first difference, or where one is no JSON. They need not be valid to be the
/// same, only to be read the same.
fn is_same_json(one: &[u8], other: &[u8], depth: u32) -> Option<()> {
    let (mut one, mut other) = (Cursor { text: one }, Cursor { text: other });
    value(&mut one, &mut other, depth)?;
    (one.peek().is_none() && other.peek().is_none()).then_some(())
}

fn value(one: &mut Cursor<'_>, other: &mut Cursor<'_>, depth: u32) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    match (one.peek()?, other.peek()?) {
        (b'{', b'{') => object(one, other, depth),
        (b'[', b'[') => list(one, other, depth),
        (b'"', b'"') => is_same_text(one.string()?, other.string()?).then_some(()),
        _ => (one.word()? == other.word()?).then_some(()),
    }
}

fn list(one: &mut Cursor<'_>, other: &mut Cursor<'_>, depth: u32) -> Option<()> {
    step(one, other)?;
    loop {
        if is_end(one.peek()?, other.peek()?, b']')? {
            return step(one, other).map(|_| ());
        }
        value(one, other, depth)?;
        if is_end(one.peek()?, other.peek()?, b']')? {
            continue;
        }
        (step(one, other)? == (b',', b',')).then_some(())?;
    }
}

/// Members are read in pairs for as long as the keys come in the same order, and sorted from there.
fn object(one: &mut Cursor<'_>, other: &mut Cursor<'_>, depth: u32) -> Option<()> {
    step(one, other)?;
    loop {
        if is_end(one.peek()?, other.peek()?, b'}')? {
            return step(one, other).map(|_| ());
        }
        let (this, that) = (one.key()?, other.key()?);
        if !is_same_text(this, that) {
            return is_same_rest(one.members(this)?, other.members(that)?, depth);
        }
        value(one, other, depth)?;
        if is_end(one.peek()?, other.peek()?, b'}')? {
            continue;
        }
        (step(one, other)? == (b',', b',')).then_some(())?;
    }
}

/// A key, unescaped, and the bytes of its value.
type Member<'a> = (Cow<'a, str>, &'a [u8]);

fn is_same_rest(mut one: Vec<Member<'_>>, mut other: Vec<Member<'_>>, depth: u32) -> Option<()> {
    // Sorting is stable: of a key that comes twice the first is held against the first.
    one.sort_by(|this, that| this.0.cmp(&that.0));
    other.sort_by(|this, that| this.0.cmp(&that.0));
    (one.len() == other.len()).then_some(())?;
    for ((key, value), (other_key, other_value)) in one.iter().zip(&other) {
        (key == other_key).then_some(())?;
        is_same_json(value, other_value, depth)?;
    }
    Some(())
}

fn step(one: &mut Cursor<'_>, other: &mut Cursor<'_>) -> Option<(u8, u8)> {
    Some((one.next()?, other.next()?))
}

/// Whether both are at their end; `None` where only one is.
fn is_end(one: u8, other: u8, end: u8) -> Option<bool> {
    ((one == end) == (other == end)).then_some(one == end)
}

/// Whether the insides of two strings mean the same. Only from the first escape on that could have been written otherwise
/// are they unescaped.
fn is_same_text(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while let (Some(this), Some(that)) = (one.get(at), other.get(at)) {
        let is_escape = *this == b'\\' || *that == b'\\';
        match (one.get(at + 1), other.get(at + 1)) {
            _ if !is_escape && this == that => at += 1,
            _ if !is_escape => return false,
            (Some(kind), Some(other_kind)) if this == that && kind == other_kind && *kind != b'u' => at += 2,
            _ => return unescape(&one[at..]) == unescape(&other[at..]),
        }
    }
    one.len() == other.len()
}

/// A place in a JSON text; in front of every step white space is passed over.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    text: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn peek(&mut self) -> Option<u8> {
        self.text = self.text.trim_ascii_start();
        self.text.first().copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.text = &self.text[1..];
        Some(byte)
    }

    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.text.split_at(count);
        self.text = rest;
        taken
    }

    /// The inside of a string.
    fn string(&mut self) -> Option<&'a [u8]> {
        (self.next()? == b'"').then_some(())?;
        let mut end = 0;
        loop {
            end += self.text.get(end..)?.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
            if self.text[end] == b'"' {
                break;
            }
            end += 2;
        }
        let inside = self.take(end);
        self.text = &self.text[1..];
        Some(inside)
    }

    /// A number, `true`, `false`, `null`, or what stands in their place.
    fn word(&mut self) -> Option<&'a [u8]> {
        self.peek()?;
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || b",:]}[{\"".contains(byte);
        let end = self.text.iter().position(is_end).unwrap_or(self.text.len());
        (end > 0).then(|| self.take(end))
    }

    fn key(&mut self) -> Option<&'a [u8]> {
        let key = self.string()?;
        (self.next()? == b':').then_some(key)
    }

    /// All members from one on whose key was read, up to behind the object's end.
    fn members(&mut self, first: &'a [u8]) -> Option<Vec<Member<'a>>> {
        let mut members = vec![(unescape(first), self.skipped()?)];
        loop {
            match self.next()? {
                b'}' => return Some(members),
                b',' => members.push((unescape(self.key()?), self.skipped()?)),
                _ => return None,
            }
        }
    }

    /// The bytes of the next value, whatever it is.
    fn skipped(&mut self) -> Option<&'a [u8]> {
        self.peek()?;
        let from = self.text;
        let mut open = 0_usize;
        loop {
            match self.peek()? {
                b'{' | b'[' => {
                    open += 1;
                    self.take(1)
                }
                b'}' | b']' => {
                    open = open.checked_sub(1)?;
                    self.take(1)
                }
                b',' | b':' if open > 0 => self.take(1),
                b'"' => self.string()?,
                _ => self.word()?,
            };
            if open == 0 {
                return Some(&from[..from.len() - self.text.len()]);
            }
        }
    }
}

#[cfg(test)]
mod tests;
