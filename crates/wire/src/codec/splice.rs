//! A body with some of its top-level fields changed, the others byte for byte as they came.

use bytes::Bytes;
use canon::request::Source;

use crate::json::Writer;

/// What becomes of a top-level field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays as it came.
    Keep,
    /// It is left out.
    Drop,
    /// It gets this value, JSON text.
    Replace(Vec<u8>),
}

/// Decides over each field of a body in order, then appends what `append` writes. If that changes nothing, the body
/// itself is returned, not a copy.
///
/// `fate` is asked exactly once for each field, with its name and its present value.
pub fn splice(
    source: &Source,
    mut fate: impl FnMut(&str, &[u8]) -> Fate,
    append: impl FnOnce(&mut Writer<'_>),
) -> Bytes {
    let fates: Vec<Fate> = source
        .fields
        .iter()
        .map(|field| fate(&field.key.read(), &source.body[field.value.clone()]))
        .collect();
    let mut appended = Vec::new();
    append(&mut Writer::new(&mut appended));
    if appended.is_empty() && fates.iter().all(|fate| *fate == Fate::Keep) {
        return source.body.clone();
    }
    let replaced = |fate: &Fate| if let Fate::Replace(value) = fate { value.len() } else { 0 };
    let room = source.body.len() + appended.len() + fates.iter().map(replaced).sum::<usize>() + 2;
    let mut out = Vec::with_capacity(room);
    Writer::new(&mut out).object(|w| {
        for (field, fate) in source.fields.iter().zip(&fates) {
            match fate {
                Fate::Keep => w.raw(&source.body[field.field.clone()]),
                Fate::Drop => {}
                Fate::Replace(value) => w.key_text(&field.key).raw(value),
            }
        }
        if !appended.is_empty() {
            w.raw(&appended);
        }
    });
    out.into()
}
