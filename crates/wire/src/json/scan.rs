//! The byte level of JSON: where strings, numbers and whole values end, and whether they are legal on the way.

use super::problem::Problem;

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

/// Where the inside of a string lies and whether it holds a backslash.
pub(super) struct Inside {
    pub(super) start: usize,
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

    /// A problem at the present place. At the end of the text it is always that.
    #[cold]
    pub(super) fn problem(&self, message: &'static str) -> Problem {
        let is_end = self.at == self.bytes.len();
        Problem::new(self.at, if is_end { "unexpected end of the text" } else { message })
    }

    /// Takes a byte that must come next.
    pub(super) fn take(&mut self, byte: u8, message: &'static str) -> Result<(), Problem> {
        if self.peek() != byte || self.at == self.bytes.len() {
            return Err(self.problem(message));
        }
        self.at += 1;
        Ok(())
    }

    /// Goes into an array or object.
    pub(super) fn enter(&mut self) -> Result<(), Problem> {
        if self.depth == NESTING_LIMIT {
            return Err(self.problem("nested too deeply"));
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
    pub(super) fn string(&mut self) -> Result<Inside, Problem> {
        let start = self.at + 1;
        let mut rest = &self.bytes[start..];
        let mut escaped = false;
        loop {
            let special = from_special(rest);
            rest = match special {
                [b'"', behind @ ..] => {
                    self.at = self.bytes.len() - behind.len();
                    return Ok(Inside { start, end: self.at - 1, escaped });
                }
                [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', behind @ ..] => behind,
                [b'\\', b'u', digits @ ..] => match behind_unicode(digits) {
                    Ok(behind) => behind,
                    Err(message) => return Err(self.broken(special, message)),
                },
                [b'\\', ..] => return Err(self.broken(special, ILLEGAL_ESCAPE)),
                _ => return Err(self.broken(special, "control character in a string")),
            };
            escaped = true;
        }
    }

    /// A problem at the beginning of what is left of the text.
    #[cold]
    fn broken(&mut self, rest: &[u8], message: &'static str) -> Problem {
        self.at = self.bytes.len() - rest.len();
        self.problem(message)
    }

    /// Takes a number whose first byte comes next. It must be one that a double can hold.
    pub(super) fn number(&mut self) -> Result<(), Problem> {
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
            return Err(Problem::new(start, "number out of range"));
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Problem> {
        let count = self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count == 0 { Err(self.problem("illegal number")) } else { Ok(()) }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Problem> {
        if !self.bytes[self.at..].starts_with(word) {
            return Err(self.problem("expected a value"));
        }
        self.at += word.len();
        Ok(())
    }

    /// Takes a value that is neither array nor object and begins with this byte, which comes next.
    pub(super) fn scalar(&mut self, first: u8) -> Result<(), Problem> {
        match first {
            b'"' => self.string().map(drop),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => Err(self.problem("expected a value")),
        }
    }

    /// Takes any value, without recursion.
    pub(super) fn value(&mut self) -> Result<(), Problem> {
        let outside = self.depth;
        // One bit for each level inside the value: whether it is an object.
        let mut objects: u128 = 0;
        loop {
            let first = self.peek();
            if matches!(first, b'{' | b'[') {
                self.enter()?;
                objects = objects << 1 | u128::from(first == b'{');
                if self.peek() != first + 2 {
                    self.key_if(objects)?;
                    continue;
                }
                objects >>= 1;
                self.leave();
            } else {
                self.scalar(first)?;
            }
            while self.depth > outside {
                let byte = self.peek();
                if byte == b',' {
                    self.at += 1;
                    self.key_if(objects)?;
                    break;
                }
                if byte != if objects & 1 == 1 { b'}' } else { b']' } {
                    return Err(self.problem("expected a comma or the end of the list or object"));
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
    fn key_if(&mut self, objects: u128) -> Result<(), Problem> {
        if objects & 1 == 1 { self.key().map(drop) } else { Ok(()) }
    }

    /// Takes a key and its colon.
    #[inline]
    pub(super) fn key(&mut self) -> Result<Inside, Problem> {
        if self.peek() != b'"' {
            return Err(self.problem("expected a field name"));
        }
        let inside = self.string()?;
        self.take(b':', "expected a colon")?;
        Ok(inside)
    }
}

const ILLEGAL_ESCAPE: &str = "illegal escape in a string";

const LONE_SURROGATE: &str = "half a surrogate pair in a string";

/// Numbers of so few characters and without an exponent are below 1e300.
const SURELY_FINITE: usize = 300;

fn is_finite(number: &[u8]) -> bool {
    std::str::from_utf8(number).ok().and_then(|text| text.parse::<f64>().ok()).is_some_and(f64::is_finite)
}

/// What follows a `\u` and its digits, or what is wrong with them; surrogates must come in pairs.
fn behind_unicode(digits: &[u8]) -> Result<&[u8], &'static str> {
    let (first, behind) = canon::escape::hex4(digits).ok_or(ILLEGAL_ESCAPE)?;
    match first {
        0xd800..0xdc00 => match behind.strip_prefix(b"\\u").and_then(canon::escape::hex4) {
            Some((0xdc00..0xe000, behind)) => Ok(behind),
            _ => Err(LONE_SURROGATE),
        },
        0xdc00..0xe000 => Err(LONE_SURROGATE),
        _ => Ok(behind),
    }
}

/// What a text holds from the first byte on that a string's inside can't simply hold. Strings are short or full of
/// escapes: eight bytes at a time reach the next one sooner than sixteen or more.
fn from_special(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while let Some((chunk, behind)) = rest.split_first_chunk() {
        match marks(u64::from_le_bytes(*chunk)) {
            0 => rest = behind,
            marks => return &rest[marks.trailing_zeros() as usize / 8..],
        }
    }
    let clean = rest.iter().position(|&byte| is_special(byte)).unwrap_or(rest.len());
    &rest[clean..]
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
            prop_assert_eq!(from_special(&bytes[at..]), &bytes[plainly..]);
        }

        #[test]
        fn few_special_bytes_are_found_too(clean in "[a-z\u{80}-\u{ff}]{0,60}", special in prop::sample::select(vec![b'"', b'\\', 0, 0x1f])) {
            let mut bytes = clean.into_bytes();
            let length = bytes.len();
            prop_assert_eq!(from_special(&bytes), b"");
            bytes.extend([special, b'"', b'x']);
            prop_assert_eq!(from_special(&bytes), &bytes[length..]);
        }
    }
}
