//! What a reader meets before a value: its kind, and the name it stands under.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use bytes::Bytes;
use canon::text::Text;

/// What kind of value comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `{`
    Object,
    /// `[`
    Array,
    /// `"`
    Text,
    /// A digit or a minus.
    Number,
    /// `true` or `false`.
    Bool,
    /// `null`
    Null,
    /// The end, or what begins no value.
    Nothing,
}

impl Kind {
    /// The kind of a value by its first byte.
    #[inline]
    pub(super) fn of(first: u8) -> Self {
        match first {
            b'{' => Self::Object,
            b'[' => Self::Array,
            b'"' => Self::Text,
            b'-' | b'0'..=b'9' => Self::Number,
            b't' | b'f' => Self::Bool,
            b'n' => Self::Null,
            _ => Self::Nothing,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Object => "an object",
            Self::Array => "a list",
            Self::Text => "a string",
            Self::Number => "a number",
            Self::Bool => "true or false",
            Self::Null => "null",
            Self::Nothing => "no value",
        })
    }
}

/// The name of a field.
pub struct Key<'a> {
    body: &'a Bytes,
    inside: Range<usize>,
    name: Cow<'a, str>,
}

impl<'a> Key<'a> {
    pub(super) fn new(body: &'a Bytes, inside: Range<usize>, name: Cow<'a, str>) -> Self {
        Self { body, inside, name }
    }

    /// The name, unescaped.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name to be kept; a copy only where it was escaped.
    pub fn word(&self) -> Cow<'a, str> {
        self.name.clone()
    }

    /// The name as a slice of the body.
    pub fn text(&self) -> Text {
        Text::escaped(self.body.slice(self.inside.clone()))
    }

    /// From the quote in front of the name to `end`.
    pub fn field(&self, end: usize) -> Range<usize> {
        self.inside.start - 1..end
    }
}
