//! `repair_byte_fallback`: characters that arrived as byte tokens, `<0xE3><0x81><0x82>`.

/// Joins byte tokens to characters, across pieces.
#[derive(Debug, Default)]
pub struct ByteTokens {
    /// Text that may be part of a token.
    held: String,
    /// Bytes that may be part of a character.
    bytes: Vec<u8>,
    fired: bool,
}

/// How many bytes wait for the end of a run of them.
const MAX_BYTES: usize = 4_096;

/// How long a token is: `<0xHH>`.
const TOKEN: usize = 6;

impl ByteTokens {
    /// Whether it holds anything back.
    pub fn is_holding(&self) -> bool {
        !self.held.is_empty() || !self.bytes.is_empty()
    }

    /// Whether it changed anything.
    pub fn fired(&self) -> bool {
        self.fired
    }

    /// Takes text in and returns it with characters where bytes were; `None` where it is the same text.
    pub fn push(&mut self, text: &str) -> Option<String> {
        if !self.is_holding() && memchr::memchr(b'<', text.as_bytes()).is_none() {
            return None;
        }
        let mut all = std::mem::take(&mut self.held);
        all.push_str(text);
        let mut out = String::with_capacity(all.len());
        let mut rest = all.as_str();
        while let Some(at) = rest.find('<') {
            self.settle(&rest[..at], &mut out);
            rest = &rest[at..];
            if rest.len() < TOKEN && is_prefix(rest) {
                rest.clone_into(&mut self.held);
                return Some(out);
            }
            match token(rest) {
                Some(byte) => {
                    self.bytes.push(byte);
                    rest = &rest[TOKEN..];
                    // A long run goes out in parts, between characters where it has any.
                    let long = self.bytes.len() >= MAX_BYTES;
                    if long && (self.bytes.len() > MAX_BYTES + 3 || std::str::from_utf8(&self.bytes).is_ok())
                    {
                        self.flush(&mut out);
                    }
                }
                None => {
                    self.settle("<", &mut out);
                    rest = &rest[1..];
                }
            }
        }
        self.settle(rest, &mut out);
        Some(out)
    }

    /// Takes the end of the text in and returns what was held back.
    pub fn finish(&mut self) -> String {
        let mut out = String::new();
        let held = std::mem::take(&mut self.held);
        self.flush(&mut out);
        out + &held
    }

    fn settle(&mut self, text: &str, out: &mut String) {
        if !text.is_empty() {
            self.flush(out);
            out.push_str(text);
        }
    }

    /// Writes the bytes as characters; those that are none as the tokens they were.
    fn flush(&mut self, out: &mut String) {
        for chunk in std::mem::take(&mut self.bytes).utf8_chunks() {
            self.fired |= !chunk.valid().is_empty();
            out.push_str(chunk.valid());
            for byte in chunk.invalid() {
                out.push_str(&format!("<0x{byte:02X}>"));
            }
        }
    }
}

fn token(text: &str) -> Option<u8> {
    let hex = text.strip_prefix("<0x")?.get(..2)?;
    let valid = hex.bytes().all(|byte| byte.is_ascii_hexdigit()) && text[5..].starts_with('>');
    if valid { u8::from_str_radix(hex, 16).ok() } else { None }
}

fn is_prefix(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, byte)| match at {
        0 => byte == b'<',
        1 => byte == b'0',
        2 => byte == b'x',
        _ => byte.is_ascii_hexdigit(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_characters() {
        let text = "x<0xE3><0x80><0x80>y<0xFF>z<0x41> <0xE3> <0x8";
        let expected = "x\u{3000}y<0xFF>zA <0xE3> <0x8";
        for size in 1..9 {
            let mut filter = ByteTokens::default();
            let mut out = String::new();
            for piece in text.as_bytes().chunks(size) {
                let piece = std::str::from_utf8(piece).expect("ASCII");
                out += &filter.push(piece).unwrap_or_else(|| piece.to_owned());
            }
            assert_eq!(out + &filter.finish(), expected, "in pieces of {size}");
        }
    }
}
