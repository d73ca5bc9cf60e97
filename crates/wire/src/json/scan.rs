//! The byte level of JSON: where strings, numbers and whole values end, and whether they are legal on the way.

/// How deep arrays and objects may nest.
pub const NESTING_LIMIT: u32 = 128;

/// A place in a text that has been found to be UTF-8.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub(super) bytes: &'a [u8],
    /// `at <= bytes.len()`
    pub(super) at: usize,
    /// The arrays and objects around `at`; at most [`NESTING_LIMIT`].
    pub(super) depth: u32,
}

/// What is wrong and at which byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flaw {
    pub(super) at: usize,
    pub(super) message: &'static str,
}

/// Where a string's inside ends and whether it holds a backslash.
pub(super) struct Inside {
    pub(super) end: usize,
    pub(super) escaped: bool,
}

impl Cursor<'_> {
    /// The next byte that is not white space, which is not taken; 0 at the end, as no JSON byte is.
    pub(super) fn peek(&mut self) -> u8 {
        while let Some(&byte) = self.bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return byte;
            }
            self.at += 1;
        }
        0
    }

    pub(super) fn flaw(&self, message: &'static str) -> Flaw {
        Flaw {
            at: self.at,
            message: if self.at == self.bytes.len() { "unexpected end of the text" } else { message },
        }
    }

    /// Takes a byte that must come next.
    pub(super) fn take(&mut self, byte: u8, message: &'static str) -> Result<(), Flaw> {
        if self.peek() != byte || self.at == self.bytes.len() {
            return Err(self.flaw(message));
        }
        self.at += 1;
        Ok(())
    }

    /// Goes into an array or object.
    pub(super) fn enter(&mut self) -> Result<(), Flaw> {
        if self.depth == NESTING_LIMIT {
            return Err(self.flaw("nested too deeply"));
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    /// Leaves an array or object.
    pub(super) fn leave(&mut self) {
        self.depth -= 1;
        self.at += 1;
    }

    /// Takes a string whose opening quote is the next byte.
    pub(super) fn string(&mut self) -> Result<Inside, Flaw> {
        self.at += 1;
        let mut escaped = false;
        loop {
            self.at = next_special(self.bytes, self.at);
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Inside { end: self.at - 1, escaped });
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                _ => return Err(self.flaw("control character in a string")),
            }
        }
    }

    /// Takes an escape; surrogates must come in pairs.
    fn escape(&mut self) -> Result<(), Flaw> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 2;
                Ok(())
            }
            Some(b'u') => self.unicode(),
            _ => Err(self.flaw("illegal escape in a string")),
        }
    }

    fn unicode(&mut self) -> Result<(), Flaw> {
        let rest = &self.bytes[self.at + 2..];
        let Some((first, after)) = canon::escape::hex4(rest) else {
            return Err(self.flaw("illegal escape in a string"));
        };
        self.at += match first {
            0xd800..0xdc00 => match after.strip_prefix(b"\\u").and_then(canon::escape::hex4) {
                Some((0xdc00..0xe000, _)) => 12,
                _ => return Err(self.flaw(LONE_SURROGATE)),
            },
            0xdc00..0xe000 => return Err(self.flaw(LONE_SURROGATE)),
            _ => 6,
        };
        Ok(())
    }

    /// Takes a number whose first byte comes next. It must be one that a double can hold.
    pub(super) fn number(&mut self) -> Result<(), Flaw> {
        let start = self.at;
        self.at += usize::from(self.bytes[start] == b'-');
        match self.bytes.get(self.at) {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        let exponent = matches!(self.bytes.get(self.at), Some(b'e' | b'E'));
        if exponent {
            self.at += 1;
            self.at += usize::from(matches!(self.bytes.get(self.at), Some(b'+' | b'-')));
            self.digits()?;
        }
        if (exponent || self.at - start > SURELY_FINITE) && !is_finite(&self.bytes[start..self.at]) {
            return Err(Flaw { at: start, message: "number out of range" });
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Flaw> {
        let count = self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count == 0 { Err(self.flaw("illegal number")) } else { Ok(()) }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Flaw> {
        if !self.bytes[self.at..].starts_with(word) {
            return Err(self.flaw("expected a value"));
        }
        self.at += word.len();
        Ok(())
    }

    /// Takes a value that is neither array nor object.
    pub(super) fn scalar(&mut self) -> Result<(), Flaw> {
        match self.peek() {
            b'"' => self.string().map(drop),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => Err(self.flaw("expected a value")),
        }
    }

    /// Takes any value, without recursion.
    pub(super) fn value(&mut self) -> Result<(), Flaw> {
        let outside = self.depth;
        // One bit for each level inside the value: whether it is an object.
        let mut objects: u128 = 0;
        loop {
            let opener = self.peek();
            if matches!(opener, b'{' | b'[') {
                self.enter()?;
                objects = objects << 1 | u128::from(opener == b'{');
                if self.peek() != opener + 2 {
                    self.key_if(objects)?;
                    continue;
                }
                objects >>= 1;
                self.leave();
            } else {
                self.scalar()?;
            }
            while self.depth > outside {
                let byte = self.peek();
                if byte == b',' {
                    self.at += 1;
                    self.key_if(objects)?;
                    break;
                }
                if byte != if objects & 1 == 1 { b'}' } else { b']' } {
                    return Err(self.flaw("expected a comma or the end of the list or object"));
                }
                objects >>= 1;
                self.leave();
            }
            if self.depth == outside {
                return Ok(());
            }
        }
    }

    /// Takes a key and its colon if the innermost level is an object.
    fn key_if(&mut self, objects: u128) -> Result<(), Flaw> {
        if objects & 1 == 1 { self.key().map(drop) } else { Ok(()) }
    }

    /// Takes a key and its colon.
    pub(super) fn key(&mut self) -> Result<(usize, Inside), Flaw> {
        if self.peek() != b'"' {
            return Err(self.flaw("expected a field name"));
        }
        let start = self.at + 1;
        let inside = self.string()?;
        self.take(b':', "expected a colon")?;
        Ok((start, inside))
    }
}

pub(super) const LONE_SURROGATE: &str = "half a surrogate pair in a string";

/// Numbers of so few characters and without an exponent are below 1e300.
const SURELY_FINITE: usize = 300;

fn is_finite(number: &[u8]) -> bool {
    std::str::from_utf8(number).ok().and_then(|text| text.parse::<f64>().ok()).is_some_and(f64::is_finite)
}

/// The first byte from `at` on that a string's inside can't simply hold, or the end. Strings are short or full of
/// escapes: eight bytes at a time reach the next one sooner than sixteen or more.
fn next_special(bytes: &[u8], at: usize) -> usize {
    let (chunks, tail) = bytes[at..].as_chunks();
    let mut from = at;
    for chunk in chunks {
        match marks(u64::from_le_bytes(*chunk)) {
            0 => from += chunk.len(),
            marks => return from + marks.trailing_zeros() as usize / 8,
        }
    }
    from + tail.iter().position(|&byte| is_special(byte)).unwrap_or(tail.len())
}

const fn is_special(byte: u8) -> bool {
    (byte == b'"') | (byte == b'\\') | (byte < 0x20)
}

/// The high bit of the first special byte of eight; bits behind it mean nothing.
const fn marks(text: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    // The second bit turned, the quote is next to the control characters, and only they are below 0x21.
    let quote_or_control = (text ^ (ONES * 0x02)).wrapping_sub(ONES * 0x21);
    let backslash = (text ^ (ONES * 0x5c)).wrapping_sub(ONES);
    (quote_or_control | backslash) & !text & (ONES * 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn special_bytes_are_found_wherever_they_are(bytes in proptest::collection::vec(any::<u8>(), 0..80), at in 0usize..80) {
            let at = at.min(bytes.len());
            let plainly = bytes[at..].iter().position(|&byte| is_special(byte)).map_or(bytes.len(), |found| at + found);
            prop_assert_eq!(next_special(&bytes, at), plainly);
        }

        #[test]
        fn few_special_bytes_are_found_too(clean in "[a-z\u{80}-\u{ff}]{0,60}", special in prop::sample::select(vec![b'"', b'\\', 0, 0x1f])) {
            let mut bytes = clean.into_bytes();
            let length = bytes.len();
            prop_assert_eq!(next_special(&bytes, 0), length);
            bytes.extend([special, b'"', b'x']);
            prop_assert_eq!(next_special(&bytes, 0), length);
        }
    }
}
