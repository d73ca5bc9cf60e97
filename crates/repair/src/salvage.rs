//! What a model had said, out of the error of a backend whose own parser could not read it.

use crate::cursor::{Cursor, Edge};
use crate::lenient::Reader;
use crate::value::Value;

/// How such errors begin to quote, and how the quotation ends.
const QUOTED: &[(&str, &[&str])] = &[
    // Ollama.
    ("error parsing tool call: raw='", &["', err="]),
    ("raw='", &["', err=", "'"]),
    // llama.cpp: the position, a colon, and the rest of the text.
    ("Failed to parse input at pos ", &[]),
];

/// The raw text of a model in the body of an error, if it holds one.
pub fn said(body: &[u8]) -> Option<String> {
    if memchr::memmem::find(body, b"raw='").is_none()
        && memchr::memmem::find(body, b"Failed to parse input at pos").is_none()
    {
        return None;
    }
    let text = String::from_utf8_lossy(body);
    let value = Reader::new(Cursor::new(text.trim(), 0, Edge::Stopped)).value();
    match value {
        Ok(value) => within(&value),
        Err(_) => quoted(&text),
    }
}

/// The quotation in any string of a value.
fn within(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Text(text) => quoted(text),
        Value::List(items) => items.iter().find_map(within),
        Value::Object(fields) => fields.iter().find_map(|(_, value)| within(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn quoted(message: &str) -> Option<String> {
    QUOTED.iter().find_map(|(opening, closings)| {
        let (_, behind) = message.split_once(opening)?;
        if closings.is_empty() {
            // All of the text where it is quoted whole, else from the position on.
            let (_, said) = behind.split_once(": ").or_else(|| behind.split_once(':'))?;
            return Some(said.to_owned());
        }
        closings.iter().find_map(|closing| behind.rsplit_once(closing)).map(|(said, _)| said.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_found_in_errors() {
        let check = |body: &str, expected: Option<&str>| {
            assert_eq!(said(body.as_bytes()).as_deref(), expected, "{body}");
        };
        let ollama = r#"{"error":{"message":"error parsing tool call: raw='{\"name\": \"Bash\"', err=unexpected end of JSON input"}}"#;
        check(ollama, Some(r#"{"name": "Bash""#));
        check(
            r#"{"error":{"code":500,"message":"Failed to parse input at pos 12: <tool_call>\n<function=Bash>"}}"#,
            Some("<tool_call>\n<function=Bash>"),
        );
        check(r#"{"error":{"message":"out of memory"}}"#, None);
    }
}
