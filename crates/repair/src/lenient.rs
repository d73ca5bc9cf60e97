//! Reads a value that was meant to be JSON: JSON itself, Python literals, and the object form of the Gemma models,
//! with all the damage that models do to them. What is read and what was wrong with it come out together.
//!
//! Strict JSON is read as what it is: no leniency changes the meaning of a valid text.

mod scalar;
mod string;

pub use scalar::{literal, number};

use crate::cursor::{Cursor, Edge, Read, Stop, Wait};
use crate::damage::{Damage, Damages};
use crate::value::{Fields, Value};
use std::borrow::Cow;

/// The deepest nesting that is followed.
const MAX_DEPTH: usize = 64;

/// Judges each field at the top of an object, once when its key was read and once with its value; `false` gives the
/// object up.
pub type Judge<'a> = &'a dyn Fn(&str, Option<&Value<'_>>) -> bool;

/// A reader of one value.
pub struct Reader<'a> {
    /// Where it stands.
    pub cursor: Cursor<'a>,
    /// What was wrong so far.
    pub damage: Damages,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// A reader at a place.
    pub fn new(cursor: Cursor<'a>) -> Self {
        Self { cursor, damage: Damages::NONE, depth: 0 }
    }

    /// Reads a value.
    ///
    /// # Errors
    /// If there is none, or not all of it.
    pub fn value(&mut self) -> Read<Value<'a>> {
        self.skip_blank_and_comments()?;
        match self.cursor.peek()? {
            None => Err(self.cursor.ran_out(Wait::Any)),
            Some(b'{') => self.object(&|_, _| true),
            Some(b'[') => self.list(b']'),
            Some(b'(') => self.list(b')'),
            Some(_) => match self.string()? {
                Some(text) => Ok(Value::Text(text)),
                None => self.scalar(),
            },
        }
    }

    /// Reads an object; the cursor stands at its brace.
    ///
    /// # Errors
    /// If it is none, not all there, or `judge` gives it up.
    pub fn object(&mut self, judge: Judge<'_>) -> Read<Value<'a>> {
        self.descend()?;
        self.cursor.at += 1;
        self.skip_blank_and_comments()?;
        let doubled = self.cursor.peek()? == Some(b'{');
        if doubled {
            self.damage.add(Damage::SurplusBracket);
            self.cursor.at += 1;
        }
        let fields = self.fields(b'}', judge)?;
        if doubled && self.cursor.peek()? == Some(b'}') {
            self.cursor.at += 1;
        }
        self.depth -= 1;
        Ok(Value::Object(fields))
    }

    /// Reads fields up to the closing bracket, which is taken.
    ///
    /// # Errors
    /// As [`Self::object`].
    pub fn fields(&mut self, close: u8, judge: Judge<'_>) -> Read<Fields<'a>> {
        let mut fields = Fields::new();
        loop {
            let comma = self.separators()?;
            if self.closes(close, comma && !fields.is_empty())? {
                return Ok(fields);
            }
            let bare = !self.cursor.rest().starts_with(['"', '\'', '“', '<', '`']);
            // Without a comma before it, a word is no key.
            if bare && !comma && !fields.is_empty() {
                return Err(Stop::No);
            }
            let key = self.key()?;
            if self.depth <= 1 && !judge(&key, None) {
                return Err(Stop::No);
            }
            self.skip_blank_and_comments()?;
            match self.cursor.peek()? {
                Some(b':') => {
                    self.cursor.at += 1;
                    self.cursor.take("=")?;
                }
                Some(b'=') => {
                    self.damage.note(close == b'}', Damage::PythonLiteral);
                    self.cursor.at += 1;
                    self.cursor.take(">")?;
                }
                Some(_) => return Err(Stop::No),
                None if self.cursor.edge == Edge::Stopped && !bare => return self.run_dry(fields),
                None => return Err(self.cursor.ran_out(Wait::Any)),
            }
            self.skip_blank_and_comments()?;
            if self.cursor.peek()?.is_none() && self.cursor.edge == Edge::Stopped {
                return self.run_dry(fields);
            }
            let value = self.value_and_double()?;
            if self.depth <= 1 && !judge(&key, Some(&value)) {
                return Err(Stop::No);
            }
            // The later of two equal keys counts, as everywhere.
            match fields.iter_mut().find(|(name, _)| *name == key) {
                Some(field) => field.1 = value,
                None => fields.push((key, value)),
            }
        }
    }

    /// Reads a value; of an object that stands there twice the one that says more.
    fn value_and_double(&mut self) -> Read<Value<'a>> {
        let mut value = self.value()?;
        while let Value::Object(fields) = &value {
            self.skip_blank_and_comments()?;
            if self.cursor.peek()? != Some(b'{') {
                break;
            }
            let from = self.cursor;
            let Value::Object(again) = self.object(&|_, _| true)? else { break };
            // The next call, not the same arguments again.
            if again.iter().any(|(key, _)| key == "name" || key == "arguments") {
                self.cursor = from;
                break;
            }
            self.damage.add(Damage::Doubled);
            if again.len() > fields.len() {
                value = Value::Object(again);
            }
        }
        Ok(value)
    }

    /// The text ended between a key and its value: the key is left out.
    fn run_dry(&mut self, fields: Fields<'a>) -> Read<Fields<'a>> {
        self.damage.add(Damage::Unbalanced);
        self.cursor.at = self.cursor.text.len();
        Ok(fields)
    }

    fn list(&mut self, close: u8) -> Read<Value<'a>> {
        self.cursor.at += 1;
        self.items(close, Vec::new())
    }

    /// Reads on in a list behind the items that were read, up to the closing bracket, which is taken.
    ///
    /// # Errors
    /// If it is none, or not all there.
    pub fn items(&mut self, close: u8, mut items: Vec<Value<'a>>) -> Read<Value<'a>> {
        self.descend()?;
        loop {
            let comma = self.separators()?;
            if self.closes(close, comma && !items.is_empty())? {
                self.depth -= 1;
                return Ok(Value::List(items));
            }
            items.push(self.value()?);
        }
    }

    fn descend(&mut self) -> Read<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(Stop::No) } else { Ok(()) }
    }

    /// Skips blanks, comments and commas; whether there was a comma.
    fn separators(&mut self) -> Read<bool> {
        let mut comma = false;
        loop {
            self.skip_blank_and_comments()?;
            if self.cursor.peek()? != Some(b',') {
                return Ok(comma);
            }
            comma = true;
            self.cursor.at += 1;
        }
    }

    /// Whether the bracket closes here: by its closer, which is taken, by that of an outer one, by markup, or by the
    /// end of the text.
    fn closes(&mut self, close: u8, after_comma: bool) -> Read<bool> {
        match self.cursor.peek()? {
            Some(byte) if byte == close => {
                self.damage.note(after_comma, Damage::TrailingComma);
                self.cursor.at += 1;
                Ok(true)
            }
            Some(b'}' | b']' | b')') => {
                self.damage.add(Damage::Unbalanced);
                Ok(true)
            }
            Some(b'<') if self.string_opener()?.is_none() => {
                self.damage.add(Damage::Unbalanced);
                Ok(true)
            }
            Some(b';') => {
                self.damage.add(Damage::Unbalanced);
                Ok(true)
            }
            // An object can't begin where a key should be.
            Some(b'{') if close == b'}' => {
                self.damage.add(Damage::Unbalanced);
                Ok(true)
            }
            Some(b'[') if self.cursor.begins("[TOOL_CALLS]")? => {
                self.damage.add(Damage::Unbalanced);
                Ok(true)
            }
            Some(b'`') if self.cursor.begins("```")? => {
                self.damage.add(Damage::Unbalanced);
                Ok(true)
            }
            Some(_) => Ok(false),
            None if self.cursor.edge == Edge::Cut => Err(Stop::Cut),
            None => {
                self.damage.add(Damage::Unbalanced);
                Ok(true)
            }
        }
    }

    fn key(&mut self) -> Read<Cow<'a, str>> {
        if let Some(key) = self.string()? {
            return Ok(key);
        }
        let key = self.cursor.take_while(|it| it.is_alphanumeric() || matches!(it, '_' | '$' | '-' | '.'))?;
        if key.is_empty() {
            return Err(Stop::No);
        }
        self.damage.add(Damage::BareKey);
        Ok(Cow::Borrowed(key))
    }

    /// Skips white space, and comments where they can't be anything else.
    #[inline]
    pub fn skip_blank_and_comments(&mut self) -> Read<()> {
        match self.cursor.text.as_bytes().get(self.cursor.at) {
            // Nearly always there are none.
            Some(byte) if *byte > b' ' && !matches!(byte, b'#' | b'/') => Ok(()),
            _ => self.skip_them(),
        }
    }

    fn skip_them(&mut self) -> Read<()> {
        loop {
            self.cursor.skip_blank();
            let closer = match self.cursor.peek()? {
                Some(b'#') => "\n",
                Some(b'/') if self.cursor.begins("//")? => "\n",
                Some(b'/') if self.cursor.begins("/*")? => "*/",
                _ => return Ok(()),
            };
            match self.cursor.rest().find(closer) {
                Some(len) => self.cursor.at += len + closer.len(),
                None if self.cursor.edge == Edge::Stopped && closer == "\n" => {
                    self.cursor.at = self.cursor.text.len();
                }
                None => return Err(self.cursor.ran_out(Wait::Any)),
            }
            self.damage.add(Damage::Comment);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, json: &str, damage: &[Damage]) {
        let mut reader = Reader::new(Cursor::new(text, 0, Edge::Stopped));
        let value = reader.value().unwrap_or_else(|stop| panic!("{text}: {stop:?}"));
        assert_eq!(value.to_json(), json, "{text}");
        assert_eq!(reader.damage.iter().collect::<Vec<_>>(), damage, "{text}");
    }

    #[test]
    fn valid_json_is_what_it_is() {
        check(
            r#"{"a": [1, -2.5e3, true, null], "b": {"c": "\u00e9\n\"\\ \ud83d\ude00"}}"#,
            r#"{"a":[1,-2.5e3,true,null],"b":{"c":"é\n\"\\ 😀"}}"#,
            &[],
        );
    }

    #[test]
    fn damage_is_mended_and_named() {
        check(
            "{'a': 'it\\'s', 'b': None,}",
            r#"{"a":"it's","b":null}"#,
            &[Damage::PythonLiteral, Damage::TrailingComma],
        );
        check("{a: 1, b: two}", r#"{"a":1,"b":"two"}"#, &[Damage::PythonLiteral, Damage::BareKey]);
        check(r#"{"a": {"b": "c""#, r#"{"a":{"b":"c"}}"#, &[Damage::Unbalanced]);
        check(r#"{"a": {"b": "c"#, r#"{"a":{"b":"c"}}"#, &[Damage::Unbalanced]);
        check("{\"a\": \"x\ny\"}", r#"{"a":"x\ny"}"#, &[Damage::RawControl]);
        check(r#"{"a": "grep \d+ \x"}"#, r#"{"a":"grep \\d+ \\x"}"#, &[Damage::BadEscape]);
        check("{“a”: “b”}", r#"{"a":"b"}"#, &[Damage::SmartQuote]);
        check("{\"a\": 1, // one\n\"b\": 2}", r#"{"a":1,"b":2}"#, &[Damage::Comment]);
        check(r#"{"a": "say "hi" now"}"#, r#"{"a":"say \"hi\" now"}"#, &[Damage::InnerQuote]);
        check(r#"{{"a": 1}}"#, r#"{"a":1}"#, &[Damage::SurplusBracket]);
        check(r#"{a:<|"|>b "c"<|"|>,d:2}"#, r#"{"a":"b \"c\"","d":2}"#, &[Damage::BareKey]);
        check("[1, [2, 3}", "[1,[2,3]]", &[Damage::Unbalanced]);
    }

    #[test]
    fn every_beginning_of_a_value_waits() {
        let text = r#"{"a": ["b\u00e9", -1.5, {"c": null}], 'd': True}"#;
        for end in 1..text.len() {
            let stop = Reader::new(Cursor::new(&text[..end], 0, Edge::Open)).value();
            assert!(matches!(stop, Err(Stop::More(_))), "{}: {stop:?}", &text[..end]);
        }
    }

    #[test]
    fn depth_has_an_end() {
        let deep = "[".repeat(100_000);
        assert_eq!(Reader::new(Cursor::new(&deep, 0, Edge::Stopped)).value(), Err(Stop::No));
    }
}
