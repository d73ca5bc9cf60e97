//! A fact as the router's feed tells it, and its short line. The words of the router's own short log need the fact
//! itself; here its name and its fields have to do.

use super::plain::plain;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// A fact, its fields in the order in which they are told.
pub struct Fact(Vec<(String, Value)>);

impl Fact {
    /// Reads a JSON line.
    pub fn read(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }

    /// The fact of a document, whose fields have lost their order: those that tell most come first.
    pub fn of(document: &Value) -> Self {
        let place = |name: &str| FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len());
        let fields = document.as_object().into_iter().flatten();
        let mut fields: Vec<_> = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
        fields.sort_by_key(|(name, _)| place(name));
        Self(fields)
    }

    /// The line for people: the time of day, the request, how grave it is, the fact's name, and what it says.
    pub fn short(&self, zone: &TimeZone) -> String {
        let mut line = time_of_day(self.word("ts"), zone);
        if let Some(request) = self.field("request_id").and_then(Value::as_str) {
            // The beginning tells one request from another.
            let begin: String = request.chars().take("req_0000".len()).collect();
            line = format!("{line} {begin}");
        }
        line.push_str(match self.word("level") {
            "WARNING" => " warning:",
            "ERROR" | "CRITICAL" => " error:",
            _ => "",
        });
        line = format!("{line} {}", self.word("msg"));
        for (name, value) in &self.0 {
            if let Some(value) = self.told(name, value) {
                line = format!("{line} {name}={value}");
            }
        }
        plain(&line).into_owned()
    }

    /// A field's value as it is told; none where it says nothing to people.
    fn told(&self, name: &str, value: &Value) -> Option<String> {
        if LEFT_OUT.contains(&name) || (name == "provider" && self.field("from_provider").is_some()) {
            return None;
        }
        match value {
            Value::Null | Value::Object(_) | Value::Bool(false) => None,
            Value::Bool(true) => Some("yes".to_owned()),
            Value::Number(number) => Some(number.to_string()),
            Value::String(text) => Some(quoted(text)).filter(|text| !text.is_empty()),
            Value::Array(all) => {
                let words = all.iter().map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned));
                let words: Vec<String> = words.collect();
                Some(quoted(&words.join(","))).filter(|text| !text.is_empty())
            }
        }
    }

    fn word(&self, name: &str) -> &str {
        self.field(name).and_then(Value::as_str).unwrap_or("")
    }

    fn field(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, value)| known == name && !value.is_null()).map(|(_, value)| value)
    }
}

/// What stands at the line's beginning, or is for machines.
const LEFT_OUT: &[&str] = &[
    "ts",
    "level",
    "logger",
    "msg",
    "request_id",
    "stream",
    "streaming",
    "native",
    "retryable",
    "hop_index",
    "pre_attempt",
    "wire",
];

/// What tells most, where a fact says it.
const FIRST: &[&str] =
    &["provider", "from_provider", "to_provider", "profile", "reason", "status", "error", "duration_ms"];

/// The time of day of a moment; its own words where it is none.
pub fn time_of_day(moment: &str, zone: &TimeZone) -> String {
    match moment.parse::<Timestamp>() {
        Ok(at) => at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string(),
        Err(_) => moment.chars().take(8).collect(),
    }
}

/// In quotes where blanks would hide its end.
fn quoted(text: &str) -> String {
    if text.contains(|c: char| c.is_whitespace() || c == '"') { format!("{text:?}") } else { text.to_owned() }
}

impl<'de> Deserialize<'de> for Fact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Fact;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fact")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fact, M::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Fact(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expect: &str) {
        let zone = TimeZone::fixed(jiff::tz::offset(9));
        assert_eq!(Fact::read(line).unwrap().short(&zone), expect);
    }

    #[test]
    fn lines_are_short_and_in_order() {
        check(
            r#"{"ts":"2026-11-28T09:28:00.123Z","level":"WARNING","logger":"coderouter","msg":"provider-failed","provider":"llama","status":503,"retryable":true,"error":"out of memory","request_id":"req_8f2c0011"}"#,
            r#"18:28:00 req_8f2c warning: provider-failed provider=llama status=503 error="out of memory""#,
        );
        check(
            r#"{"ts":"2026-11-28T09:28:00.123Z","level":"WARNING","logger":"coderouter","msg":"fallback-occurred","provider":"a","from_provider":"a","to_provider":null,"reason":"connection","hop_index":0}"#,
            "18:28:00 warning: fallback-occurred from_provider=a reason=connection",
        );
        check(
            r#"{"ts":"2026-11-28T09:28:00.123Z","level":"INFO","logger":"coderouter","msg":"coderouter-startup","providers":["a","b"],"allow_paid":true,"mode":null,"startup":{"x":1}}"#,
            "18:28:00 coderouter-startup providers=a,b allow_paid=yes",
        );
    }

    #[test]
    fn nothing_in_a_line_steers_a_terminal() {
        check(
            r#"{"ts":"\u001b[2J","level":"INFO","msg":"provider-ok\u0007","provider":"\u009b31m\u202e","error":"a\nb \u001b]0;x"}"#,
            "\u{fffd}[2J provider-ok\u{fffd} provider=\u{fffd}31m\u{fffd} error=\"a\\nb \\u{1b}]0;x\"",
        );
    }
}
