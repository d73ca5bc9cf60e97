//! Text and JSON as ranges of a shared buffer, read only when somebody looks.

use crate::escape;
use bytes::Bytes;
use std::borrow::Cow;
use std::fmt;

/// A string of a request or a reply: either a range of the body it came in, still JSON-escaped, or plain text.
///
/// Cloning never copies the characters. Equality compares what is meant, not how it is escaped.
#[derive(Clone)]
pub struct Text {
    /// Valid UTF-8; if `form` is `Escaped`, the inside of a valid JSON string.
    bytes: Bytes,
    form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Escaped,
    Plain,
}

impl Text {
    /// The empty text.
    pub const fn empty() -> Self {
        Self { bytes: Bytes::new(), form: Form::Plain }
    }

    /// The inside of a JSON string that a scanner has found valid, without its quotes.
    pub fn escaped(inside: Bytes) -> Self {
        Self { bytes: inside, form: Form::Escaped }
    }

    /// Plain text that the program made itself.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { bytes: Bytes::from(text.into()), form: Form::Plain }
    }

    /// Plain text known when the program was built.
    pub const fn fixed(text: &'static str) -> Self {
        Self { bytes: Bytes::from_static(text.as_bytes()), form: Form::Plain }
    }

    /// The characters meant, unescaped; borrowed where nothing was escaped.
    pub fn read(&self) -> Cow<'_, str> {
        match self.form {
            Form::Escaped => escape::unescape(&self.bytes),
            Form::Plain => String::from_utf8_lossy(&self.bytes),
        }
    }

    /// The same text in other memory: `copy` copies the bytes as they lie.
    #[must_use]
    pub fn moved(&self, copy: impl FnOnce(&[u8]) -> Bytes) -> Self {
        Self { bytes: copy(&self.bytes), form: self.form }
    }

    /// Appends the text to `out` as the inside of a JSON string, without quotes.
    pub fn write_escaped(&self, out: &mut Vec<u8>) {
        match self.form {
            Form::Escaped => out.extend_from_slice(&self.bytes),
            Form::Plain => escape::escape_into(&self.bytes, out),
        }
    }

    /// Appends the text to `out` unescaped.
    pub fn write_plain(&self, out: &mut Vec<u8>) {
        match self.form {
            Form::Escaped => out.extend_from_slice(escape::unescape(&self.bytes).as_bytes()),
            Form::Plain => out.extend_from_slice(&self.bytes),
        }
    }

    /// Whether there is not one character.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether there is nothing but white space.
    pub fn is_blank(&self) -> bool {
        match (self.form, self.bytes.first()) {
            (_, None) => true,
            (Form::Plain, _) => self.bytes.trim_ascii().is_empty(),
            (Form::Escaped, Some(b'!'..=b'[' | b']'..=b'~')) => false,
            (Form::Escaped, _) => self.read().trim().is_empty(),
        }
    }

    /// Whether the text is exactly `word`; allocates only if the text is escaped.
    pub fn is(&self, word: &str) -> bool {
        *self.bytes == *word.as_bytes() || (self.has_escapes() && self.read() == word)
    }

    /// Whether the characters meant are others than those that are stored.
    fn has_escapes(&self) -> bool {
        self.form == Form::Escaped && self.bytes.contains(&b'\\')
    }

    /// How many bytes it takes where it lies; an upper bound of nothing, a good guess of its length.
    pub fn stored_len(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes as they lie: escaped or plain. For scanners that know what they look for has no escape.
    pub fn stored(&self) -> &Bytes {
        &self.bytes
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::empty()
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        match self.bytes == other.bytes {
            true if self.form == other.form => true,
            _ if self.has_escapes() || other.has_escapes() => self.read() == other.read(),
            alike => alike,
        }
    }
}

impl Eq for Text {}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.read(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.read())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::plain(text)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::plain(text)
    }
}

/// A JSON value that is carried, not understood: exactly the bytes it came in.
#[derive(Clone, PartialEq, Eq)]
pub struct Json(Bytes);

impl Json {
    /// The literal `null`.
    pub const NULL: Self = Self(Bytes::from_static(b"null"));
    /// The literal `{}`.
    pub const EMPTY_OBJECT: Self = Self(Bytes::from_static(b"{}"));

    /// Bytes that a scanner has found to be one valid JSON value.
    pub fn raw(value: Bytes) -> Self {
        Self(value)
    }

    /// A value known when the program was built.
    pub const fn fixed(value: &'static str) -> Self {
        Self(Bytes::from_static(value.as_bytes()))
    }

    /// The value's bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// Whether the value is `null`.
    pub fn is_null(&self) -> bool {
        *self.0 == *b"null"
    }

    /// Whether the value is an object.
    pub fn is_object(&self) -> bool {
        self.0.first() == Some(&b'{')
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_is_of_meaning() {
        assert_eq!(Text::escaped(Bytes::from_static(br"a\nb")), Text::plain("a\nb"));
        assert_ne!(Text::escaped(Bytes::from_static(br"a\nb")), Text::plain(r"a\nb"));
    }

    #[test]
    fn words_are_compared_by_what_they_mean() {
        let escaped = Text::escaped(Bytes::from_static(br"a\u0062"));
        assert!(escaped.is("ab") && !escaped.is("a") && !escaped.is(r"a\"));
        assert!(Text::escaped(Bytes::from_static(b"ab")).is("ab"));
        assert!(!Text::escaped(Bytes::from_static(b"ab")).is("abc"));
        assert_eq!(escaped.moved(Bytes::copy_from_slice), escaped);
        assert_eq!(Text::escaped(Bytes::from_static(b"ab")), Text::plain("ab"));
    }

    #[test]
    fn blank_sees_through_escapes() {
        assert!(Text::escaped(Bytes::from_static(br" \n\t")).is_blank());
        assert!(Text::plain("\n ").is_blank());
        assert!(!Text::plain(" x ").is_blank());
    }
}
