//! Secrets by their looks: keys whose makers gave them a prefix, and the places in URLs and headers where keys
//! stand. For secrets that nobody declared.

use super::Hit;
use super::trigger::Triggers;
use std::ops::Range;

/// How anything that [`find`] finds begins.
pub(super) fn triggers() -> Triggers {
    let mut triggers = Triggers::new();
    for start in [*b"sk-", *b"ghp", *b"gho", *b"ghu", *b"ghs", *b"ghr", *b"AIz", *b"://"] {
        triggers.add(start);
    }
    triggers.add_any_case(*b"bea");
    for name in PARAMETERS {
        let [first, second] = [name[0], name[1]];
        triggers.add_any_case([b'?', first, second]);
        triggers.add_any_case([b'&', first, second]);
    }
    triggers
}

/// A secret that begins at a place, or whose surroundings do.
pub(super) fn find(text: &[u8], at: usize) -> Option<Hit<'static>> {
    let (secret, label) = match text[at] {
        b's' => (key(text, at, b"sk-", 16, is_token)?, "sk-key"),
        b'g' => (github(text, at)?, "gh-token"),
        b'A' => (key(text, at, b"AIza", 20, is_token)?, "google-key"),
        b'b' | b'B' => (bearer(text, at)?, "bearer"),
        b'?' | b'&' => (parameter(text, at)?, "url-param"),
        b':' => (password(text, at)?, "userinfo"),
        _ => return None,
    };
    // What was replaced by value already keeps its label.
    (!text[secret.clone()].starts_with(b"[redacted:")).then_some(Hit { secret, label })
}

/// Names of URL parameters that carry keys.
const PARAMETERS: &[&[u8]] = &[b"api_key", b"api-key", b"apikey", b"access_token", b"auth_token", b"key"];

/// A key with its maker's prefix and at least `least` characters behind it. A prefix in the middle of a word is
/// none: `task-list` holds no key.
fn key(text: &[u8], at: usize, prefix: &[u8], least: usize, is_key: fn(u8) -> bool) -> Option<Range<usize>> {
    let whole_word = at.checked_sub(1).is_none_or(|before| !text[before].is_ascii_alphanumeric());
    let tail = text[at..].strip_prefix(prefix).filter(|_| whole_word)?;
    let length = run(tail, is_key, least)?;
    Some(at..at + prefix.len() + length)
}

fn github(text: &[u8], at: usize) -> Option<Range<usize>> {
    let prefixes: [&[u8]; 5] = [b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_"];
    prefixes.iter().find_map(|prefix| key(text, at, prefix, 16, is_token))
}

/// The token behind `bearer` and blanks.
fn bearer(text: &[u8], at: usize) -> Option<Range<usize>> {
    let (word, tail) = text[at..].split_at_checked(6)?;
    let blanks = run(tail, |byte| byte == b' ' || byte == b'\t', 1)
        .filter(|_| word.eq_ignore_ascii_case(b"bearer"))?;
    let start = at + word.len() + blanks;
    let is_key = |byte: u8| byte.is_ascii_alphanumeric() || b"._~+/=-".contains(&byte);
    Some(start..start + run(&text[start..], is_key, 16)?)
}

/// The value of a URL parameter that carries a key.
fn parameter(text: &[u8], at: usize) -> Option<Range<usize>> {
    let tail = &text[at + 1..];
    let named = |name: &&&[u8]| {
        let start = tail.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        start && tail.get(name.len()) == Some(&b'=')
    };
    let start = at + 1 + PARAMETERS.iter().find(named)?.len() + 1;
    let is_value = |byte: u8| byte > b' ' && !b"&#\"'<>\\".contains(&byte);
    Some(start..start + run(&text[start..], is_value, 1)?)
}

/// The password between `://user:` and `@`. The search ends where the host would, so no text is read twice.
fn password(text: &[u8], at: usize) -> Option<Range<usize>> {
    let authority = text[at..].strip_prefix(b"://")?;
    let end = authority.iter().position(|byte| *byte <= b' ' || b"/?#\"'<>\\".contains(byte));
    let authority = &authority[..end.unwrap_or(authority.len())];
    let host = authority.iter().rposition(|byte| *byte == b'@')?;
    // A label's own colon parts no user from a password.
    let parts = |colon: usize| authority[colon] == b':' && !authority[..colon].ends_with(b"[redacted");
    let colon = (0..host).find(|colon| parts(*colon))?;
    (colon + 1 < host).then_some(at + 3 + colon + 1..at + 3 + host)
}

/// How many bytes at the start are of a kind, where they are at least `least`.
fn run(text: &[u8], is_kind: impl Fn(u8) -> bool, least: usize) -> Option<usize> {
    let length = text.iter().position(|byte| !is_kind(*byte)).unwrap_or(text.len());
    (length >= least).then_some(length)
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}
