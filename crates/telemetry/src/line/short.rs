//! The line for people at a terminal: a time, the request, and a few words. Facts for machines alone have none.

mod phrase;

use super::text::{ERROR_LIMIT, TEXT_LIMIT, fit};
use crate::fact::{Field, Value, fields, heading};
use crate::moment::{UtcOffset, write_time_of_day};
use crate::redact::Redactor;
use canon::event::{Event, Level};
use phrase::{Phrase, phrase};
use std::io::Write;
use std::time::Duration;

/// Appends an event as one short line with its line end, or nothing where the fact is not for people. The time is
/// that of the place; nothing in the line can steer a terminal.
pub fn write_short(event: &Event, redactor: &Redactor, place: UtcOffset, out: &mut Vec<u8>) {
    let (name, level) = heading(&event.fact);
    let Some(phrase) = phrase(&event.fact).filter(|_| level > Level::Debug) else { return };
    let fields = fields(&event.fact);
    write_time_of_day(event.at, place, out);
    out.push(b' ');
    if let Some(request) = event.request {
        // The beginning tells one request from another. Writing to a vector can't fail.
        let end = out.len() + "req_0000".len();
        let _ = write!(out, "{request}");
        out.truncate(end);
        out.push(b' ');
    }
    out.extend_from_slice(match level {
        Level::Debug | Level::Info => b"",
        Level::Warning => b"warning: ",
        Level::Error => b"error: ",
    });
    match phrase {
        Phrase::Words(words) => Sentence { fields: &fields, redactor }.fill(words, out),
        Phrase::Listed => list(name, &fields, redactor, out),
    }
    out.push(b'\n');
}

/// Fields on their way into words.
struct Sentence<'a> {
    fields: &'a [Field<'a>],
    redactor: &'a Redactor,
}

impl Sentence<'_> {
    fn fill(&self, mut phrase: &str, out: &mut Vec<u8>) {
        while !phrase.is_empty() {
            if let Some(group) = phrase.strip_prefix('[') {
                let (words, rest) = group.split_once(']').unwrap_or((group, ""));
                if self.all_said(words) {
                    self.put(words, out);
                }
                phrase = rest;
            } else {
                let (words, rest) = phrase.split_at(phrase.find('[').unwrap_or(phrase.len()));
                self.put(words, out);
                phrase = rest;
            }
        }
    }

    fn put(&self, mut words: &str, out: &mut Vec<u8>) {
        while let Some((before, after)) = words.split_once('{') {
            out.extend_from_slice(before.as_bytes());
            let (name, rest) = after.split_once('}').unwrap_or((after, ""));
            write_value(self.value(name), self.redactor, out);
            words = rest;
        }
        out.extend_from_slice(words.as_bytes());
    }

    fn all_said(&self, words: &str) -> bool {
        let names = words.split('{').skip(1).filter_map(|after| after.split('}').next());
        names.into_iter().all(|name| says_something(self.value(name)))
    }

    fn value(&self, name: &str) -> &Value<'_> {
        self.fields.iter().find(|(key, _)| *key == name).map_or(&Value::Absent, |(_, value)| value)
    }
}

fn says_something(value: &Value<'_>) -> bool {
    match value {
        Value::Absent | Value::Flag(false) | Value::Count(0) => false,
        Value::Speeds(speeds) => !speeds.is_empty(),
        Value::Seconds(span) => !span.is_zero(),
        Value::Money(money) | Value::Total(money) => money.dollars() > 0.0,
        Value::Names(names) => !names.is_empty(),
        Value::Group(fields) => !fields.is_empty(),
        Value::Text(text) | Value::Error(text) => !text.is_empty(),
        Value::Flag(true) | Value::Count(_) | Value::Span(_) | Value::Ratio(_) | Value::Month(_) => true,
    }
}

fn list(name: &str, fields: &[Field<'_>], redactor: &Redactor, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    for (key, value) in fields {
        let _ = write!(out, " {key}=");
        write_value(value, redactor, out);
    }
}

/// A flag has no words of its own: it lets the group speak that it stands in.
fn write_value(value: &Value<'_>, redactor: &Redactor, out: &mut Vec<u8>) {
    let _ = match value {
        // Groups are for machines.
        Value::Absent | Value::Flag(_) | Value::Group(_) => Ok(()),
        Value::Count(count) => write!(out, "{count}"),
        Value::Span(span) if *span < Duration::from_secs(1) => write!(out, "{} ms", span.as_millis()),
        Value::Span(span) => write!(out, "{:.1} s", span.as_secs_f64()),
        Value::Seconds(span) => write!(out, "{:.0} s", span.as_secs_f64()),
        Value::Ratio(ratio) => write!(out, "{:.0} %", ratio * 100.0),
        Value::Speeds(_) => Ok(()),
        Value::Month(month) => write!(out, "{month}"),
        Value::Money(money) | Value::Total(money) => write!(out, "${:.4}", money.dollars()),
        Value::Text(text) => return write_text(&fit(text, TEXT_LIMIT, redactor), out),
        Value::Error(text) => return write_text(&fit(text, ERROR_LIMIT, redactor), out),
        Value::Names(names) => return write_text(&fit(&names.join(", "), TEXT_LIMIT, redactor), out),
    };
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    for c in text.chars() {
        let c = if c.is_control() { ' ' } else { c };
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
}
