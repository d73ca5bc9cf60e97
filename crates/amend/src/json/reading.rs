//! A text read into its parts. The parser gives each value its range.

use crate::error::EditError;
use crate::text::{Comments, Document, Entry, Item, Kind, Layout, Node, Quote, Source};
use jsonc_parser::ast::{self, ObjectPropName};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Comments and trailing commas, and nothing else that JSON does not have.
const OPTIONS: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// The document; a text without a value is an empty one.
pub(crate) fn document(text: &str) -> Result<Document, EditError> {
    let source = Source::of(text, Comments::Slashes);
    // A byte order mark is no part of JSON; blanks of its length keep all places right.
    let unmarked = text.strip_prefix('\u{feff}').map(|rest| format!("   {rest}"));
    let read = parse_to_ast(unmarked.as_deref().unwrap_or(text), &CollectOptions::default(), &OPTIONS)
        .map_err(|error| {
            EditError::syntax(error.line_display(), format!("not valid JSON: {}", error.kind()))
        })?;
    let root = match &read.value {
        Some(value) => node(&source, value, 0)?,
        None => {
            let kind = Kind::Scalar { value: Value::Null, quote: Quote::Plain };
            Node { lead: text.len(), start: text.len(), end: text.len(), anchor: 0, tagged: false, kind }
        }
    };
    Ok(Document { source, root, layout: Layout::Json, uses: HashMap::new() })
}

fn node(source: &Source, value: &ast::Value<'_>, lead: usize) -> Result<Node, EditError> {
    let range = value.range();
    let single = |value: Value, quote| Kind::Scalar { value, quote };
    let kind = match value {
        ast::Value::Object(object) => Kind::Map { layout: Layout::Json, entries: entries(source, object)? },
        ast::Value::Array(array) => {
            let items = array.elements.iter().map(|element| {
                let dash = element.range().start;
                Ok(Item { dash, node: node(source, element, dash)? })
            });
            Kind::List { layout: Layout::Json, items: items.collect::<Result<_, EditError>>()? }
        }
        ast::Value::StringLit(text) => single(Value::String(text.value.clone().into_owned()), Quote::Double),
        ast::Value::BooleanLit(word) => single(Value::Bool(word.value), Quote::Plain),
        ast::Value::NullKeyword(_) => single(Value::Null, Quote::Plain),
        ast::Value::NumberLit(number) => {
            let value = serde_json::from_str(number.value).map_err(|_| {
                EditError::syntax(source.line(range.start), format!("`{}` is no number", number.value))
            })?;
            single(value, Quote::Plain)
        }
    };
    Ok(Node { lead, start: range.start, end: range.end, anchor: 0, tagged: false, kind })
}

fn entries(source: &Source, object: &ast::Object<'_>) -> Result<Vec<Entry>, EditError> {
    let mut keys = HashSet::new();
    let mut entries = Vec::with_capacity(object.properties.len());
    for property in &object.properties {
        let key = match &property.name {
            ObjectPropName::String(name) => name.value.clone().into_owned(),
            ObjectPropName::Word(name) => name.value.to_owned(),
        };
        let key_start = property.name.range().start;
        if !keys.insert(key.clone()) {
            return Err(EditError::refused(
                source.line(key_start),
                format!("the key `{key}` is given twice"),
            ));
        }
        let value = node(source, &property.value, property.value.range().start)?;
        entries.push(Entry { key, key_start, quote: Quote::Double, value });
    }
    Ok(entries)
}
