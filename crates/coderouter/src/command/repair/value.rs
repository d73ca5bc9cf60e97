//! JSON values of the account.

use repair::format::Format;
use repair::value::Value;

/// An object with these fields, in this order.
pub(super) fn object<'a, const N: usize>(fields: [(&'a str, Value<'a>); N]) -> Value<'a> {
    Value::Object(fields.map(|(key, value)| (key.into(), value)).into())
}

/// A string.
pub(super) fn text(text: &str) -> Value<'_> {
    Value::Text(text.into())
}

/// A family of formats, where one was told.
pub(super) fn format_value(format: Format) -> Value<'static> {
    if [Format::STRUCTURED, Format::UNKNOWN].contains(&format) {
        return Value::Null;
    }
    object([("id", Value::Text(format.id().into())), ("name", text(format.name()))])
}
