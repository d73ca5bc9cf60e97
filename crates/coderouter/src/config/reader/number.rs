//! Numbers within limits. Quotes, digits in groups (`1_000`) and whole floats are fine, as in the Python program.

use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::report::Mistake;
use super::super::tree::Node;
use super::{Reader, Shape, VARIABLE};

/// A number within limits.
pub(crate) struct Number {
    range: RangeInclusive<f64>,
    above: bool,
}

/// A number within limits.
pub(crate) fn number(range: RangeInclusive<f64>) -> Number {
    Number { range, above: false }
}

/// A share between 0 and 1.
pub(crate) fn share() -> Number {
    number(0.0..=1.0)
}

impl Number {
    /// The lower limit itself is not allowed.
    pub(crate) fn above(self) -> Self {
        Self { above: true, ..self }
    }

    fn allows(&self, value: f64) -> bool {
        self.range.contains(&value) && !(self.above && value == *self.range.start())
    }

    fn limits(&self) -> String {
        let (low, high) = (self.range.start(), self.range.end());
        match (self.above, high.is_finite()) {
            (false, true) => format!("from {low} to {high}"),
            (false, false) => format!("of at least {low}"),
            (true, true) => format!("above {low}, up to {high}"),
            (true, false) => format!("above {low}"),
        }
    }
}

impl Shape for Number {
    type Value = f64;

    fn read(&self, reader: &mut Reader<'_>, node: &Node) -> Option<f64> {
        let expected = format!("a number {}", self.limits());
        let scalar = reader.scalar(node, &expected)?;
        let value = parse(&scalar.text).filter(|value| self.allows(*value));
        if value.is_none() {
            reader.unexpected(node, &expected);
        }
        value
    }

    fn schema(&self) -> Value {
        let lower = if self.above { "exclusiveMinimum" } else { "minimum" };
        let mut schema =
            json!({ "type": ["number", "string"], lower: self.range.start(), "pattern": VARIABLE });
        if self.range.end().is_finite() {
            schema["maximum"] = json!(self.range.end());
        }
        schema
    }

    fn show(&self, value: &f64) -> Option<Value> {
        Some(json!(value))
    }
}

/// A span of time given in seconds.
pub(crate) struct Seconds(Number);

/// A span of time given in seconds.
pub(crate) fn seconds(range: RangeInclusive<f64>) -> Seconds {
    Seconds(number(range))
}

impl Seconds {
    /// The lower limit itself is not allowed.
    pub(crate) fn above(self) -> Self {
        Self(self.0.above())
    }
}

impl Shape for Seconds {
    type Value = Duration;

    fn read(&self, reader: &mut Reader<'_>, node: &Node) -> Option<Duration> {
        let seconds = self.0.read(reader, node)?;
        let duration = Duration::try_from_secs_f64(seconds);
        if duration.is_err() {
            reader.report(Mistake::at(node.at, "this is longer than a clock can count"));
        }
        duration.ok()
    }

    fn schema(&self) -> Value {
        self.0.schema()
    }

    fn show(&self, value: &Duration) -> Option<Value> {
        self.0.show(&value.as_secs_f64())
    }
}

/// A whole number within limits.
pub(crate) struct Whole<T>(RangeInclusive<T>);

impl<T: Copy + std::fmt::Display + Into<Value>> Whole<T> {
    fn expected(&self) -> String {
        let (low, high) = (self.0.start(), self.0.end());
        let high_value: Value = (*high).into();
        match high_value.as_u64() {
            Some(high) if high >= u64::from(u32::MAX) => format!("a whole number of at least {low}"),
            _ => format!("a whole number from {low} to {high}"),
        }
    }
}

/// A whole number within limits.
pub(crate) fn whole<T>(range: RangeInclusive<T>) -> Whole<T> {
    Whole(range)
}

impl<T: Copy + PartialOrd + TryFrom<u64> + std::fmt::Display + Into<Value>> Shape for Whole<T> {
    type Value = T;

    fn read(&self, reader: &mut Reader<'_>, node: &Node) -> Option<T> {
        let expected = self.expected();
        let scalar = reader.scalar(node, &expected)?;
        let value = parse_whole(&scalar.text).and_then(|value| T::try_from(value).ok());
        let value = value.filter(|value| self.0.contains(value));
        if value.is_none() {
            reader.unexpected(node, &expected);
        }
        value
    }

    fn schema(&self) -> Value {
        let (low, high): (Value, Value) = ((*self.0.start()).into(), (*self.0.end()).into());
        json!({ "type": ["integer", "string"], "minimum": low, "maximum": high, "pattern": VARIABLE })
    }

    fn show(&self, value: &T) -> Option<Value> {
        Some((*value).into())
    }
}

/// A count of something there is at least one of.
pub(crate) struct NonZero(Whole<u32>);

/// A count of something there is at least one of.
pub(crate) fn nonzero(max: u32) -> NonZero {
    NonZero(whole(1..=max))
}

impl Shape for NonZero {
    type Value = NonZeroU32;

    fn read(&self, reader: &mut Reader<'_>, node: &Node) -> Option<NonZeroU32> {
        NonZeroU32::new(self.0.read(reader, node)?)
    }

    fn schema(&self) -> Value {
        self.0.schema()
    }
}

/// A number as people write it; never infinite, never "not a number".
fn parse(text: &str) -> Option<f64> {
    let digits = ungrouped(text)?;
    digits.parse::<f64>().ok().filter(|value| value.is_finite())
}

fn parse_whole(text: &str) -> Option<u64> {
    let digits = ungrouped(text)?;
    match digits.parse::<u64>() {
        Ok(value) => Some(value),
        Err(_) => whole_float(digits.parse().ok()?),
    }
}

/// `5.0` is 5. Beyond 2^53 a float no longer tells whole numbers apart.
fn whole_float(value: f64) -> Option<u64> {
    let fits = (0.0..=9_007_199_254_740_992.0).contains(&value) && value.fract() == 0.0;
    fits.then_some(value as u64)
}

/// Without the underscores between digits; none where the text cannot be a number (`inf`, `nan`, words).
fn ungrouped(text: &str) -> Option<String> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let grouped = |(index, byte): (usize, &u8)| {
        *byte != b'_'
            || (index > 0
                && bytes[index - 1].is_ascii_digit()
                && bytes.get(index + 1).is_some_and(u8::is_ascii_digit))
    };
    let is_number = bytes.iter().any(u8::is_ascii_digit)
        && bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'_' | b'.' | b'+' | b'-' | b'e' | b'E'))
        && bytes.iter().enumerate().all(grouped);
    is_number.then(|| text.replace('_', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        assert_eq!(parse("1_000.5"), Some(1000.5));
        assert_eq!(parse(" 1e3 "), Some(1000.0));
        assert_eq!(parse("-.5"), Some(-0.5));
        for text in ["", "_1", "1_", "1__0", "inf", "nan", ".", "1e999", "0x10", "--1", "1 2"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse_whole("67_108_864"), Some(67_108_864));
        assert_eq!(parse_whole("18446744073709551615"), Some(u64::MAX));
        assert_eq!(parse_whole("5.0"), Some(5));
        for text in ["5.5", "-1", "1e300", "18446744073709551616"] {
            assert_eq!(parse_whole(text), None, "{text}");
        }
    }
}
