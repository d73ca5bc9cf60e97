//! New values as text: in brackets on one line, or as lines of a block.

use super::scalar::written;
use super::style::Style;
use super::tree::{Layout, Quote};
use crate::edit::{Field, Step};
use serde_json::Value;

/// A value that is to be written, its keys in order.
#[derive(Clone, Debug)]
pub(super) enum New {
    Single(Value),
    List(Vec<New>),
    Map(Vec<(String, New)>),
}

impl New {
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Array(items) => Self::List(items.iter().map(Self::of).collect()),
            Value::Object(entries) => {
                Self::Map(entries.iter().map(|(key, value)| (key.clone(), Self::of(value))).collect())
            }
            _ => Self::Single(value.clone()),
        }
    }

    /// What a way leads through where nothing is yet, with the value at its end.
    pub(super) fn along(path: &[Step], value: &Value) -> Self {
        match path.split_first() {
            None => Self::of(value),
            Some((Step::Key(key), rest)) => Self::Map(vec![(key.clone(), Self::along(rest, value))]),
            Some((Step::Item(fields), rest)) => Self::List(vec![Self::item(fields, rest, value)]),
        }
    }

    /// An item of these fields, with a value further down.
    pub(super) fn item(fields: &[Field], rest: &[Step], value: &Value) -> Self {
        let mut entries: Vec<_> =
            fields.iter().map(|field| (field.name.clone(), Self::of(&field.value))).collect();
        match Self::along(rest, value) {
            Self::Map(further) => {
                for (key, value) in further {
                    entries.retain(|(own, _)| *own != key);
                    entries.push((key, value));
                }
                Self::Map(entries)
            }
            other => other,
        }
    }

    /// Whether it goes over lines of its own.
    pub(super) fn is_block(&self) -> bool {
        match self {
            Self::Single(_) => false,
            Self::List(items) => !items.is_empty(),
            Self::Map(entries) => !entries.is_empty(),
        }
    }
}

/// A value on one line.
pub(super) fn inline(new: &New, quote: Quote, layout: Layout) -> String {
    let inside = if layout == Layout::Json { Layout::Json } else { Layout::Flow };
    match new {
        New::Single(value) => written(value, quote, layout),
        New::List(items) => {
            let items: Vec<_> = items.iter().map(|item| inline(item, Quote::Plain, inside)).collect();
            format!("[{}]", items.join(", "))
        }
        New::Map(entries) => {
            let words = |(key, value): &(String, New)| {
                format!("{}: {}", key_text(key, Quote::Plain, inside), inline(value, Quote::Plain, inside))
            };
            format!("{{{}}}", entries.iter().map(words).collect::<Vec<_>>().join(", "))
        }
    }
}

/// A key, quoted where it must be or the others are.
pub(super) fn key_text(key: &str, quote: Quote, layout: Layout) -> String {
    written(&Value::String(key.to_owned()), quote, layout)
}

/// A key and its value as lines of a block.
pub(super) fn entry_lines(key: &str, value: &New, column: usize, style: Style) -> Vec<String> {
    let head = format!("{}{}:", " ".repeat(column), key_text(key, Quote::Plain, Layout::Flow));
    if !value.is_block() {
        return vec![format!("{head} {}", inline(value, Quote::Plain, Layout::Block))];
    }
    let mut lines = vec![head];
    lines.extend(lines_below(value, column, style));
    lines
}

/// The lines of a list or mapping below a key at this column.
pub(super) fn lines_below(value: &New, column: usize, style: Style) -> Vec<String> {
    match value {
        New::List(items) => {
            items.iter().flat_map(|item| item_lines(item, column + style.dash, style)).collect()
        }
        New::Map(entries) => map_lines(entries, column + style.step, style),
        New::Single(_) => Vec::new(),
    }
}

/// The lines of a mapping whose keys stand at this column.
pub(super) fn map_lines(entries: &[(String, New)], column: usize, style: Style) -> Vec<String> {
    entries.iter().flat_map(|(key, value)| entry_lines(key, value, column, style)).collect()
}

/// The lines of an item whose dash stands at this column.
pub(super) fn item_lines(item: &New, dash: usize, style: Style) -> Vec<String> {
    let head = format!("{}-{}", " ".repeat(dash), " ".repeat(style.gap.saturating_sub(1).max(1)));
    let New::Map(entries) = item else {
        return vec![format!("{head}{}", inline(item, Quote::Plain, Layout::Block))];
    };
    let mut lines = map_lines(entries, head.len(), style);
    match lines.first_mut() {
        Some(first) => first.replace_range(..head.len(), &head),
        None => lines.push(format!("{head}{{}}")),
    }
    lines
}
