//! The scalars in a JSON text: every string, number and word in it, without a tree. It is for text that should be
//! JSON, so whatever it is given it comes to an end and leaves nothing out.

use std::ops::ControlFlow;

/// A scalar as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scalar<'a> {
    /// The nearest key in front of it, still escaped; empty where there is none. For a key it is the key itself.
    pub(crate) key: &'a [u8],
    /// How many objects and lists it stands in.
    pub(crate) depth: usize,
    /// What it is.
    pub(crate) kind: Kind,
    /// A string without its quotes, still escaped; anything else as it stands.
    pub(crate) inside: &'a [u8],
}

/// What a scalar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The name of a field.
    Key,
    /// A string.
    Text,
    /// A number, `true`, `false`, `null`, or what should have been one of them.
    Bare,
}

/// Shows every scalar, from front to back, until `see` has seen enough.
pub(crate) fn each_scalar<'a>(
    json: &'a [u8],
    mut see: impl FnMut(Scalar<'a>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let (mut rest, mut key): (&[u8], &[u8]) = (json, &[]);
    let mut depth = 0_usize;
    while let Some((&byte, after)) = rest.split_first() {
        let (inside, kind) = if byte == b'"' {
            let inside;
            (inside, rest) = string(after);
            let is_key = rest.trim_ascii_start().first() == Some(&b':');
            key = if is_key { inside } else { key };
            (inside, if is_key { Kind::Key } else { Kind::Text })
        } else if is_between(byte) {
            rest = after;
            match byte {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            continue;
        } else {
            let inside;
            (inside, rest) =
                rest.split_at(rest.iter().position(|byte| is_between(*byte)).unwrap_or(rest.len()));
            (inside, Kind::Bare)
        };
        see(Scalar { key, depth, kind, inside })?;
    }
    ControlFlow::Continue(())
}

/// Whether a byte stands between scalars.
fn is_between(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':' | b'"')
}

/// The inside of a string whose first quote is taken, and what follows it; without a second quote it is all there is.
fn string(text: &[u8]) -> (&[u8], &[u8]) {
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        let at = from + at;
        if text[at] == b'"' {
            return (&text[..at], &text[at + 1..]);
        }
        from = at + 2;
    }
    (text, &[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scalars(json: &str) -> Vec<(String, Kind, String)> {
        let mut seen = Vec::new();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let _ = each_scalar(json.as_bytes(), |scalar| {
            seen.push((text(scalar.key), scalar.kind, text(scalar.inside)));
            ControlFlow::Continue(())
        });
        seen
    }

    fn check(json: &str, expect: &[(&str, Kind, &str)]) {
        let expect: Vec<_> = expect
            .iter()
            .map(|(key, kind, inside)| ((*key).to_owned(), *kind, (*inside).to_owned()))
            .collect();
        assert_eq!(scalars(json), expect, "{json}");
    }

    #[test]
    fn every_scalar_is_seen_with_its_key() {
        use Kind::{Bare, Key, Text};
        check(r#""a""#, &[("", Text, "a")]);
        check(
            r#"{"path" : "a\"b", "n": [1, -2.5e3, "x"], "o": {"p": null}}"#,
            &[
                ("path", Key, "path"),
                ("path", Text, r#"a\"b"#),
                ("n", Key, "n"),
                ("n", Bare, "1"),
                ("n", Bare, "-2.5e3"),
                ("n", Text, "x"),
                ("o", Key, "o"),
                ("p", Key, "p"),
                ("p", Bare, "null"),
            ],
        );
        check(r#"{"a": "cut off \"#, &[("a", Key, "a"), ("a", Text, r"cut off \")]);
        check(
            "no json, at all",
            &[("", Bare, "no"), ("", Bare, "json"), ("", Bare, "at"), ("", Bare, "all")],
        );
    }

    #[test]
    fn it_stops_when_enough_was_seen() {
        let mut seen = 0;
        let flow = each_scalar(br#"["a", "b"]"#, |_| {
            seen += 1;
            ControlFlow::Break(())
        });
        assert_eq!((flow, seen), (ControlFlow::Break(()), 1));
    }

    proptest! {
        #[test]
        fn nothing_is_left_out_of_any_text(text in "[ -~é\\n]{0,60}") {
            let seen: usize = scalars(&text).iter().map(|(_, _, inside)| inside.len()).sum();
            let between = text.bytes().filter(|byte| is_between(*byte)).count();
            prop_assert!(seen + between >= text.len());
        }

        #[test]
        fn strings_come_back(strings in prop::collection::vec("[ -~é\\n]{0,12}", 0..6)) {
            let mut json = Vec::from(*b"[");
            for string in &strings {
                json.push(b'"');
                canon::escape::escape_into(string.as_bytes(), &mut json);
                json.extend_from_slice(b"\",");
            }
            let mut seen = Vec::new();
            let _ = each_scalar(&json, |scalar| {
                seen.push(canon::escape::unescape(scalar.inside).into_owned());
                ControlFlow::Continue(())
            });
            prop_assert_eq!(seen, strings);
        }
    }
}
