//! Numbers as they are shown.

use crate::redact::Redactor;
use crate::seen::Unit;
use canon::money::Usd;
use serde_json::{Number, Value};
use std::time::Duration;

/// A kept number as JSON, in its metric's unit.
pub(super) fn json(unit: Unit, number: u64) -> Value {
    match unit {
        Unit::Whole => number.into(),
        Unit::Usd => rounded(number as f64 / 1e9, 6),
        Unit::Share => rounded(number as f64 / 1e4, 4),
        Unit::Millis => rounded(number as f64 / 10.0, 1),
    }
}

/// A kept number as Prometheus reads it.
pub(super) fn text(unit: Unit, number: u64) -> String {
    match unit {
        Unit::Whole => number.to_string(),
        Unit::Usd => significant(number as f64 / 1e9),
        Unit::Share => format!("{:.4}", number as f64 / 1e4),
        Unit::Millis => format!("{:.1}", number as f64 / 10.0),
    }
}

/// A number of at most ten significant digits, in billionths at the finest.
pub(super) fn significant(number: f64) -> String {
    let whole = format!("{:.0}", number.trunc()).len();
    let places = 10_usize.saturating_sub(whole).min(9);
    let text = format!("{number:.places$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// A number to so many places; JSON has no word for what is not a number.
pub(super) fn rounded(number: f64, places: i32) -> Value {
    let scale = 10_f64.powi(places);
    Number::from_f64((number * scale).round() / scale).map_or(Value::Null, Value::Number)
}

/// An amount in dollars, to a millionth.
pub(super) fn dollars(amount: Usd) -> Value {
    rounded(amount.dollars(), 6)
}

/// Milliseconds, to a tenth.
pub(super) fn millis(time: Duration) -> Value {
    rounded(time.as_secs_f64() * 1e3, 1)
}

/// A text from outside without secrets, and cut afterwards: a secret cut in two would no longer be known.
pub(super) fn clean(text: &str, limit: usize, redactor: &Redactor) -> String {
    let clean = redactor.clean(text);
    match clean.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &clean[..end]),
        None => clean.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::significant;

    #[test]
    fn ten_digits_are_shown() {
        for (number, text) in [
            (0.0, "0"),
            (1.5, "1.5"),
            (0.000_000_001, "0.000000001"),
            (12.345_678_912_3, "12.34567891"),
            (100.0, "100"),
            (123_456_789_012.0, "123456789012"),
        ] {
            assert_eq!(significant(number), text);
        }
    }
}
