//! The parts of a document and where they stand.

use super::source::Source;
use serde_json::Value;
use std::collections::HashMap;
use std::rc::Rc;

/// A text and its parts.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) source: Source,
    pub(crate) root: Node,
    /// How its root is written.
    pub(crate) layout: Layout,
    /// Where an anchor is used first.
    pub(crate) uses: HashMap<usize, usize>,
}

impl Document {
    /// What the document means.
    pub(crate) fn data(&self) -> Value {
        self.root.data()
    }
}

/// A value in its place.
#[derive(Debug)]
pub(crate) struct Node {
    /// Right behind the colon, dash, bracket or comma before it.
    pub(crate) lead: usize,
    /// Where it begins, its anchor and tag included. `lead <= start <= end`; an empty value is at its lead.
    pub(crate) start: usize,
    /// Where its last character ends.
    pub(crate) end: usize,
    /// The number of its anchor, 0 where it has none.
    pub(crate) anchor: usize,
    pub(crate) tagged: bool,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Scalar { value: Value, quote: Quote },
    Alias(Rc<Value>),
    List { layout: Layout, items: Vec<Item> },
    Map { layout: Layout, entries: Vec<Entry> },
}

/// How lists and mappings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One line each, by indentation.
    Block,
    /// In brackets.
    Flow,
    /// In brackets, with quotes around every text.
    Json,
}

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quote {
    Plain,
    Single,
    Double,
    /// A text of lines, behind `|` or `>`.
    Lines,
}

/// An item of a list.
#[derive(Debug)]
pub(crate) struct Item {
    /// Where its dash is; where it begins in a list in brackets.
    pub(crate) dash: usize,
    pub(crate) node: Node,
}

/// A key and its value.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_start: usize,
    pub(crate) quote: Quote,
    pub(crate) value: Node,
}

impl Node {
    /// Whether nothing is written, not even `null`.
    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Scalar { value: Value::Null, .. })
    }

    /// Whether it is a list or a mapping in which nothing is.
    pub(crate) fn is_hollow(&self) -> bool {
        match &self.kind {
            Kind::List { items, .. } => items.is_empty(),
            Kind::Map { entries, .. } => entries.is_empty(),
            Kind::Scalar { .. } | Kind::Alias(_) => false,
        }
    }

    /// What it means.
    pub(crate) fn data(&self) -> Value {
        match &self.kind {
            Kind::Scalar { value, .. } => value.clone(),
            Kind::Alias(value) => Value::clone(value),
            Kind::List { items, .. } => items.iter().map(|item| item.node.data()).collect(),
            Kind::Map { entries, .. } => {
                let own = entries.iter().filter(|entry| !entry.is_merge());
                let mut data: serde_json::Map<String, Value> =
                    own.map(|entry| (entry.key.clone(), entry.value.data())).collect();
                for merge in entries.iter().filter(|entry| entry.is_merge()) {
                    inherit(&mut data, merge.value.data());
                }
                Value::Object(data)
            }
        }
    }

    /// What it is, for messages.
    pub(crate) fn noun(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar { .. } => "a single value",
            Kind::Alias(_) => "an alias",
            Kind::List { .. } => "a list",
            Kind::Map { .. } => "a mapping",
        }
    }
}

impl Entry {
    /// Whether this is `<<`, which takes in the keys of others.
    pub(crate) fn is_merge(&self) -> bool {
        self.quote == Quote::Plain && self.key == "<<"
    }
}

fn inherit(data: &mut serde_json::Map<String, Value>, base: Value) {
    match base {
        Value::Array(bases) => bases.into_iter().for_each(|base| inherit(data, base)),
        Value::Object(entries) => {
            for (key, value) in entries {
                data.entry(key).or_insert(value);
            }
        }
        _ => {}
    }
}
