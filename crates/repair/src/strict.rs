//! Checks the arguments of a call while they stream, and mends what can be mended in passing: raw control characters
//! and bad escapes in strings, brackets that are missing at the end, and what follows a complete object.

use crate::damage::{Damage, Damages};

/// The deepest nesting that is followed.
const MAX_DEPTH: usize = 256;

/// A checker of one JSON object that comes in pieces.
#[derive(Debug, Default)]
pub struct Checker {
    state: State,
    /// The brackets that are open: `true` for objects.
    open: Vec<bool>,
    /// What was mended.
    pub damage: Damages,
    /// Characters of an escape that wait for its end.
    escape: String,
    /// Blanks that followed the complete object.
    trailing: String,
    /// What else followed it.
    surplus: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Nothing but blanks has come.
    #[default]
    Before,
    /// A key or the end of the object must come.
    KeyOrEnd,
    /// A key must come.
    Key,
    /// In a string, which is a key or not.
    Inside(bool),
    /// Behind a backslash.
    Escape(bool),
    Colon,
    Value,
    /// A value or the end of the list must come.
    ValueOrEnd,
    /// In a number or a word.
    Scalar,
    /// A comma or an end must come.
    Behind,
    /// The object is complete; its last bracket is held.
    Complete,
}

/// What the arguments are found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// JSON so far, mended or not.
    Sound,
    /// Not JSON from this byte of the piece on.
    Broken(usize),
}

impl Checker {
    /// Takes a piece in and appends what may go out of it.
    pub fn push(&mut self, piece: &str, out: &mut String) -> Health {
        for (at, it) in piece.char_indices() {
            if !self.step(it, out) {
                return Health::Broken(at);
            }
        }
        Health::Sound
    }

    /// Whether the object is complete.
    pub fn is_complete(&self) -> bool {
        self.state == State::Complete
    }

    /// Whether nothing but blanks has come.
    pub fn is_blank(&self) -> bool {
        self.state == State::Before
    }

    /// Whether a part of it waits to go out.
    pub fn is_holding(&self) -> bool {
        self.is_complete() || !self.escape.is_empty()
    }

    /// What followed the complete object.
    pub fn surplus(&self) -> &str {
        &self.surplus
    }

    /// The end: appends the bracket that was held, or, if `mend`, what is missing.
    pub fn finish(&mut self, mend: bool, out: &mut String) {
        match self.state {
            State::Complete => {
                out.push('}');
                out.push_str(&std::mem::take(&mut self.trailing));
            }
            State::Before => {}
            _ if !mend => out.push_str(&std::mem::take(&mut self.escape)),
            state => {
                self.damage.add(Damage::Unbalanced);
                match state {
                    State::Inside(false) | State::Escape(false) => out.push('"'),
                    State::Inside(true) | State::Escape(true) => out.push_str("\":null"),
                    State::Colon => out.push_str(":null"),
                    State::Value => out.push_str("null"),
                    _ => {}
                }
                for object in self.open.drain(..).rev() {
                    out.push(if object { '}' } else { ']' });
                }
            }
        }
        self.state = State::Complete;
    }

    /// Whether the end can be mended without making anything up.
    pub fn can_close(&self) -> bool {
        matches!(
            self.state,
            State::Inside(false) | State::Behind | State::Scalar | State::KeyOrEnd | State::ValueOrEnd
        )
    }

    fn step(&mut self, it: char, out: &mut String) -> bool {
        match self.state {
            State::Inside(key) => return self.inside(it, key, out),
            State::Escape(key) => return self.escape(it, key, out),
            State::Complete => {
                let blank = it.is_ascii_whitespace() && self.surplus.is_empty();
                if blank {
                    self.trailing.push(it);
                } else {
                    self.surplus.push(it);
                }
                return true;
            }
            State::Scalar if is_scalar(it) => {}
            State::Scalar => {
                self.state = State::Behind;
                return self.step(it, out);
            }
            _ if it.is_ascii_whitespace() => {}
            State::Before if it == '{' => return self.descend(true, out),
            State::Key | State::KeyOrEnd if it == '"' => self.state = State::Inside(true),
            State::KeyOrEnd if it == '}' => return self.ascend(true, out),
            State::Colon if it == ':' => self.state = State::Value,
            State::ValueOrEnd if it == ']' => return self.ascend(false, out),
            State::Value | State::ValueOrEnd => match it {
                '"' => self.state = State::Inside(false),
                '{' => return self.descend(true, out),
                '[' => return self.descend(false, out),
                '-' | '0'..='9' | 't' | 'f' | 'n' => self.state = State::Scalar,
                _ => return false,
            },
            State::Behind => match it {
                ',' => self.state = if self.open.last() == Some(&true) { State::Key } else { State::Value },
                '}' => return self.ascend(true, out),
                ']' => return self.ascend(false, out),
                _ => return false,
            },
            _ => return false,
        }
        out.push(it);
        true
    }

    fn inside(&mut self, it: char, key: bool, out: &mut String) -> bool {
        match it {
            '"' => {
                self.state = if key { State::Colon } else { State::Behind };
                out.push('"');
            }
            '\\' => {
                self.state = State::Escape(key);
                self.escape.push('\\');
            }
            it if u32::from(it) < 0x20 => {
                self.damage.add(Damage::RawControl);
                let mut escaped = Vec::new();
                canon::escape::escape_into(it.to_string().as_bytes(), &mut escaped);
                out.push_str(&String::from_utf8_lossy(&escaped));
            }
            it => out.push(it),
        }
        true
    }

    /// An escape that JSON doesn't have was a backslash and a character.
    fn escape(&mut self, it: char, key: bool, out: &mut String) -> bool {
        self.escape.push(it);
        let unicode = self.escape.starts_with("\\u");
        if unicode && self.escape.len() < 6 && (it.is_ascii_hexdigit() || self.escape == "\\u") {
            return true;
        }
        self.state = State::Inside(key);
        let escape = std::mem::take(&mut self.escape);
        let valid = if unicode { it.is_ascii_hexdigit() } else { "\"\\/bfnrt".contains(it) };
        if valid {
            out.push_str(&escape);
            return true;
        }
        self.damage.add(Damage::BadEscape);
        out.push_str("\\\\");
        escape[1..].chars().all(|it| self.inside(it, key, out))
    }

    fn descend(&mut self, object: bool, out: &mut String) -> bool {
        self.open.push(object);
        self.state = if object { State::KeyOrEnd } else { State::ValueOrEnd };
        out.push(if object { '{' } else { '[' });
        self.open.len() <= MAX_DEPTH
    }

    fn ascend(&mut self, object: bool, out: &mut String) -> bool {
        if self.open.pop() != Some(object) {
            return false;
        }
        if self.open.is_empty() {
            self.state = State::Complete;
        } else {
            self.state = State::Behind;
            out.push(if object { '}' } else { ']' });
        }
        true
    }
}

fn is_scalar(it: char) -> bool {
    it.is_ascii_alphanumeric() || matches!(it, '.' | '+' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str, damage: &[Damage]) {
        for size in 1..=text.len() {
            let mut checker = Checker::default();
            let mut out = String::new();
            let chars: Vec<char> = text.chars().collect();
            for piece in chars.chunks(size) {
                assert_eq!(
                    checker.push(&piece.iter().collect::<String>(), &mut out),
                    Health::Sound,
                    "{text}"
                );
            }
            checker.finish(true, &mut out);
            assert_eq!(out, expected, "{text}");
            assert_eq!(checker.damage.iter().collect::<Vec<_>>(), damage, "{text}");
        }
    }

    #[test]
    fn sound_arguments_pass() {
        check(
            r#"{"a": [1, {"b": "c\n\u00e9"}], "d": true }"#,
            r#"{"a": [1, {"b": "c\n\u00e9"}], "d": true }"#,
            &[],
        );
        check("{}", "{}", &[]);
    }

    #[test]
    fn damage_is_mended_in_passing() {
        check("{\"a\": \"x\ny\"}", r#"{"a": "x\ny"}"#, &[Damage::RawControl]);
        check(r#"{"a": "\d+ \u12 \x"}"#, r#"{"a": "\\d+ \\u12 \\x"}"#, &[Damage::BadEscape]);
        check(r#"{"a": {"b": [1"#, r#"{"a": {"b": [1]}}"#, &[Damage::Unbalanced]);
        check(r#"{"a": "b"#, r#"{"a": "b"}"#, &[Damage::Unbalanced]);
        check(r#"{"a": 1}}"#, r#"{"a": 1}"#, &[]);
    }
}
