//! A text in parts that know where they stand, and edits of it: one value is written anew, and the result is read again.

mod brackets;
mod change;
mod pretty;
mod scalar;
mod source;
mod style;
mod tree;
mod write;

pub(crate) use scalar::resolve;
pub(crate) use source::{Comments, Source};
pub(crate) use tree::{Document, Entry, Item, Kind, Layout, Node, Quote};

use crate::data::{path_text, same, with};
use crate::edit::{Edit, Step};
use crate::error::EditError;
use serde_json::{Map, Value};

/// How a text becomes a document.
pub(crate) type Read = fn(&str) -> Result<Document, EditError>;

/// The text with all edits in it, one after the other.
pub(crate) fn edit(text: &str, edits: &[Edit], read: Read) -> Result<String, EditError> {
    let mut document = read(text)?;
    for edit in edits.iter().flat_map(leaves) {
        let before = document.data();
        let intended = with(before.clone(), &edit);
        if same(&intended, &before) {
            continue;
        }
        let Some(after) = change::change(&document, &edit)? else { continue };
        let unlike = || EditError::Unlike { path: path_text(&edit.path) };
        document = read(&after).map_err(|_| unlike())?;
        if !same(&document.data(), &intended) {
            return Err(unlike());
        }
    }
    Ok(document.source.text)
}

/// The edit as edits of single values, in which no mapping holds anything.
fn leaves(edit: &Edit) -> Vec<Edit> {
    match &edit.value {
        Value::Object(entries) if !entries.is_empty() => inner(&edit.path, entries),
        _ => vec![edit.clone()],
    }
}

fn inner(path: &[Step], entries: &Map<String, Value>) -> Vec<Edit> {
    let below = |(key, value): (&String, &Value)| {
        let path = path.iter().cloned().chain([Step::Key(key.clone())]).collect();
        leaves(&Edit { path, value: value.clone() })
    };
    entries.iter().flat_map(below).collect()
}
