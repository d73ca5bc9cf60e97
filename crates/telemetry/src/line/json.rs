//! The line for machines: one JSON object, its payload flat but for values that belong together.

use super::text::{ERROR_LIMIT, TEXT_LIMIT, fit};
use crate::fact::{Field, Value, fields, heading};
use crate::moment::write_rfc3339;
use crate::redact::Redactor;
use canon::escape::escape_into;
use canon::event::{Event, Fact, Level};
use canon::id::{ProviderName, RequestId};
use canon::money::Usd;
use std::io::Write;
use std::time::Duration;

/// Appends an event as one line of JSON with its line end: `ts`, `level`, `logger`, `msg`, what the fact says, and
/// `request_id` where there is one.
pub fn write_json(event: &Event, redactor: &Redactor, out: &mut Vec<u8>) {
    let (name, level) = heading(&event.fact);
    out.extend_from_slice(br#"{"ts":""#);
    write_rfc3339(event.at, out);
    out.extend_from_slice(br#"","level":""#);
    out.extend_from_slice(word(level).as_bytes());
    out.extend_from_slice(br#"","logger":"coderouter","msg":"#);
    string(name, out);
    for field in fields(&event.fact) {
        out.push(b',');
        write_field(&field, redactor, out);
    }
    if let Some(request) = event.request {
        out.push(b',');
        write_request(request, out);
    }
    out.extend_from_slice(b"}\n");
}

/// Appends what an event says as one JSON object: its fields, and `request_id` where there is one.
pub fn write_fields(event: &Event, redactor: &Redactor, out: &mut Vec<u8>) {
    out.push(b'{');
    for (place, field) in fields(&event.fact).into_iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write_field(&field, redactor, out);
    }
    if let Some(request) = event.request {
        if !out.ends_with(b"{") {
            out.push(b',');
        }
        write_request(request, out);
    }
    out.push(b'}');
}

/// The name of a fact in logs, and the word for how grave it is.
pub fn name(fact: &Fact) -> (&'static str, &'static str) {
    let (name, level) = heading(fact);
    (name, word(level))
}

/// How grave a fact is.
pub fn level(fact: &Fact) -> Level {
    heading(fact).1
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Debug => "DEBUG",
        Level::Info => "INFO",
        Level::Warning => "WARNING",
        Level::Error => "ERROR",
    }
}

fn write_request(request: RequestId, out: &mut Vec<u8>) {
    out.extend_from_slice(br#""request_id":""#);
    out.extend_from_slice(&request.text());
    out.push(b'"');
}

/// Keys are words of our own that need no escape.
fn write_field((key, value): &Field<'_>, redactor: &Redactor, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
    write_value(value, redactor, out);
}

fn write_value(value: &Value<'_>, redactor: &Redactor, out: &mut Vec<u8>) {
    // Writing to a vector can't fail.
    let _ = match value {
        Value::Absent => return out.extend_from_slice(b"null"),
        Value::Flag(true) => return out.extend_from_slice(b"true"),
        Value::Flag(false) => return out.extend_from_slice(b"false"),
        Value::Count(count) => return whole(*count, out),
        Value::Span(span) => return tenths_of_millis(*span, out),
        Value::Seconds(span) => write!(out, "{}", rounded(span.as_secs_f64(), 1)),
        Value::Ratio(ratio) => return number(rounded(*ratio, 3), out),
        Value::Speeds(speeds) => return table(speeds, out),
        Value::Month(month) => write!(out, r#""{month}""#),
        Value::Money(Usd::ZERO) => return out.push(b'0'),
        Value::Money(money) => write!(out, "{}", money.dollars()),
        Value::Total(money) => return number(rounded(money.dollars(), 6), out),
        Value::Text(text) => return string(&fit(text, TEXT_LIMIT, redactor), out),
        Value::Error(text) => return string(&fit(text, ERROR_LIMIT, redactor), out),
        Value::Names(names) => return list(names, redactor, out),
        Value::Group(fields) => return group(fields, redactor, out),
    };
}

fn whole(number: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// A span as milliseconds with one digit behind the point.
fn tenths_of_millis(span: Duration, out: &mut Vec<u8>) {
    let tenths = u64::try_from((span.as_micros() + 50) / 100).unwrap_or(u64::MAX);
    whole(tenths / 10, out);
    out.push(b'.');
    whole(tenths % 10, out);
}

fn rounded(number: f64, places: i32) -> f64 {
    let scale = 10f64.powi(places);
    (number * scale).round() / scale
}

/// JSON has no word for what is not a number.
fn number(number: f64, out: &mut Vec<u8>) {
    let _ = if number.is_finite() { write!(out, "{number}") } else { write!(out, "null") };
}

fn table(speeds: &[(ProviderName, Option<Duration>, f64, u64)], out: &mut Vec<u8>) {
    out.push(b'{');
    for (place, (provider, median, failures, samples)) in speeds.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        string(provider.as_str(), out);
        out.extend_from_slice(br#":{"median_latency_ms":"#);
        let median = median.map(|median| rounded(median.as_secs_f64() * 1e3, 1));
        number(median.unwrap_or(f64::NAN), out);
        out.extend_from_slice(br#","error_rate":"#);
        number(rounded(*failures, 4), out);
        let _ = write!(out, r#","sample_count":{samples}}}"#);
    }
    out.push(b'}');
}

fn group(fields: &[Field<'_>], redactor: &Redactor, out: &mut Vec<u8>) {
    out.push(b'{');
    for (place, field) in fields.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write_field(field, redactor, out);
    }
    out.push(b'}');
}

fn list(names: &[&str], redactor: &Redactor, out: &mut Vec<u8>) {
    out.push(b'[');
    for (place, name) in names.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        string(&fit(name, TEXT_LIMIT, redactor), out);
    }
    out.push(b']');
}

fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    escape_into(text.as_bytes(), out);
    out.push(b'"');
}
