//! What is to be changed: a way into the document, and what shall stand there.

use serde_json::Value;

/// One change: what shall stand at a place.
///
/// A mapping is merged into what is there, key by key; a list and anything else replaces it. What is missing on the way
/// is made; something else on the way, or a single value where a mapping shall be, is refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// The way from the document's root.
    pub path: Vec<Step>,
    /// What shall stand there.
    pub value: Value,
}

/// One step of the way.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// The value of a key.
    Key(String),
    /// The item of a list that has these fields; where there is none, it is appended with them.
    Item(Vec<Field>),
}

/// What an item is known by.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The key.
    pub name: String,
    /// What it must be.
    pub value: Value,
    /// What an item means that lacks the key, if that means anything.
    pub absent: Option<Value>,
}

impl Edit {
    /// A change of what stands at the end of a way.
    pub fn new(path: impl IntoIterator<Item = Step>, value: impl Into<Value>) -> Self {
        Self { path: path.into_iter().collect(), value: value.into() }
    }
}

impl Step {
    /// The value of a key.
    pub fn key(name: impl Into<String>) -> Self {
        Self::Key(name.into())
    }

    /// The item whose field has this value.
    pub fn item(name: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::Item(vec![Field::new(name, value)])
    }
}

impl Field {
    /// A field that every such item has.
    pub fn new(name: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { name: name.into(), value: value.into(), absent: None }
    }

    /// An item without the field counts as one with this value.
    #[must_use]
    pub fn or(self, absent: impl Into<Value>) -> Self {
        Self { absent: Some(absent.into()), ..self }
    }
}
