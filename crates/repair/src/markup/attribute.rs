//! Attributes of tags.

use std::borrow::Cow;

/// The value of the first attribute that has one of these names.
pub fn attribute<'a>(attributes: &'a str, names: &[&str]) -> Option<Cow<'a, str>> {
    let mut rest = attributes.trim();
    // Keys are too short for a quicker search.
    while let Some(len) = rest.bytes().position(|byte| byte == b'=') {
        let (key, value) = (&rest[..len], &rest[len + 1..]);
        let (value, behind) = unquoted(value.trim_start());
        if names.contains(&last_word(key)) {
            return Some(value);
        }
        rest = behind.trim_start();
    }
    None
}

/// The last word of what stands before `=`, a comma or slash before it left out.
fn last_word(key: &str) -> &str {
    if key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return key;
    }
    let key = key.trim().trim_start_matches([',', '/']).trim();
    key.rsplit(char::is_whitespace).next().unwrap_or(key)
}

/// All attributes, in order.
pub fn attributes(text: &str) -> Vec<(&str, Cow<'_, str>)> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while let Some((key, value)) = rest.split_once('=') {
        let key = key.trim();
        let key = key.rsplit(char::is_whitespace).next().unwrap_or(key);
        let (value, behind) = unquoted(value.trim_start());
        found.push((key, value));
        rest = behind.trim_start();
    }
    found
}

/// A value without its quotes, and what follows it; borrowed where nothing is escaped.
pub fn unquoted(text: &str) -> (Cow<'_, str>, &str) {
    let (quote, close) = match text.as_bytes().first() {
        Some(b'"') => ('"', '"'),
        Some(b'\'') => ('\'', '\''),
        Some(_) if text.starts_with('“') => ('“', '”'),
        _ => {
            let len = text.find(char::is_whitespace).unwrap_or(text.len());
            return (Cow::Borrowed(&text[..len]), &text[len..]);
        }
    };
    let inside = &text[quote.len_utf8()..];
    let stop = inside.bytes().position(|byte| matches!(byte, b'\\' | b'&') || char::from(byte) == close);
    match stop {
        Some(len) if inside[len..].starts_with(close) => {
            (Cow::Borrowed(&inside[..len]), &inside[len + close.len_utf8()..])
        }
        _ => unescaped(inside, close),
    }
}

/// The same for what stands behind the opening quote, whatever is in it.
fn unescaped(inside: &str, close: char) -> (Cow<'_, str>, &str) {
    let mut value = String::new();
    let mut chars = inside.char_indices();
    while let Some((at, it)) = chars.next() {
        if it == close {
            return (decoded(Cow::Owned(value)), &inside[at + it.len_utf8()..]);
        }
        if it == '\\' && inside[at + 1..].starts_with([close, '\\']) {
            value.extend(chars.next().map(|(_, escaped)| escaped));
        } else {
            value.push(it);
        }
    }
    (decoded(Cow::Owned(value)), "")
}

/// Entities belong to the syntax of attributes.
fn decoded(value: Cow<'_, str>) -> Cow<'_, str> {
    if !value.contains('&') {
        return value;
    }
    let entities =
        [("&quot;", "\""), ("&#39;", "'"), ("&apos;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    let plain = entities.iter().fold(value.into_owned(), |text, (entity, meant)| text.replace(entity, meant));
    Cow::Owned(plain)
}
