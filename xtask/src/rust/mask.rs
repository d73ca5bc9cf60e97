//! Tells code from comments and literals. It knows nested comments, raw and byte
//! strings, and a quote that begins a character from one that begins a lifetime.

use super::is_word;

/// One Rust text in two readings, each as long as the text, so that offsets agree.
pub(crate) struct Masked {
    /// Comments and literals are blanks.
    pub(crate) code: String,
    /// Literals are blanks, comments are kept.
    pub(crate) remarks: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Piece {
    Code,
    Comment,
    Literal,
}

/// Reads `text` once.
pub(crate) fn mask(text: &str) -> Masked {
    let bytes = text.as_bytes();
    let (mut code, mut remarks) = (bytes.to_vec(), bytes.to_vec());
    let mut at = 0;
    while at < bytes.len() {
        let (piece, length) = next(&bytes[at..]);
        let end = (at + length.max(1)).min(bytes.len());
        if piece != Piece::Code {
            blank(&mut code[at..end]);
        }
        if piece == Piece::Literal {
            blank(&mut remarks[at..end]);
        }
        at = end;
    }
    Masked { code: into_text(&code), remarks: into_text(&remarks) }
}

fn into_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn blank(bytes: &mut [u8]) {
    for byte in bytes.iter_mut().filter(|byte| **byte != b'\n') {
        *byte = b' ';
    }
}

/// What the text begins with, and how many bytes of it.
fn next(rest: &[u8]) -> (Piece, usize) {
    match rest {
        [b'/', b'/', ..] => {
            (Piece::Comment, rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()))
        }
        [b'/', b'*', ..] => (Piece::Comment, block_comment(rest)),
        [b'"', ..] => (Piece::Literal, string(rest)),
        [b'\'', ..] => quote(rest),
        [first, ..] if is_word(*first) => word(rest),
        _ => (Piece::Code, 1),
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth.saturating_sub(1), at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn string(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// A character literal is blanked; of a lifetime only the quote is taken.
fn quote(rest: &[u8]) -> (Piece, usize) {
    let closed = |from: usize| rest[from..].iter().take(12).position(|byte| *byte == b'\'');
    match rest {
        [_, b'\\', _, ..] => (Piece::Literal, closed(3).map_or(1, |at| at + 4)),
        [_, first, ..] => {
            let width = if *first < 0x80 { 1 } else { first.leading_ones() as usize };
            if rest.get(1 + width) == Some(&b'\'') { (Piece::Literal, width + 2) } else { (Piece::Code, 1) }
        }
        _ => (Piece::Code, 1),
    }
}

/// An identifier, or a literal that begins with a prefix such as `b` or `r#`.
fn word(rest: &[u8]) -> (Piece, usize) {
    let end = rest.iter().position(|byte| !is_word(*byte)).unwrap_or(rest.len());
    let (prefix, tail) = rest.split_at(end);
    let hashes = tail.iter().take_while(|byte| **byte == b'#').count();
    let quoted = tail.get(hashes) == Some(&b'"');
    match prefix {
        b"r" | b"br" | b"cr" if quoted => (Piece::Literal, end + raw(tail, hashes)),
        b"b" | b"c" if quoted && hashes == 0 => (Piece::Literal, end + string(tail)),
        b"b" if tail.first() == Some(&b'\'') => (Piece::Literal, end + quote(tail).1),
        _ => (Piece::Code, end),
    }
}

fn raw(tail: &[u8], hashes: usize) -> usize {
    let mut at = hashes + 1;
    while at < tail.len() {
        let fence = &tail[at + 1..];
        if tail[at] == b'"' && fence.len() >= hashes && fence[..hashes].iter().all(|byte| *byte == b'#') {
            return at + 1 + hashes;
        }
        at += 1;
    }
    tail.len()
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[track_caller]
    fn check(text: &str, code: &str) {
        let masked = mask(text);
        assert_eq!(masked.code.split_whitespace().collect::<Vec<_>>().join(" "), code);
        assert_eq!(masked.code.len(), text.len());
        assert_eq!(masked.remarks.len(), text.len());
    }

    #[test]
    fn comments_and_literals_are_blank() {
        check("a // b\nc", "a c");
        check("a /* b /* c */ d */ e", "a e");
        check(r#"f("x \" {", 'y')"#, "f( , )");
        check(r##"f(r#"a " }"#, br"\", b"\"", c"d")"##, "f( , , , )");
        check("'{' '\\'' '\\u{7d}' b'}' 'é' end", "end");
    }

    #[test]
    fn lifetimes_and_raw_identifiers_are_code() {
        check("fn f<'a>(x: &'a str, r#type: u8) {}", "fn f<'a>(x: &'a str, r#type: u8) {}");
    }

    #[test]
    fn unfinished_text_ends_quietly() {
        check("a \"b", "a");
        check("a r#\"b\"", "a");
        check("a /* b", "a");
        check("a '", "a '");
    }

    #[test]
    fn remarks_keep_comments_only() {
        let masked = mask("a // note\nlet b = \"note\";");
        assert_eq!(masked.remarks.matches("note").count(), 1);
    }
}
