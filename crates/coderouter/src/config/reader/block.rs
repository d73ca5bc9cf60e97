//! A mapping with known keys: which there are, what they hold, and which are missing or misspelt.

use std::marker::PhantomData;

use serde_json::{Map, Value, json};

use super::super::near::name_hint;
use super::super::place::Place;
use super::super::report::{Mistake, quoted};
use super::super::tree::{Entry, Kind, Node};
use super::{Reader, SetKey, Shape, Spanned, Step};

/// A block of settings, declared by reading it.
pub(crate) trait Setting: Sized {
    /// Reads every key the block knows. It is also run without a mapping to describe the block, so it must ask for
    /// all keys whatever it finds. After a mistake the value is a placeholder that nobody gets to see.
    fn read(block: &mut Block<'_, '_>) -> Self;
}

/// One run over a block's declaration.
pub(crate) enum Block<'r, 'e> {
    /// Over a mapping.
    Reading { reader: &'r mut Reader<'e>, entries: &'r [Entry], at: Place, known: Vec<&'static str> },
    /// Over nothing.
    Describing { properties: Map<String, Value>, required: Vec<&'static str> },
}

impl Block<'_, '_> {
    /// A key that must be there.
    pub(crate) fn required<S: Shape>(&mut self, key: &'static str, shape: S, doc: &str) -> S::Value
    where
        S::Value: Default,
    {
        if let Self::Describing { properties, required } = self {
            required.push(key);
            properties.insert(key.to_owned(), described(shape.schema(), doc));
            return S::Value::default();
        }
        if !self.has(key) {
            self.missing(key);
        }
        self.optional(key, shape, doc).unwrap_or_default()
    }

    /// A key that may be absent or null.
    #[expect(clippy::needless_pass_by_value, reason = "forms are built where they are declared")]
    pub(crate) fn optional<S: Shape>(&mut self, key: &'static str, shape: S, doc: &str) -> Option<S::Value> {
        match self {
            Self::Reading { reader, entries, known, .. } => {
                known.push(key);
                let entry = entries.iter().find(|entry| &*entry.key == key && !entry.value.is_null())?;
                reader.within(Step::Key(key.to_owned()), |reader| {
                    reader.note_key(entry);
                    shape.read(reader, &entry.value)
                })
            }
            Self::Describing { properties, .. } => {
                properties.insert(key.to_owned(), described(nullable(shape.schema()), doc));
                None
            }
        }
    }

    /// A key with a default.
    pub(crate) fn or<S: Shape>(
        &mut self,
        key: &'static str,
        shape: S,
        default: S::Value,
        doc: &str,
    ) -> S::Value {
        if let Self::Describing { properties, .. } = self {
            let mut schema = described(shape.schema(), doc);
            if let Some(shown) = shape.show(&default) {
                schema["default"] = shown;
            }
            properties.insert(key.to_owned(), schema);
            return default;
        }
        self.optional(key, shape, doc).unwrap_or(default)
    }

    /// Whether the key is there and says something.
    pub(crate) fn has(&self, key: &str) -> bool {
        match self {
            Self::Reading { entries, .. } => {
                entries.iter().any(|entry| &*entry.key == key && !entry.value.is_null())
            }
            Self::Describing { .. } => true,
        }
    }

    /// Whether the mapping holds nothing at all.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Reading { entries: [], .. })
    }

    /// Records that a key is missing.
    pub(crate) fn missing(&mut self, key: &str) {
        self.mistake(format!("{} is missing", quoted(key)));
    }

    /// Records a mistake of the block as a whole.
    pub(crate) fn mistake(&mut self, message: impl Into<String>) {
        if let Self::Reading { reader, at, entries, .. } = self {
            let first = entries.first().map_or(*at, |entry| entry.key_at);
            reader.report(Mistake::at(first, message));
        }
    }

    /// Records a mistake that knows its place.
    pub(crate) fn add(&mut self, mistake: Mistake) {
        if let Self::Reading { reader, .. } = self {
            reader.report(mistake);
        }
    }

    /// Records a mistake at a key, or at the block where the key is a default.
    pub(crate) fn mistake_at(&mut self, key: &'static str, message: impl Into<String>) {
        if let Self::Reading { reader, at, entries, .. } = self {
            let entry = entries.iter().find(|entry| &*entry.key == key);
            let at = entry.map_or(*at, |entry| entry.key_at);
            reader.within(Step::Key(key.to_owned()), |reader| reader.report(Mistake::at(at, message)));
        }
    }

    /// The block's own place, for checks that need the whole file.
    pub(crate) fn place(&self) -> Spanned<()> {
        match self {
            Self::Reading { reader, at, entries, .. } => {
                let at = entries.first().map_or(*at, |entry| entry.key_at);
                Spanned { value: (), at: Some(at), key: reader.path() }
            }
            Self::Describing { .. } => Spanned::default(),
        }
    }
}

/// A nested block.
pub(crate) struct BlockOf<T>(PhantomData<T>);

/// A nested block.
pub(crate) fn nested<T: Setting>() -> BlockOf<T> {
    BlockOf(PhantomData)
}

impl<T: Setting> Shape for BlockOf<T> {
    type Value = T;

    fn read(&self, reader: &mut Reader<'_>, node: &Node) -> Option<T> {
        read_block(reader, node)
    }

    fn schema(&self) -> Value {
        describe::<T>()
    }
}

/// Reads a node as a block; none, and a mistake, where it is no mapping.
pub(crate) fn read_block<T: Setting>(reader: &mut Reader<'_>, node: &Node) -> Option<T> {
    let Kind::Map(entries) = &node.kind else {
        reader.unexpected(node, "a mapping");
        return None;
    };
    let mut block = Block::Reading { reader, entries, at: node.at, known: Vec::new() };
    let value = T::read(&mut block);
    if let Block::Reading { reader, known, .. } = block {
        for entry in entries.iter().filter(|entry| !known.contains(&&*entry.key)) {
            reader.unknown_key(entry, &known);
        }
    }
    Some(value)
}

/// The JSON Schema of a block.
pub(crate) fn describe<T: Setting>() -> Value {
    let mut block = Block::Describing { properties: Map::new(), required: Vec::new() };
    T::read(&mut block);
    match block {
        Block::Describing { properties, required } if required.is_empty() => {
            json!({ "type": "object", "properties": properties, "additionalProperties": false })
        }
        Block::Describing { properties, required } => json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        }),
        Block::Reading { .. } => Value::Null,
    }
}

/// Every form is described by an object.
fn described(mut schema: Value, doc: &str) -> Value {
    schema["description"] = json!(doc);
    schema
}

/// The form or nothing.
fn nullable(mut schema: Value) -> Value {
    let null = json!("null");
    let types = match schema.get("type") {
        Some(Value::Array(types)) => types.iter().cloned().chain([null]).collect(),
        Some(one) => vec![one.clone(), null],
        None => return json!({ "anyOf": [schema, { "type": "null" }] }),
    };
    schema["type"] = Value::Array(types);
    schema
}

impl Reader<'_> {
    fn note_key(&mut self, entry: &Entry) {
        let value = match &entry.value.kind {
            Kind::Scalar(scalar) => Some(scalar.text.clone()),
            Kind::List(_) | Kind::Map(_) => None,
        };
        let (pattern, path) = (self.pattern(), self.path());
        self.keys.push(SetKey { pattern, path, at: entry.key_at, value });
    }

    /// The value of a key nobody knows may be anything, a secret too.
    fn unknown_key(&mut self, entry: &Entry, known: &[&str]) {
        self.secrets.push(entry.value.at);
        if self.is_full() {
            return;
        }
        let hint = name_hint(&entry.key, known.iter().copied());
        let message = format!("unknown key {}", quoted(&entry.key));
        self.within(Step::Key(entry.key.to_string()), |reader| {
            reader.report(Mistake::at(entry.key_at, message).hint(hint));
        });
    }
}
