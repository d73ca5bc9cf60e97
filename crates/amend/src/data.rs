//! What documents mean: values, what an edit makes of them, and when two are the same.

use crate::edit::{Edit, Field, Step};
use serde_json::{Map, Value};

/// Whether two values mean the same: numbers by what they are worth, mappings in any order.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

/// Whether an item is the one with these fields.
pub(crate) fn is_item(item: &Value, fields: &[Field]) -> bool {
    item.is_object()
        && fields.iter().all(|field| match item.get(&field.name).or(field.absent.as_ref()) {
            Some(value) => same(value, &field.value),
            None => false,
        })
}

/// The value with all edits in it; what is in the way of an edit is replaced.
pub(crate) fn with(mut value: Value, edit: &Edit) -> Value {
    put(&mut value, &edit.path, &edit.value);
    value
}

fn put(place: &mut Value, path: &[Step], value: &Value) {
    match path.split_first() {
        None => merge(place, value),
        Some((Step::Key(key), rest)) => {
            put(object(place).entry(key).or_insert(Value::Null), rest, value);
        }
        Some((Step::Item(fields), rest)) => put(item(place, fields), rest, value),
    }
}

fn merge(place: &mut Value, value: &Value) {
    let Value::Object(entries) = value else {
        *place = value.clone();
        return;
    };
    let into = object(place);
    for (key, value) in entries {
        merge(into.entry(key).or_insert(Value::Null), value);
    }
}

fn object(place: &mut Value) -> &mut Map<String, Value> {
    if !place.is_object() {
        *place = Value::Object(Map::new());
    }
    place.as_object_mut().expect("it was made one")
}

fn item<'a>(place: &'a mut Value, fields: &[Field]) -> &'a mut Value {
    if !place.is_array() {
        *place = Value::Array(Vec::new());
    }
    let items = place.as_array_mut().expect("it was made one");
    let at = items.iter().position(|item| is_item(item, fields)).unwrap_or_else(|| {
        items.push(fields.iter().map(|field| (field.name.clone(), field.value.clone())).collect());
        items.len() - 1
    });
    &mut items[at]
}

/// The way as a person reads it: `providers.local.capabilities`.
pub(crate) fn path_text(path: &[Step]) -> String {
    let words = path.iter().map(|step| match step {
        Step::Key(key) => key.clone(),
        Step::Item(fields) => fields.iter().map(|field| plain(&field.value)).collect::<Vec<_>>().join("+"),
    });
    words.collect::<Vec<_>>().join(".")
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
