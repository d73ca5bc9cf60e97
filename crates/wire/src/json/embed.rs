//! JSON inside JSON strings, as call arguments travel on some wires.

use bytes::Bytes;
use canon::escape::escape_into;
use canon::text::{Json, Text};

use super::key::Kind;
use super::reader::Reader;
use super::write::Writer;

/// A value as text, such as the arguments of a call that a wire carries as an object.
pub fn text_of(value: &Json) -> Text {
    let bytes = value.bytes();
    if bytes.iter().all(|&byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
        return Text::escaped(bytes.clone());
    }
    let mut escaped = Vec::with_capacity(bytes.len() + bytes.len() / 8);
    escape_into(bytes, &mut escaped);
    Text::escaped(escaped.into())
}

/// The object that a text holds, if it holds exactly one legal object.
pub fn object_in(text: &Text) -> Option<Json> {
    let plain = Bytes::from(text.read().into_owned());
    let mut reader = Reader::new(&plain).ok()?;
    if reader.kind() != Kind::Object {
        return None;
    }
    let object = reader.raw().ok()?;
    reader.end().ok()?;
    Some(object)
}

/// An object without one of its fields; anything else as it is.
pub fn without(object: &Json, name: &str) -> Json {
    let mut kept = Vec::with_capacity(object.bytes().len());
    let copied = Reader::new(object.bytes()).and_then(|mut reader| {
        let mut writer = Writer::new(&mut kept);
        let mut result = Ok(());
        writer.object(|w| {
            result = reader.object(|reader, key| {
                let value = reader.raw()?;
                if key.name() != name {
                    w.key_text(&key.text()).json(&value);
                }
                Ok(())
            });
        });
        result
    });
    if copied.is_ok() { Json::raw(kept.into()) } else { object.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_travel_as_text_and_back() {
        let value = Json::fixed(r#"{"a":"\n\"","b":[1]}"#);
        assert_eq!(object_in(&text_of(&value)), Some(value));
        assert_eq!(object_in(&Text::fixed("[1]")), None);
        assert_eq!(object_in(&Text::fixed("{} {}")), None);
        assert_eq!(object_in(&Text::fixed("{\"a\":")), None);
    }

    #[test]
    fn a_field_is_left_out() {
        let object = Json::fixed(r#"{ "a":1, "cache_control":{"x":[]} ,"b":"2" }"#);
        assert_eq!(without(&object, "cache_control"), Json::fixed(r#"{"a":1,"b":"2"}"#));
        assert_eq!(without(&Json::fixed("[1]"), "a"), Json::fixed("[1]"));
    }
}
