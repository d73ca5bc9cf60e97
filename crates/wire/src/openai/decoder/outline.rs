//! Sees, piece by piece, when a call's arguments are one whole JSON value. It doesn't check the value.

/// What is known of arguments that come in pieces.
#[derive(Debug, Default)]
pub(super) struct Outline {
    depth: usize,
    place: Place,
    digest: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Nothing but white space has come.
    #[default]
    Before,
    /// In an object or a list, between strings.
    Inside,
    InString,
    /// Behind a backslash in a string.
    InEscape,
    /// In a number or a word, whose end can't be seen.
    InWord,
    /// The value is whole.
    Behind,
}

impl Outline {
    /// Takes the next piece in.
    pub(super) fn feed(&mut self, piece: &str) {
        for byte in piece.bytes() {
            self.place = self.next(byte);
            if !byte.is_ascii_whitespace() {
                self.digest = (self.digest ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
            }
        }
    }

    /// Whether nothing but white space has come.
    pub(super) fn is_blank(&self) -> bool {
        self.place == Place::Before
    }

    /// Whether what has come may be a whole value.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.place, Place::InWord | Place::Behind)
    }

    /// Whether `other` has seen the same characters, white space apart.
    pub(super) fn resembles(&self, other: &Self) -> bool {
        self.digest == other.digest
    }

    fn next(&mut self, byte: u8) -> Place {
        match (self.place, byte) {
            (Place::InString, b'\\') => Place::InEscape,
            (Place::InString, b'"') => self.leave(),
            (Place::InString | Place::InEscape, _) => Place::InString,
            (Place::Behind, _) => Place::Behind,
            (place @ (Place::Before | Place::Inside), _) if byte.is_ascii_whitespace() => place,
            (Place::InWord, _) if byte.is_ascii_whitespace() => Place::Behind,
            (Place::Before | Place::Inside, b'"') => Place::InString,
            (Place::Before | Place::Inside, b'{' | b'[') => {
                self.depth += 1;
                Place::Inside
            }
            (Place::Inside, b'}' | b']') => {
                self.depth -= 1;
                self.leave()
            }
            (Place::Inside, _) => Place::Inside,
            (Place::Before | Place::InWord, _) => Place::InWord,
        }
    }

    /// The place behind a string, an object or a list that just ended.
    fn leave(&self) -> Place {
        if self.depth == 0 { Place::Behind } else { Place::Inside }
    }
}

/// The multiplier of the FNV-1a hash.
const FNV_PRIME: u64 = 0x0100_0000_01b3;

#[cfg(test)]
mod tests {
    use super::Outline;

    fn check(text: &str, whole: bool) {
        let mut at_once = Outline::default();
        at_once.feed(text);
        assert_eq!(at_once.is_whole(), whole, "{text}");
        let mut in_pieces = Outline::default();
        text.split_inclusive(|_| true).for_each(|piece| in_pieces.feed(piece));
        assert_eq!(in_pieces.is_whole(), whole, "{text}");
        assert!(in_pieces.resembles(&at_once));
    }

    #[test]
    fn whole_values_are_seen() {
        for text in ["{}", " {\"a\":[1,{\"b\":\"}\\\"\"}]} ", "\"x\\\\\"", "null", "[]", "{}}"] {
            check(text, true);
        }
    }

    #[test]
    fn broken_values_are_seen() {
        for text in ["", "  ", "{", "{\"a\":\"}", "[1,2", "\"a\\\"", "{\"a\":{}"] {
            check(text, false);
        }
    }
}
