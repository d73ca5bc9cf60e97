//! What a dialect says that the vocabulary has no word for, and what is lost when another can't say it.

use crate::text::{Json, Text};
use std::borrow::Cow;

/// Unknown fields of one object, in the order they came, kept byte for byte.
///
/// The dialect is that of the request or reply that holds it; the place is where it hangs. In its own dialect it is
/// encoded again; in another, each key is a loss.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    /// Key and value pairs; keys are distinct.
    pub fields: Vec<(Text, Json)>,
}

impl Extra {
    /// Adds a field.
    pub fn push(&mut self, key: Text, value: Json) {
        self.fields.push((key, value));
    }

    /// The value of a field, if it is here.
    pub fn find(&self, key: &str) -> Option<&Json> {
        self.fields.iter().find(|(name, _)| name.is(key)).map(|(_, value)| value)
    }

    /// Takes a field out.
    pub fn take(&mut self, key: &str) -> Option<Json> {
        let at = self.fields.iter().position(|(name, _)| name.is(key))?;
        Some(self.fields.remove(at).1)
    }

    /// Whether there is nothing unknown.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

/// The names of fields that an encoding could not express, each once, in the order met.
///
/// They become an event and the header `X-CodeRouter-Loss`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losses(Vec<Cow<'static, str>>);

impl Losses {
    /// How many different names are kept; what comes after is dropped, so that a hostile body can't fill a header.
    pub const LIMIT: usize = 32;

    /// Notes that `field` could not be expressed.
    pub fn note(&mut self, field: impl Into<Cow<'static, str>>) {
        let field = field.into();
        if self.0.len() < Self::LIMIT && !self.0.contains(&field) {
            self.0.push(field);
        }
    }

    /// Notes every unknown field that has a value of meaning.
    pub fn note_extra(&mut self, extra: &Extra) {
        for (key, value) in &extra.fields {
            if !value.is_null() {
                self.note(key.read().into_owned());
            }
        }
    }

    /// The names, in the order they were noted.
    pub fn names(&self) -> &[Cow<'static, str>] {
        &self.0
    }

    /// Whether nothing was lost.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
