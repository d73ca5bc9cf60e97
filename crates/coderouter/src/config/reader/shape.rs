//! The seam between declarations and values: what a value looks like, in the file and in the schema.

use serde_json::{Value, json};

use super::super::report::Mistake;
use super::super::tree::{Kind, Node};
use super::{Reader, Spanned, Step};

/// The form of one value.
pub(crate) trait Shape {
    /// What is read.
    type Value;

    /// Reads a node; where it does not fit, says so and gives none.
    fn read(&self, reader: &mut Reader<'_>, node: &Node) -> Option<Self::Value>;

    /// The form as JSON Schema.
    fn schema(&self) -> Value;

    /// A default as the schema shows it.
    fn show(&self, _value: &Self::Value) -> Option<Value> {
        None
    }
}

/// A list of equal forms.
pub(crate) struct List<S> {
    item: S,
    at_least: usize,
}

/// How long a list or mapping of the user's own may be.
const MAX_ITEMS: usize = 1000;

/// A list of equal forms.
pub(crate) fn list<S: Shape>(item: S) -> List<S> {
    List { item, at_least: 0 }
}

impl<S> List<S> {
    /// The list must not be empty.
    pub(crate) fn not_empty(self) -> Self {
        Self { at_least: 1, ..self }
    }
}

impl<S: Shape> Shape for List<S> {
    type Value = Vec<S::Value>;

    fn read(&self, reader: &mut Reader<'_>, node: &Node) -> Option<Self::Value> {
        let Kind::List(items) = &node.kind else {
            reader.unexpected(node, "a list");
            return None;
        };
        let too_long = items.len() > MAX_ITEMS;
        if items.len() < self.at_least || too_long {
            let message =
                if too_long { "the list has more than 1000 items" } else { "the list must not be empty" };
            reader.report(Mistake::at(node.at, message));
            return None;
        }
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            values.extend(reader.within(Step::Index(index), |reader| self.item.read(reader, item)));
        }
        Some(values)
    }

    fn schema(&self) -> Value {
        match self.at_least {
            0 => json!({ "type": "array", "items": self.item.schema() }),
            at_least => json!({ "type": "array", "items": self.item.schema(), "minItems": at_least }),
        }
    }

    fn show(&self, value: &Self::Value) -> Option<Value> {
        value.is_empty().then(|| json!([]))
    }
}

/// A mapping from the user's own names to equal forms, in file order.
pub(crate) struct MapOf<S>(S);

/// A mapping from the user's own names to equal forms, in file order.
pub(crate) fn map<S: Shape>(value: S) -> MapOf<S> {
    MapOf(value)
}

impl<S: Shape> Shape for MapOf<S> {
    type Value = Vec<(Spanned<String>, S::Value)>;

    fn read(&self, reader: &mut Reader<'_>, node: &Node) -> Option<Self::Value> {
        let Kind::Map(entries) = &node.kind else {
            reader.unexpected(node, "a mapping");
            return None;
        };
        if entries.len() > MAX_ITEMS {
            reader.report(Mistake::at(node.at, "the mapping has more than 1000 keys"));
            return None;
        }
        let mut values = Vec::with_capacity(entries.len());
        for entry in entries {
            let value = reader.within(Step::Key(entry.key.to_string()), |reader| {
                let key = reader.path();
                let name = Spanned { value: entry.key.to_string(), at: Some(entry.key_at), key };
                self.0.read(reader, &entry.value).map(|value| (name, value))
            });
            values.extend(value);
        }
        Some(values)
    }

    fn schema(&self) -> Value {
        json!({ "type": "object", "additionalProperties": self.0.schema() })
    }

    fn show(&self, value: &Self::Value) -> Option<Value> {
        value.is_empty().then(|| json!({}))
    }
}

/// A form whose value remembers its place.
pub(crate) struct Located<S>(S);

/// A form whose value remembers its place.
pub(crate) fn spanned<S: Shape>(shape: S) -> Located<S> {
    Located(shape)
}

impl<S: Shape> Shape for Located<S> {
    type Value = Spanned<S::Value>;

    fn read(&self, reader: &mut Reader<'_>, node: &Node) -> Option<Self::Value> {
        let value = self.0.read(reader, node)?;
        Some(Spanned { value, at: Some(node.at), key: reader.path() })
    }

    fn schema(&self) -> Value {
        self.0.schema()
    }

    fn show(&self, value: &Self::Value) -> Option<Value> {
        self.0.show(&value.value)
    }
}
