//! Numbers, truth values, nothing, and words that were meant to be strings.

use super::Reader;
use crate::cursor::{Read, Stop, Wait};
use crate::damage::Damage;
use crate::value::Value;
use std::borrow::Cow;

impl<'a> Reader<'a> {
    pub(super) fn scalar(&mut self) -> Read<Value<'a>> {
        let from = self.cursor.at;
        let word = self.cursor.take_while(|it| !ends_word(it));
        let word = match word {
            Ok(word) => word.trim(),
            // A word that is too long is none.
            Err(Stop::More(_)) if self.cursor.rest().len() > 256 => return Err(Stop::No),
            Err(stop) => return Err(stop),
        };
        if word.is_empty() {
            return Err(if self.cursor.peek()?.is_none() {
                self.cursor.ran_out(Wait::Any)
            } else {
                Stop::No
            });
        }
        // A prefix of a Python string.
        if matches!(word, "r" | "b" | "f" | "u" | "rb" | "R")
            && matches!(self.cursor.peek()?, Some(b'"' | b'\''))
        {
            self.damage.add(Damage::PythonLiteral);
            return self.string().and_then(|text| text.map(Value::Text).ok_or(Stop::No));
        }
        if let Some(value) = literal(word) {
            self.damage.note(!matches!(word, "true" | "false" | "null"), Damage::PythonLiteral);
            return Ok(value);
        }
        if let Some(number) = number(word) {
            self.damage.note(number != word, Damage::ScalarRetyped);
            return Ok(Value::Number(number));
        }
        let first = self.cursor.text.as_bytes()[from];
        if !(first.is_ascii_alphabetic()
            || first >= 0x80
            || matches!(first, b'_' | b'/' | b'.' | b'~' | b'*'))
        {
            return Err(Stop::No);
        }
        self.damage.add(Damage::PythonLiteral);
        Ok(Value::Text(Cow::Borrowed(word)))
    }
}

/// Whether a word without quotes ends here.
fn ends_word(it: char) -> bool {
    matches!(
        it,
        ',' | ':'
            | '='
            | '}'
            | ']'
            | ')'
            | '\n'
            | '\r'
            | '"'
            | '\''
            | '<'
            | '>'
            | '{'
            | '['
            | '('
            | ';'
            | '`'
    )
}

/// The literal of JSON or Python that a word is.
pub fn literal(word: &str) -> Option<Value<'static>> {
    match word {
        "true" | "True" | "TRUE" => Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => Some(Value::Bool(false)),
        "null" | "None" | "NULL" | "Null" | "nil" | "undefined" => Some(Value::Null),
        _ => None,
    }
}

/// A number in the form that JSON allows, if the word is one.
pub fn number(word: &str) -> Option<Cow<'_, str>> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        return u64::from_str_radix(hex, 16).ok().map(|value| Cow::Owned(value.to_string()));
    }
    if !digits.starts_with(|it: char| it.is_ascii_digit() || it == '.' || it == '+') {
        return None;
    }
    if is_json(digits) {
        return Some(Cow::Borrowed(word));
    }
    let plain: String = word.trim_start_matches('+').replace('_', "");
    let value: f64 = plain.parse().ok().filter(|value: &f64| value.is_finite())?;
    if !plain.contains(['.', 'e', 'E']) {
        plain.parse::<i128>().ok().map(|it| Cow::Owned(it.to_string()))
    } else {
        Some(Cow::Owned(value.to_string()))
    }
}

/// Whether digits without a sign are a number of JSON.
fn is_json(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    let whole = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if whole == 0 || (whole > 1 && bytes[0] == b'0') {
        return false;
    }
    let mut rest = &bytes[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let len = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if len == 0 {
            return false;
        }
        rest = &fraction[len..];
    }
    if let Some(exponent) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) {
        let exponent =
            exponent.strip_prefix(b"-").or_else(|| exponent.strip_prefix(b"+")).unwrap_or(exponent);
        return !exponent.is_empty() && exponent.iter().all(u8::is_ascii_digit);
    }
    rest.is_empty()
}
