//! Attributes of tags.

/// The value of the first attribute that has one of these names.
pub fn attribute(attributes: &str, names: &[&str]) -> Option<String> {
    let mut rest = attributes.trim();
    while let Some((key, value)) = rest.split_once('=') {
        let key = key.trim().trim_start_matches([',', '/']).trim();
        let key = key.rsplit(char::is_whitespace).next().unwrap_or(key);
        let (value, behind) = unquoted(value.trim_start());
        if names.contains(&key) {
            return Some(value);
        }
        rest = behind.trim_start();
    }
    None
}

/// All attributes, in order.
pub fn attributes(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while let Some((key, value)) = rest.split_once('=') {
        let key = key.trim();
        let key = key.rsplit(char::is_whitespace).next().unwrap_or(key);
        let (value, behind) = unquoted(value.trim_start());
        found.push((key.to_owned(), value));
        rest = behind.trim_start();
    }
    found
}

/// A value without its quotes, and what follows it.
pub fn unquoted(text: &str) -> (String, &str) {
    let Some(quote) = text.chars().next().filter(|it| matches!(it, '"' | '\'' | '“')) else {
        let len = text.find(char::is_whitespace).unwrap_or(text.len());
        return (text[..len].to_owned(), &text[len..]);
    };
    let close = if quote == '“' { '”' } else { quote };
    let inside = &text[quote.len_utf8()..];
    let mut value = String::new();
    let mut chars = inside.char_indices();
    while let Some((at, it)) = chars.next() {
        if it == close {
            return (decoded(&value), &inside[at + it.len_utf8()..]);
        }
        if it == '\\' && inside[at + 1..].starts_with([close, '\\']) {
            value.extend(chars.next().map(|(_, escaped)| escaped));
        } else {
            value.push(it);
        }
    }
    (decoded(&value), "")
}

/// Entities belong to the syntax of attributes.
fn decoded(value: &str) -> String {
    if !value.contains('&') {
        return value.to_owned();
    }
    [("&quot;", "\""), ("&#39;", "'"), ("&apos;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]
        .iter()
        .fold(value.to_owned(), |text, (entity, meant)| text.replace(entity, meant))
}
