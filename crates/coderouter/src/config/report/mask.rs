//! Keeps secrets out of reports: by place, by the name of the key before them, and by their own look.
//!
//! Every masked byte becomes one asterisk, so that places in the line stay right.

use super::super::place::Place;

/// Endings of key names whose values are secret.
const SECRET_NAMES: &[&str] = &["key", "token", "secret", "password", "passwd", "authorization", "cookie"];

/// Beginnings by which the keys of the large providers are known.
const KEY_PREFIXES: &[&str] =
    &["sk-", "sk_", "nvapi-", "gsk_", "hf_", "ghp_", "github_pat_", "xai-", "AIza", "r8_", "eyJ", "Bearer "];

/// The shortest text after such a beginning that is taken for a key.
const MIN_KEY: usize = 8;

/// How much of a line is searched for secrets when a whole file is looked over.
const MAX_SEARCHED: usize = 4096;

/// Whether a text holds something that looks like a secret.
pub(crate) fn holds_secret(text: &str) -> bool {
    text.lines().any(|line| {
        let line = &line[..line.floor_char_boundary(MAX_SEARCHED)];
        let uncommented = line.split(" #").next().unwrap_or(line);
        !uncommented.trim_start().starts_with('#') && mask_text(uncommented) != uncommented
    })
}

/// The text with everything masked that looks like a secret.
pub(crate) fn mask_text(text: &str) -> String {
    let mut masked = text.as_bytes().to_vec();
    for range in [named(text), prefixed(text), user_info(text)].into_iter().flatten() {
        masked[range].fill(b'*');
    }
    String::from_utf8_lossy(&masked).into_owned()
}

/// One line of a file, which starts at `start` of the file, with `secrets` masked too.
pub(super) fn mask_line(line: &str, start: usize, secrets: &[Place]) -> String {
    let mut masked = mask_text(line).into_bytes();
    for place in secrets {
        let from = place.start.saturating_sub(start).min(masked.len());
        let to = place.end.saturating_sub(start).clamp(from, masked.len());
        masked[from..to].fill(b'*');
    }
    String::from_utf8_lossy(&masked).into_owned()
}

type Ranges = Vec<std::ops::Range<usize>>;

/// Values after `name:` or `name=` where the name ends like that of a secret.
fn named(text: &str) -> Ranges {
    let bytes = text.as_bytes();
    let mut ranges = Ranges::new();
    for (index, byte) in bytes.iter().enumerate() {
        if !matches!(byte, b':' | b'=') {
            continue;
        }
        let quoted = text[..index].trim_end().trim_end_matches(['"', '\'']);
        let name_start = quoted.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'));
        let name = &quoted[name_start.map_or(0, |before| before + utf8_len(quoted, before))..];
        let is_secret = SECRET_NAMES.iter().any(|ending| ends_with(name, ending));
        let value = bytes[index + 1..].iter().position(|byte| !byte.is_ascii_whitespace());
        if let Some(value) = value.filter(|_| is_secret) {
            let value = index + 1 + value;
            ranges.push(value..value + value_len(&text[value..]));
        }
    }
    ranges
}

fn ends_with(name: &str, ending: &str) -> bool {
    name.len() >= ending.len()
        && name.is_char_boundary(name.len() - ending.len())
        && name[name.len() - ending.len()..].eq_ignore_ascii_case(ending)
}

fn utf8_len(text: &str, index: usize) -> usize {
    text[index..].chars().next().map_or(1, char::len_utf8)
}

/// Up to the closing quote, or to what ends a plain value in a flow mapping, or to the end.
fn value_len(value: &str) -> usize {
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value[1..].find(quote).map_or(value.len(), |end| end + 2),
        _ => value.find([',', '}', ']']).unwrap_or(value.len()),
    }
}

/// Runs of key characters that begin like a key.
fn prefixed(text: &str) -> Ranges {
    let mut ranges = Ranges::new();
    for prefix in KEY_PREFIXES {
        for (start, _) in text.match_indices(prefix) {
            let inside = text[..start].ends_with(|c: char| c.is_ascii_alphanumeric());
            let rest = &text[start + prefix.len()..];
            let key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+' | '/' | '=');
            let len = rest.find(|c: char| !key(c)).unwrap_or(rest.len());
            if len >= MIN_KEY && !inside {
                ranges.push(start..start + prefix.len() + len);
            }
        }
    }
    ranges
}

/// What stands between `://` and `@`.
fn user_info(text: &str) -> Ranges {
    let mut ranges = Ranges::new();
    for (scheme, separator) in text.match_indices("://") {
        let start = scheme + separator.len();
        let authority = &text[start..];
        let authority = &authority[..authority.find(['/', ' ', '"', '\'']).unwrap_or(authority.len())];
        if let Some(at) = authority.rfind('@') {
            ranges.push(start..start + at);
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        assert_eq!(mask_text(text), expect);
        assert_eq!(mask_text(text).len(), text.len());
    }

    #[test]
    fn secrets_are_masked() {
        check("api_key: hunter2", "api_key: *******");
        check("OPENROUTER_API_KEY=sk-or-v1-0123456789", "OPENROUTER_API_KEY=*******************");
        check("{a: 1, password: 'x, y', b: 2}", "{a: 1, password: ******, b: 2}");
        check("\"Authorization\": \"Bearer abc\"", "\"Authorization\": ************");
        check("http://user:pässwort@host/v1", "http://**************@host/v1");
        check("name: sk-ant-api03-abcdefgh", "name: *********************");
    }

    #[test]
    fn the_rest_is_left_alone() {
        for text in [
            "api_key_env: OPENROUTER_API_KEY",
            "input_tokens_per_million: 3",
            "max_tokens: 4096",
            "model: task-force-one-two",
            "base_url: http://localhost:11434/v1",
            "größe: ∞",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn comments_hold_no_secret() {
        assert!(!holds_secret("# api_key: abc\nname: x # token: abc"));
        assert!(holds_secret("name: x\nextra_body: {api_key: abc}"));
    }
}
