//! What an inner object holds beyond the vocabulary, carried as an object of its own under the inner object's name.

use crate::json::Writer;
use canon::extra::Extra;
use canon::text::Json;

/// Fields as an object of their own, if there are any.
pub(super) fn object_of(fields: &Extra) -> Option<Json> {
    if fields.is_empty() {
        return None;
    }
    let mut object = Vec::new();
    Writer::new(&mut object).object(|w| w.extra(fields));
    Some(Json::raw(object.into()))
}

/// Writes the fields of such an object among those of the object they came from.
pub(super) fn write(object: Option<&Json>, w: &mut Writer<'_>) {
    let fields = object.and_then(|object| object.bytes().strip_prefix(b"{")?.strip_suffix(b"}"));
    if let Some(fields) = fields.map(<[u8]>::trim_ascii).filter(|fields| !fields.is_empty()) {
        w.raw(fields);
    }
}
