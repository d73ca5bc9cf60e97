//! Strings with half a surrogate pair. Clients that cut text by UTF-16 units write them, and then repeat them in every
//! later request, so refusing them ends a session for good.

use bytes::Bytes;
use canon::escape::hex4;

/// The text with every escape of half a surrogate pair replaced by that of U+FFFD, which is as long; nothing if there
/// is none.
pub fn mend_surrogates(body: &Bytes) -> Option<Bytes> {
    let mut mended: Option<Vec<u8>> = None;
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &body[at..]) {
        let escape = at + found;
        at = match unit(body, escape) {
            None => escape + 2,
            Some(0xd800..0xdc00) if matches!(unit(body, escape + 6), Some(0xdc00..0xe000)) => escape + 12,
            Some(0xd800..0xe000) => {
                mended.get_or_insert_with(|| body.to_vec())[escape..escape + 6].copy_from_slice(b"\\ufffd");
                escape + 6
            }
            Some(_) => escape + 6,
        };
        if at >= body.len() {
            break;
        }
    }
    mended.map(Bytes::from)
}

/// The code unit of a `\u` escape at `at`.
fn unit(body: &[u8], at: usize) -> Option<u32> {
    let digits = body.get(at..)?.strip_prefix(b"\\u")?;
    hex4(digits).map(|(unit, _)| unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_replaced_and_pairs_stay() {
        let cases: &[(&str, Option<&str>)] = &[
            (r#""\ud83d\ude00""#, None),
            (r#""\ud83d""#, Some(r#""\ufffd""#)),
            (r#""\ude00\ud83d\ude00\ud83dx""#, Some(r#""\ufffd\ud83d\ude00\ufffdx""#)),
            (r#""\\ud83d""#, None),
            ("\\", None),
        ];
        for (text, mended) in cases {
            assert_eq!(
                mend_surrogates(&Bytes::from_static(text.as_bytes())).as_deref(),
                mended.map(str::as_bytes)
            );
        }
    }
}
