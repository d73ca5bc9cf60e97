//! Amend: small changes to texts that people keep by hand. Text in, text out.
//!
//! Every byte that is no part of a changed value stays: comments, order, blank lines, quotes, line ends. What comes out is
//! read again and must mean what was intended, else nothing comes out. [`edit`] is for YAML, [`edit_json`] for JSON with
//! comments, [`diff`] shows what has changed. Files, and what the keys mean, are no business of this room.
//!
//! [`yaml`] and [`json`] read a text into parts that know where they stand; [`text`] finds the one that changes and writes it.

mod data;
mod diff;
mod edit;
mod error;
mod json;
mod text;
mod yaml;

pub use diff::diff;
pub use edit::{Edit, Field, Step};
pub use error::EditError;
use serde_json::Value;
use text::Document;

/// The text with all edits in it. What stands there already is left alone, so a second run changes nothing.
///
/// # Errors
/// Where the text can't be read, where an edit would change more than it says, and where the result means anything else.
pub fn edit(text: &str, edits: &[Edit]) -> Result<String, EditError> {
    text::edit(text, edits, yaml::document)
}

/// What a YAML text means: aliases followed, merge keys merged, plain words read as YAML 1.2 says.
///
/// # Errors
/// Where the text can't be read.
pub fn read(text: &str) -> Result<Value, EditError> {
    yaml::document(text).map(|document: Document| document.data())
}

/// The JSON text, comments and trailing commas allowed, with all edits in it; an empty text becomes an object.
///
/// # Errors
/// As for [`edit`].
pub fn edit_json(text: &str, edits: &[Edit]) -> Result<String, EditError> {
    text::edit(text, edits, json::document)
}

/// What a JSON text with comments means; `null` where it holds nothing.
///
/// # Errors
/// Where the text can't be read.
pub fn read_json(text: &str) -> Result<Value, EditError> {
    json::document(text).map(|document| document.data())
}
