//! Arguments fitted to a schema: keys respelt, types put right. A value is never made up.

use super::name::fold;
use super::schema::{Schema, Types};
use super::{Arguments, Field, Misfit, Named};
use crate::cursor::{Cursor, Edge};
use crate::damage::{Damage, Damages};
use crate::lenient::{Reader, literal, number};
use crate::value::{Fields, Value};
use std::borrow::Cow;

/// Names that models give the same thing: the names of one row mean the same.
const SYNONYMS: &[&[&str]] = &[
    &["filepath", "path", "file", "filename", "targetfile", "absolutepath", "filepathname"],
    &["command", "cmd", "script", "shellcommand", "commandline", "bashcommand"],
    &["content", "contents", "text", "body", "filecontent", "filecontents", "data"],
    &["pattern", "query", "regex", "search", "searchterm", "searchpattern"],
    &["oldstring", "oldstr", "old", "oldtext", "search"],
    &["newstring", "newstr", "new", "newtext", "replace", "replacement"],
    &["url", "uri", "link", "address"],
    &["prompt", "question", "instruction", "instructions"],
    &["city", "location", "place"],
    &["title", "subject", "summary"],
    &["todos", "items", "tasks", "todolist"],
];

/// Fits arguments to a schema.
pub(super) fn fit<'a>(
    schema: &Schema,
    arguments: Arguments<'a>,
    damage: &mut Damages,
) -> Result<Value<'a>, Misfit> {
    let fields = named(schema, arguments, damage)?;
    let mut fitted = Fields::with_capacity(fields.len());
    let fields = respelt(schema, fields, damage);
    for (key, field) in fields {
        let Some(property) = schema.property(&key) else {
            damage.add(Damage::UnknownKey);
            if !schema.is_closed() {
                set(&mut fitted, key, field.value());
            }
            continue;
        };
        let wanted = Wanted { schema: &property.schema, types: property.types, optional: property.optional };
        if let Some(value) = coerced(schema, wanted, field, damage) {
            set(&mut fitted, key, value);
        }
    }
    let complete = schema.required().all(|key| fitted.iter().any(|(name, _)| name == key));
    if complete { Ok(Value::Object(fitted)) } else { Err(Misfit::Incomplete) }
}

/// Whether a key that is not declared may be meant for one that is.
pub(super) fn is_near(key: &str, property: &str) -> bool {
    let (key, property) = (fold(key), fold(property));
    if key.is_empty() || property.is_empty() {
        return false;
    }
    key == property
        || SYNONYMS.iter().any(|row| row.contains(&key.as_str()) && row.contains(&property.as_str()))
        || (key.len() > 3 && property.len() > 3 && differ_little(&key, &property))
}

fn differ_little(key: &str, property: &str) -> bool {
    let most = 1 + property.len() / 8;
    // Lengths are quicker to compare.
    key.chars().count().abs_diff(property.chars().count()) <= most
        && strsim::damerau_levenshtein(key, property) <= most
}

fn set<'a>(fields: &mut Fields<'a>, key: Cow<'a, str>, value: Value<'a>) {
    match fields.iter_mut().find(|(name, _)| *name == key) {
        Some(field) => field.1 = value,
        None => fields.push((key, value)),
    }
}

/// Arguments of any form as named ones.
fn named<'a>(schema: &Schema, arguments: Arguments<'a>, damage: &mut Damages) -> Result<Named<'a>, Misfit> {
    let value = match arguments {
        Arguments::Named(fields) => return Ok(fields),
        Arguments::Absent | Arguments::Value(Value::Null) => {
            damage.add(Damage::ArgumentsAbsent);
            return Ok(Vec::new());
        }
        Arguments::Positional(mut values) => match (values.len(), values.pop()) {
            (1, Some(value @ Value::Object(_))) => value,
            (1, Some(value)) => return only(schema, value).ok_or(Misfit::Shapeless),
            (0, _) => return Ok(Vec::new()),
            _ => return Err(Misfit::Shapeless),
        },
        Arguments::Value(value) => value,
    };
    let value = decoded(value, damage);
    match value {
        Value::Object(fields) => {
            Ok(fields.into_iter().map(|(key, value)| (key, Field::Typed(value))).collect())
        }
        Value::List(mut items) if items.len() == 1 && matches!(items[0], Value::Object(_)) => {
            damage.add(Damage::StructureRetyped);
            named(schema, Arguments::Value(items.remove(0)), damage)
        }
        Value::Text(text) if text.trim().is_empty() => Ok(Vec::new()),
        value @ Value::Text(_) => only(schema, value).ok_or(Misfit::Shapeless),
        _ => Err(Misfit::Shapeless),
    }
}

/// A value without a name as the one argument that is required.
fn only<'a>(schema: &Schema, value: Value<'a>) -> Option<Named<'a>> {
    let mut required = schema.required();
    let key = required.next().filter(|_| required.next().is_none())?;
    let types = schema.property(key)?.types;
    types.allow(&value).then(|| vec![(Cow::Owned(key.to_owned()), Field::Typed(value))])
}

/// Arguments that came as a JSON text, perhaps more than once around.
fn decoded<'a>(mut value: Value<'a>, damage: &mut Damages) -> Value<'a> {
    for _ in 0..3 {
        let Value::Text(text) = &value else { break };
        let mut mended = Damages::NONE;
        let inner = reading(text, |text| {
            let (inner, found) = whole_json(text)?;
            mended = found;
            Some(inner)
        });
        let Some(inner) = inner else { break };
        damage.add(Damage::EncodedTwice);
        damage.join(mended);
        value = inner;
    }
    value
}

/// What a text is read as, borrowed from where the text is borrowed from.
fn reading<'a>(text: &Cow<'a, str>, read: impl FnOnce(&str) -> Option<Value<'_>>) -> Option<Value<'a>> {
    match text {
        Cow::Borrowed(text) => read(text),
        Cow::Owned(text) => read(text).map(Value::into_owned),
    }
}

/// The JSON object, list or string that a text is from end to end, doubled objects counting once.
pub(crate) fn whole_json(text: &str) -> Option<(Value<'_>, Damages)> {
    let start = text.trim_start();
    if !start.starts_with(['{', '[', '"']) {
        return None;
    }
    let mut reader = Reader::new(Cursor::new(start, 0, Edge::Stopped));
    let value = reader.value().ok()?;
    let rest = reader.cursor.rest().trim();
    if rest.is_empty() {
        return Some((value, reader.damage));
    }
    let (again, more) = whole_json(rest)?;
    let mut damage = reader.damage;
    damage.join(more);
    damage.add(Damage::Doubled);
    let kept = if again.fields().len() >= value.fields().len() { again } else { value };
    Some((kept, damage))
}

/// Gives keys that are not declared the name of the one that must be meant.
fn respelt<'a>(schema: &Schema, fields: Named<'a>, damage: &mut Damages) -> Named<'a> {
    if fields.iter().all(|(key, _)| schema.property(key).is_some()) {
        return fields;
    }
    let given: Vec<Cow<'_, str>> = fields.iter().map(|(key, _)| key.clone()).collect();
    let absent = |key: &str| !given.iter().any(|it| it == key);
    let required: Vec<&str> = schema.required().filter(|key| absent(key)).collect();
    let rename = |key: &str| -> Option<String> {
        if schema.property(key).is_some() {
            return None;
        }
        let trimmed = key.trim();
        if trimmed != key && schema.property(trimmed).is_some() {
            return Some(trimmed.to_owned());
        }
        let folded = fold(key);
        let mut same = schema.properties().filter(|it| absent(it) && fold(it) == folded);
        if let Some(found) = same.next() {
            return same.next().is_none().then(|| found.to_owned());
        }
        // Two keys that may both be meant for one leave it open.
        let mut near = required.iter().filter(|it| is_near(key, it));
        let found = near.next().filter(|_| near.next().is_none())?;
        let rivals = given.iter().filter(|it| schema.property(it).is_none() && is_near(it, found));
        (rivals.count() == 1).then(|| (*found).to_owned())
    };
    let mut renamed = Vec::with_capacity(fields.len());
    for (key, field) in fields {
        match rename(&key) {
            Some(name) => {
                damage.add(Damage::KeyRespelt);
                renamed.push((Cow::Owned(name), field));
            }
            None => renamed.push((key, field)),
        }
    }
    renamed
}

/// What a schema wants a value to be.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    schema: &'a Value<'a>,
    types: Types,
    /// Whether it may be left out.
    optional: bool,
}

/// A value as its schema wants it; as it came where that can't be had; `None` where it is better left out.
fn coerced<'a>(
    schema: &Schema,
    wanted: Wanted<'_>,
    field: Field<'a>,
    damage: &mut Damages,
) -> Option<Value<'a>> {
    let types = wanted.types;
    let (value, raw) = match field {
        Field::Typed(value) => (value, false),
        Field::Raw(text) => (Value::Text(text), true),
    };
    let is_null = match &value {
        Value::Null => true,
        Value::Text(text) => raw && matches!(text.trim(), "null" | "None" | "NULL" | "Null"),
        _ => false,
    };
    if is_null && types != Types::default() {
        if types.null {
            return Some(Value::Null);
        }
        if wanted.optional {
            return None;
        }
    }
    let value = match value {
        Value::Text(text) if raw && !(types.string || types == Types::default()) => {
            reading(&text, |text| retyped(types, text, damage)).unwrap_or(Value::Text(text))
        }
        Value::Text(text) if raw && types == Types::default() => typed_by_itself(text),
        Value::Text(text) if !types.string && types != Types::default() => {
            match reading(&text, |text| retyped(types, text, damage)) {
                Some(value) => {
                    let scalar = matches!(value, Value::Number(_) | Value::Bool(_) | Value::Null);
                    damage.add(if scalar { Damage::ScalarRetyped } else { Damage::StructureRetyped });
                    value
                }
                None => Value::Text(text),
            }
        }
        value => loosened(types, value, damage),
    };
    let value = chosen(schema.choices(wanted.schema), value, damage);
    Some(deeper(schema, wanted.schema, value, damage))
}

/// Text of a type that is no string, read as one that is allowed.
fn retyped<'a>(types: Types, text: &'a str, damage: &mut Damages) -> Option<Value<'a>> {
    let trimmed = text.trim();
    if trimmed.starts_with('"')
        && let Some((Value::Text(inner), _)) = whole_json(trimmed)
        && inner != text
        && let Some(value) = reading(&inner, |inner| retyped(types, inner, damage))
    {
        damage.add(Damage::EncodedTwice);
        return Some(value);
    }
    if types.boolean {
        match trimmed.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" if types.allow(&Value::Bool(true)) && !(trimmed == "1" && types.number) => {
                return Some(Value::Bool(true));
            }
            "false" | "no" | "0" if !(trimmed == "0" && types.number) => return Some(Value::Bool(false)),
            _ => {}
        }
    }
    if (types.integer || types.number)
        && let Some(number) = number(trimmed)
    {
        return Some(Value::Number(if types.number { number } else { whole(&number).unwrap_or(number) }));
    }
    if types.array || types.object {
        let mut reader = Reader::new(Cursor::new(trimmed, 0, Edge::Stopped));
        if let Ok(value) = reader.value()
            && types.allow(&value)
            && reader.cursor.rest().trim().is_empty()
        {
            damage.join(reader.damage);
            return Some(value);
        }
        if types.array && !types.object && !trimmed.is_empty() {
            damage.add(Damage::StructureRetyped);
            return Some(Value::List(vec![Value::Text(Cow::Borrowed(trimmed))]));
        }
    }
    (types.null && matches!(literal(trimmed), Some(Value::Null))).then_some(Value::Null)
}

/// Raw text whose schema says nothing: JSON if it is a list or an object, else text.
fn typed_by_itself(text: Cow<'_, str>) -> Value<'_> {
    let structure = reading(&text, |text| match whole_json(text) {
        Some((value @ (Value::List(_) | Value::Object(_)), damage)) if damage.is_empty() => Some(value),
        _ => None,
    });
    structure.unwrap_or(Value::Text(text))
}

/// A value of a wrong type turned into the right one where that loses nothing.
fn loosened<'a>(types: Types, value: Value<'a>, damage: &mut Damages) -> Value<'a> {
    if types.allow(&value) {
        return value;
    }
    let (mended, how) = match &value {
        Value::Number(number) if types.integer && whole(number).is_some() => {
            (whole(number).map(Value::Number), Damage::ScalarRetyped)
        }
        Value::Number(number) if types.string => (Some(Value::Text(number.clone())), Damage::ScalarRetyped),
        Value::Bool(flag) if types.string => {
            (Some(Value::Text(flag.to_string().into())), Damage::ScalarRetyped)
        }
        Value::Number(number) if types.boolean && number == "1" => {
            (Some(Value::Bool(true)), Damage::ScalarRetyped)
        }
        Value::Number(number) if types.boolean && number == "0" => {
            (Some(Value::Bool(false)), Damage::ScalarRetyped)
        }
        Value::List(_) | Value::Object(_) if types.string => {
            (Some(Value::Text(value.to_json().into())), Damage::StructureRetyped)
        }
        Value::Object(_) | Value::Number(_) | Value::Bool(_) if types.array => {
            (Some(Value::List(vec![value.clone()])), Damage::StructureRetyped)
        }
        _ => (None, Damage::ScalarRetyped),
    };
    match mended {
        Some(mended) => {
            damage.add(how);
            mended
        }
        None => value,
    }
}

/// A number without a fraction as a whole one.
fn whole<'a>(number: &Cow<'a, str>) -> Option<Cow<'a, str>> {
    if number.parse::<i128>().is_ok() {
        return Some(number.clone());
    }
    let value: f64 = number.parse().ok()?;
    (value.fract() == 0.0 && value.abs() < 9e15).then(|| format!("{value:.0}").into())
}

/// The one of the listed values that a text means.
fn chosen<'a>(choices: &[Value<'_>], value: Value<'a>, damage: &mut Damages) -> Value<'a> {
    let Value::Text(text) = &value else { return value };
    if choices.is_empty() || choices.iter().any(|it| it == &value) {
        return value;
    }
    let folded = fold(text);
    let mut alike = choices.iter().filter(|it| it.as_text().is_some_and(|it| fold(it) == folded));
    match (alike.next(), alike.next()) {
        (Some(choice), None) => {
            damage.add(Damage::ScalarRetyped);
            choice.clone().into_owned()
        }
        _ => value,
    }
}

/// The same for what lies inside a list or an object.
fn deeper<'a>(schema: &Schema, property: &Value<'_>, value: Value<'a>, damage: &mut Damages) -> Value<'a> {
    match value {
        Value::List(items) => {
            let Some(inner) = schema.items(property) else { return Value::List(items) };
            let wanted = Wanted { schema: inner, types: schema.types(inner), optional: false };
            let fit = |item| coerced(schema, wanted, Field::Typed(item), damage);
            Value::List(items.into_iter().filter_map(fit).collect())
        }
        Value::Object(fields) => {
            let inner = schema.inner(property);
            let mut fitted = Vec::with_capacity(fields.len());
            for (key, value) in fields {
                let value = match inner.iter().find(|(name, _)| *name == key) {
                    Some((name, inner)) => {
                        let optional = !schema.required_of(property).any(|it| it == name);
                        let wanted = Wanted { schema: inner, types: schema.types(inner), optional };
                        coerced(schema, wanted, Field::Typed(value), damage)
                    }
                    None => Some(value),
                };
                fitted.extend(value.map(|value| (key, value)));
            }
            Value::Object(fitted)
        }
        value => value,
    }
}
