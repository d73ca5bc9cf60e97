//! What an error says beside its message: one more field of the error object, for programs.

use crate::escape::escape_into;
use crate::text::Json;

/// An object under a name of its own inside a client's error object. Legal JSON by the way it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    name: &'static str,
    /// The fields with the commas between them; the braces are put around when it is read.
    fields: Vec<u8>,
}

impl Detail {
    /// An empty object under a name, which needs no escape.
    pub const fn new(name: &'static str) -> Self {
        Self { name, fields: Vec::new() }
    }

    /// With a field of text.
    #[must_use]
    pub fn with_text(mut self, key: &'static str, text: &str) -> Self {
        self.key(key);
        self.fields.push(b'"');
        escape_into(text.as_bytes(), &mut self.fields);
        self.fields.push(b'"');
        self
    }

    /// With a field that is a number.
    #[must_use]
    pub fn with_number(mut self, key: &'static str, number: impl Into<u64>) -> Self {
        self.key(key);
        self.fields.extend_from_slice(number.into().to_string().as_bytes());
        self
    }

    /// The name it stands under.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The object.
    pub fn json(&self) -> Json {
        Json::raw([b"{", &*self.fields, b"}"].concat().into())
    }

    fn key(&mut self, key: &'static str) {
        if !self.fields.is_empty() {
            self.fields.push(b',');
        }
        self.fields.push(b'"');
        self.fields.extend_from_slice(key.as_bytes());
        self.fields.extend_from_slice(b"\":");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_empty_one_is_an_object() {
        assert_eq!(Detail::new("x").json(), Json::EMPTY_OBJECT);
    }

    proptest! {
        #[test]
        fn whatever_is_in_it_is_legal_json(text in ".*", number: u64) {
            let detail = Detail::new("x").with_text("a", &text).with_number("b", number);
            let read: serde_json::Value = serde_json::from_slice(detail.json().bytes()).unwrap();
            prop_assert_eq!(read, serde_json::json!({"a": text, "b": number}));
        }
    }
}
