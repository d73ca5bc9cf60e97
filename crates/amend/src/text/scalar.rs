//! Single values: what plain words mean, and how a value is written so that it is read as that value.

use super::tree::{Layout, Quote};
use serde_json::{Number, Value};

/// What a plain word means in YAML 1.2.
pub(crate) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok().map(Number::from);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return u64::from_str_radix(digits, 8).ok().map(Number::from);
    }
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let starts = body.starts_with(|first: char| first.is_ascii_digit())
        || (body.starts_with('.') && body[1..].starts_with(|next: char| next.is_ascii_digit()));
    if !starts || !body.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte)) {
        return None;
    }
    let plain = text.strip_prefix('+').unwrap_or(text);
    let whole = plain.parse::<i64>().map(Number::from).or_else(|_| plain.parse::<u64>().map(Number::from));
    whole.ok().or_else(|| plain.parse::<f64>().ok().and_then(Number::from_f64))
}

/// Whether a plain word already says this boolean, as readers of configurations take it.
pub(super) fn says(word: &str, wanted: bool) -> bool {
    let words: &[&str] = if wanted { &["true", "yes", "on"] } else { &["false", "no", "off"] };
    words.contains(&word.to_ascii_lowercase().as_str())
}

/// A single value as text; a quote that was there is kept where it can be.
pub(super) fn written(value: &Value, quote: Quote, layout: Layout) -> String {
    match value {
        Value::String(_) if layout == Layout::Json => value.to_string(),
        Value::String(text) => match quote {
            Quote::Single if text.chars().all(is_printable) => format!("'{}'", text.replace('\'', "''")),
            Quote::Double => double(text),
            _ if is_plain(text, layout) => text.clone(),
            _ => double(text),
        },
        _ => value.to_string(),
    }
}

fn is_printable(character: char) -> bool {
    !character.is_control() && !matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

fn double(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            _ if is_printable(character) => out.push(character),
            _ => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
        }
    }
    out.push('"');
    out
}

/// Whether any reader, those of YAML 1.1 included, takes the words without quotes as this text.
fn is_plain(text: &str, layout: Layout) -> bool {
    let starts = text.starts_with(|first: char| first.is_alphabetic() || matches!(first, '_' | '/'));
    let inside = text.chars().all(|character| {
        character.is_alphanumeric() || "_-./+@:~ ".contains(character) && is_printable(character)
    });
    let colons =
        !text.contains(": ") && !text.ends_with(':') && (layout == Layout::Block || !text.contains(':'));
    starts && inside && colons && !text.ends_with(' ') && !is_word(text)
}

/// Words that some reader takes for something else.
fn is_word(text: &str) -> bool {
    const WORDS: &[&str] = &["null", "true", "false", "yes", "no", "on", "off"];
    WORDS.contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::{resolve, written};
    use crate::text::tree::{Layout, Quote};
    use serde_json::{Value, json};

    #[test]
    fn plain_words_are_read_as_yaml_says() {
        let cases = [
            ("~", json!(null)),
            ("True", json!(true)),
            ("yes", json!("yes")),
            ("12", json!(12)),
            ("-1.5e3", json!(-1500.0)),
            ("0x1F", json!(31)),
            ("1:30", json!("1:30")),
            ("1.2.3", json!("1.2.3")),
            ("-", json!("-")),
            (".inf", json!(".inf")),
        ];
        for (text, value) in cases {
            assert_eq!(resolve(text), value, "{text}");
        }
    }

    #[test]
    fn only_what_no_reader_mistakes_goes_without_quotes() {
        let cases = [
            ("qwen2.5-coder:14b", "qwen2.5-coder:14b"),
            ("http://localhost:4000/v1", "http://localhost:4000/v1"),
            ("off", "\"off\""),
            ("12", "\"12\""),
            ("a: b", "\"a: b\""),
            ("a #b", "\"a #b\""),
            ("", "\"\""),
            ("*x", "\"*x\""),
            ("a\nb\u{7}\"", "\"a\\nb\\u0007\\\"\""),
            ("größe", "größe"),
        ];
        for (text, expected) in cases {
            let value = Value::String(text.to_owned());
            assert_eq!(written(&value, Quote::Plain, Layout::Block), expected);
        }
        assert_eq!(written(&json!("a:b"), Quote::Plain, Layout::Flow), "\"a:b\"");
        assert_eq!(written(&json!("it's"), Quote::Single, Layout::Block), "'it''s'");
    }
}
