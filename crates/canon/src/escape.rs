//! JSON string escapes, both ways. Nothing else of JSON lives here.

use std::borrow::Cow;

/// Appends `text` to `out` as the inside of a JSON string, without the quotes.
pub fn escape_into(text: &[u8], out: &mut Vec<u8>) {
    // Without a branch, so that the compiler looks at many bytes at once: mostly there is nothing to escape.
    if !text.iter().fold(false, |found, &byte| found | must_be_escaped(byte)) {
        return out.extend_from_slice(text);
    }
    out.reserve(text.len());
    let mut clean_from = 0;
    for (at, &byte) in text.iter().enumerate() {
        if !must_be_escaped(byte) {
            continue;
        }
        out.extend_from_slice(&text[clean_from..at]);
        clean_from = at + 1;
        push_escape(byte, out);
    }
    out.extend_from_slice(&text[clean_from..]);
}

const fn must_be_escaped(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}

fn push_escape(byte: u8, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        b'"' => b'"',
        b'\\' => b'\\',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            out.extend_from_slice(b"\\u00");
            out.push(HEX[usize::from(byte >> 4)]);
            out.push(HEX[usize::from(byte & 15)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Reads the inside of a JSON string; what is not a legal escape becomes U+FFFD, so it never fails.
pub fn unescape(escaped: &[u8]) -> Cow<'_, str> {
    if memchr::memchr(b'\\', escaped).is_none() {
        return plain(escaped);
    }
    let mut plain = Vec::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        plain.extend_from_slice(&rest[..at]);
        rest = read_escape(&rest[at + 1..], &mut plain);
    }
    plain.extend_from_slice(rest);
    Cow::Owned(match String::from_utf8(plain) {
        Ok(text) => text,
        Err(broken) => String::from_utf8_lossy(broken.as_bytes()).into_owned(),
    })
}

/// A text without escapes. Asked first whether it is UTF-8, as it nearly always is: that is much faster than to mend it.
fn plain(text: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(text).map_or_else(|_| String::from_utf8_lossy(text), Cow::Borrowed)
}

/// Reads what follows a backslash and returns what follows the escape.
fn read_escape<'a>(rest: &'a [u8], plain: &mut Vec<u8>) -> &'a [u8] {
    let Some((&kind, after)) = rest.split_first() else {
        push_char('\u{fffd}', plain);
        return rest;
    };
    let byte = match kind {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 0x08,
        b'f' => 0x0c,
        b'"' | b'\\' | b'/' => kind,
        b'u' => return read_unicode(after, plain),
        _ => {
            push_char('\u{fffd}', plain);
            return rest;
        }
    };
    plain.push(byte);
    after
}

fn read_unicode<'a>(rest: &'a [u8], plain: &mut Vec<u8>) -> &'a [u8] {
    let Some((first, after)) = hex4(rest) else {
        push_char('\u{fffd}', plain);
        return rest;
    };
    if (0xd800..0xdc00).contains(&first)
        && let Some((second, after)) = after.strip_prefix(b"\\u").and_then(hex4)
        && (0xdc00..0xe000).contains(&second)
    {
        let joined = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        push_char(char::from_u32(joined).unwrap_or('\u{fffd}'), plain);
        return after;
    }
    push_char(char::from_u32(first).unwrap_or('\u{fffd}'), plain);
    after
}

/// The four hexadecimal digits at the start of `bytes` and what follows them.
pub fn hex4(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = bytes.split_at_checked(4)?;
    let mut value = 0;
    for &digit in digits {
        value = value * 16 + char::from(digit).to_digit(16)?;
    }
    Some((value, rest))
}

fn push_char(c: char, out: &mut Vec<u8>) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn escape_agrees_with_serde_json(text in ".*") {
            let mut ours = vec![b'"'];
            escape_into(text.as_bytes(), &mut ours);
            ours.push(b'"');
            prop_assert_eq!(serde_json::from_slice::<String>(&ours).unwrap(), text);
        }

        #[test]
        fn unescape_undoes_escape(text in ".*") {
            let mut escaped = Vec::new();
            escape_into(text.as_bytes(), &mut escaped);
            prop_assert_eq!(unescape(&escaped), text);
        }

        #[test]
        fn unescape_bears_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = unescape(&bytes);
        }
    }

    #[test]
    fn surrogate_pairs_are_joined() {
        assert_eq!(unescape(br"a\ud83d\ude00b"), "a\u{1f600}b");
        assert_eq!(unescape(br"\ud83d!"), "\u{fffd}!");
    }
}
