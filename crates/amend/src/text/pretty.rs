//! New values in brackets: on one line, or over several where JSON has room for them.

use super::tree::{Layout, Quote};
use super::write::{New, inline, key_text};

/// How far JSON indents where it shows no habit.
pub(super) const UNIT: &str = "  ";

/// Whether what stands in brackets has lines of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// All on one line.
    Line,
    /// A line each.
    Lines {
        /// What a line begins with.
        indent: String,
        /// What one level more begins with.
        unit: String,
    },
}

impl Room {
    /// The room one level further in.
    fn further(&self) -> Self {
        match self {
            Self::Line => Self::Line,
            Self::Lines { indent, unit } => {
                Self::Lines { indent: format!("{indent}{unit}"), unit: unit.clone() }
            }
        }
    }
}

/// A value as words; an object of JSON takes a line for each key where there is room.
pub(super) fn pretty(new: &New, layout: Layout, room: &Room, line_end: &str) -> String {
    let (New::Map(entries), Layout::Json, Room::Lines { indent, .. }) = (new, layout, room) else {
        return inline(new, Quote::Plain, layout);
    };
    if entries.is_empty() {
        return "{}".to_owned();
    }
    let further = room.further();
    let Room::Lines { indent: inner, .. } = &further else { return inline(new, Quote::Plain, layout) };
    let words = |(key, value): &(String, New)| {
        format!(
            "{inner}{}: {}",
            key_text(key, Quote::Double, layout),
            pretty(value, layout, &further, line_end)
        )
    };
    let lines = entries.iter().map(words).collect::<Vec<_>>().join(&format!(",{line_end}"));
    format!("{{{line_end}{lines}{line_end}{indent}}}")
}
