//! A call that the backend structured itself: its arguments checked while they stream, mended where they are broken.

use crate::cursor::{Cursor, Edge};
use crate::damage::{Damage, Damages};
use crate::lenient::Reader;
use crate::strict::{Checker, Health};
use crate::toolbox;
use crate::value::Value;

/// Most bytes of arguments that are kept to be mended; longer ones pass as they come.
const MAX_KEPT: usize = 8 << 20;

/// The arguments of one call.
#[derive(Debug, Default)]
pub struct Arguments {
    checker: Checker,
    /// All that came.
    raw: String,
    /// All that was let out.
    sent: String,
    mode: Mode,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    /// Nothing but blanks has come.
    #[default]
    Before,
    /// JSON, let out as it comes.
    Passing,
    /// Not JSON any more: the rest is held.
    Broken,
    /// Held whole.
    Held,
    /// Too long to be mended: let out as they come.
    Loose,
}

/// The end of the arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Closing {
    /// What still has to go out.
    pub tail: String,
    /// What was wrong.
    pub damage: Damages,
    /// The arguments, if they can be read.
    pub value: Option<Value<'static>>,
}

impl Arguments {
    /// Arguments that are let out only at their end.
    pub fn held() -> Self {
        Self { mode: Mode::Held, ..Self::default() }
    }

    /// Takes a piece in; returns what may go out of it, `None` where that is the piece itself.
    pub fn push(&mut self, piece: &str) -> Option<String> {
        if self.mode == Mode::Loose {
            return None;
        }
        if self.raw.len() + piece.len() > MAX_KEPT {
            return Some(self.let_go(piece));
        }
        self.raw.push_str(piece);
        let begins = self.mode == Mode::Before;
        if begins {
            self.mode = match self.raw.trim_start().chars().next() {
                None => Mode::Before,
                Some('{') => Mode::Passing,
                Some(_) => Mode::Held,
            };
        }
        let mut out = String::new();
        // Blanks waited for what they stand before.
        let taken = if begins { self.raw.as_str() } else { piece };
        if self.mode == Mode::Passing && self.checker.push(taken, &mut out) != Health::Sound {
            self.mode = Mode::Broken;
        }
        self.sent.push_str(&out);
        (out != piece).then_some(out)
    }

    /// Gives up mending: what was held goes out as it came.
    fn let_go(&mut self, piece: &str) -> String {
        let mut out = String::new();
        match self.mode {
            Mode::Passing => self.checker.finish(false, &mut out),
            _ => out.push_str(&self.raw[self.raw.len().min(self.sent.len())..]),
        }
        *self = Self { mode: Mode::Loose, ..Self::default() };
        out + piece
    }

    /// Whether anything that came has not gone out.
    pub fn is_holding(&self) -> bool {
        match self.mode {
            Mode::Before => !self.raw.is_empty(),
            Mode::Passing => self.checker.is_holding(),
            Mode::Broken | Mode::Held => true,
            Mode::Loose => false,
        }
    }

    /// Whether they are complete, so that how the answer ends does not matter to them.
    pub fn is_complete(&self) -> bool {
        match self.mode {
            Mode::Passing => self.checker.is_complete(),
            Mode::Before | Mode::Loose => true,
            Mode::Broken | Mode::Held => false,
        }
    }

    /// Whether anything was mended in passing.
    pub fn is_mended(&self) -> bool {
        !self.checker.damage.is_empty()
    }

    /// The end of the arguments. What the output limit cut off is not mended: it must not run.
    pub fn close(&mut self, edge: Edge) -> Closing {
        let closing = match self.mode {
            Mode::Before => {
                Closing { tail: self.raw.clone(), damage: Damages::NONE, value: Some(Value::NOTHING) }
            }
            Mode::Passing => self.close_passing(edge),
            Mode::Broken | Mode::Held => self.close_held(edge),
            Mode::Loose => Closing { tail: String::new(), damage: Damages::NONE, value: Some(Value::Null) },
        };
        self.sent.push_str(&closing.tail);
        closing
    }

    fn close_passing(&mut self, edge: Edge) -> Closing {
        let surplus = self.checker.surplus().to_owned();
        // An empty object followed by the real one: its bracket has gone out, the rest of the real one follows.
        if self.sent.trim() == "{"
            && surplus.starts_with('{')
            && self.checker.is_complete()
            && let Some((value @ Value::Object(_), damage)) = toolbox::whole_json(&surplus)
        {
            let mut damage = damage;
            damage.add(Damage::Doubled);
            return Closing {
                tail: value.to_json()[1..].to_owned(),
                damage,
                value: Some(value.into_owned()),
            };
        }
        if !surplus.is_empty() {
            self.checker.damage.add(if surplus.starts_with('{') {
                Damage::Doubled
            } else {
                Damage::SurplusBracket
            });
        }
        let mend = edge == Edge::Stopped && self.checker.can_close();
        let mut tail = String::new();
        self.checker.finish(mend || self.checker.is_complete(), &mut tail);
        let whole = format!("{}{tail}", self.sent);
        let value = read(&whole).filter(|(_, damage)| damage.is_empty()).map(|(value, _)| value);
        Closing { tail, damage: self.checker.damage, value }
    }

    fn close_held(&mut self, edge: Edge) -> Closing {
        let rest = || self.raw[self.raw.len().min(self.sent.len())..].to_owned();
        if edge == Edge::Cut {
            let mut damage = Damages::NONE;
            damage.add(Damage::CutOff);
            return Closing { tail: rest(), damage, value: None };
        }
        let Some((value, damage)) = read(&self.raw) else {
            return Closing { tail: rest(), damage: Damages::NONE, value: None };
        };
        if self.sent.is_empty() && damage.is_empty() {
            return Closing { tail: self.raw.trim().to_owned(), damage, value: Some(value) };
        }
        match continuation(&self.sent, &value) {
            Some(tail) => Closing { tail, damage, value: Some(value) },
            None => Closing { tail: rest(), damage: Damages::NONE, value: None },
        }
    }
}

/// The object that arguments mean, however they are damaged.
fn read(text: &str) -> Option<(Value<'static>, Damages)> {
    let mut damage = Damages::NONE;
    let mut text = text.trim().to_owned();
    for _ in 0..3 {
        let (value, found) = toolbox::whole_json(&text).or_else(|| {
            let mut reader = Reader::new(Cursor::new(&text, 0, Edge::Stopped));
            let value = reader.value().ok()?;
            Some((value, reader.damage))
        })?;
        damage.join(found);
        match value {
            Value::Text(inner) => {
                damage.add(Damage::EncodedTwice);
                text = inner.into_owned();
            }
            Value::Object(_) => return Some((value.into_owned(), damage)),
            _ => return None,
        }
    }
    None
}

/// What must follow `sent` so that both together are the object.
fn continuation(sent: &str, value: &Value<'_>) -> Option<String> {
    let json = value.to_json();
    if sent.trim().is_empty() {
        return Some(json);
    }
    if sent.trim() == "{" {
        return Some(json[1..].to_owned());
    }
    // Whole fields have gone out: the others follow.
    let mut reader = Reader::new(Cursor::new(sent, 0, Edge::Stopped));
    let Value::Object(told) = reader.value().ok()? else { return None };
    let same = value.fields().len() >= told.len()
        && told.iter().zip(value.fields()).all(|(mine, theirs)| mine.0 == theirs.0 && mine.1.same(&theirs.1));
    let last = sent.trim_end().chars().next_back()?;
    if !same || !(last == ',' || last == '"' || last == '}' || last == ']' || last.is_ascii_alphanumeric()) {
        return None;
    }
    let rest = Value::Object(value.fields()[told.len()..].to_vec()).to_json();
    Some(match (last, rest.as_str()) {
        (',', "{}") => return None,
        (',', rest) => rest[1..].to_owned(),
        (_, "{}") => "}".to_owned(),
        (_, rest) => format!(",{}", &rest[1..]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, edge: Edge, expected: &str) {
        for size in 1..=raw.len() {
            let mut arguments = Arguments::default();
            let mut out = String::new();
            let chars: Vec<char> = raw.chars().collect();
            for piece in chars.chunks(size) {
                let piece: String = piece.iter().collect();
                out += &arguments.push(&piece).unwrap_or(piece);
            }
            out += &arguments.close(edge).tail;
            assert_eq!(out, expected, "{raw} in pieces of {size}");
        }
    }

    #[test]
    fn arguments_are_mended() {
        check(r#"{"a": "b"}"#, Edge::Stopped, r#"{"a": "b"}"#);
        check(r#"{"a": "b"}{"a": "b"}"#, Edge::Stopped, r#"{"a": "b"}"#);
        check(r#"{}{"a": "b"}"#, Edge::Stopped, r#"{"a":"b"}"#);
        check(r#""{\"a\": \"b\"}""#, Edge::Stopped, r#"{"a":"b"}"#);
        check("{'a': 'b'}", Edge::Stopped, r#"{"a":"b"}"#);
        check(r#"{"a": "b""#, Edge::Stopped, r#"{"a": "b"}"#);
        check(r#"{"a": "b"}}"#, Edge::Stopped, r#"{"a": "b"}"#);
        check(r#"{"a": 1, b: 2}"#, Edge::Stopped, r#"{"a": 1, "b":2}"#);
    }

    #[test]
    fn what_is_too_long_passes_as_it_came() {
        let raw = format!("{{\"a\": \"{}\"}}", "b".repeat(MAX_KEPT));
        let mut arguments = Arguments::default();
        let pieces = raw.as_bytes().chunks(1 << 20).map(|piece| std::str::from_utf8(piece).expect("ASCII"));
        let mut out: String =
            pieces.map(|piece| arguments.push(piece).unwrap_or_else(|| piece.to_owned())).collect();
        assert!(arguments.raw.is_empty() && !arguments.is_holding());
        out += &arguments.close(Edge::Stopped).tail;
        assert_eq!(out, raw);
    }

    #[test]
    fn what_was_cut_off_is_not_mended() {
        check(r#"{"a": "b"#, Edge::Cut, r#"{"a": "b"#);
        check("{'a': 'b", Edge::Cut, "{'a': 'b");
    }
}
