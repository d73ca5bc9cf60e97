//! JSON values of the account.

use repair::format::Format;
use repair::value::Value;

/// An object with these fields, in this order.
pub(super) fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(fields.map(|(key, value)| (key.to_owned(), value)).into())
}

/// A string.
pub(super) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A family of formats, where one was told.
pub(super) fn format_value(format: Format) -> Value {
    if [Format::STRUCTURED, Format::UNKNOWN].contains(&format) {
        return Value::Null;
    }
    object([("id", text(&format.id())), ("name", text(format.name()))])
}
