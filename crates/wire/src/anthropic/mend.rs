//! Blocks that a backend would refuse, made acceptable. What needs nothing stays as it came.

use std::borrow::Cow;

use canon::extra::Losses;
use canon::request::{Arguments, Call, CallResult, Content, MediaData, Part, PartKind};
use canon::target::{Droppable, Target};
use canon::text::{Json, Text};

use crate::json::{Writer, object_in, without};

/// What became of a value.
pub(super) enum Mended<T> {
    /// Nothing had to be done.
    Same,
    /// It is left out.
    Gone,
    /// It was made anew.
    New(T),
}

/// Mends for one target.
pub(super) struct Mender<'a> {
    pub(super) target: &'a Target<'a>,
    pub(super) losses: &'a mut Losses,
}

impl Mender<'_> {
    /// Mends a string or a list of blocks; a list from which everything had to go is gone.
    pub(super) fn content(&mut self, content: &Content) -> Mended<Content> {
        let Content::Parts(parts) = content else {
            return Mended::Same;
        };
        let mut kept: Option<Vec<Part>> = None;
        for (index, part) in parts.iter().enumerate() {
            let mended = self.part(part);
            if kept.is_none() && !matches!(mended, Mended::Same) {
                kept = Some(parts[..index].to_vec());
            }
            match (&mut kept, mended) {
                (Some(kept), Mended::Same) => kept.push(part.clone()),
                (Some(kept), Mended::New(part)) => kept.push(part),
                _ => {}
            }
        }
        match kept {
            None => Mended::Same,
            Some(kept) if kept.is_empty() => Mended::Gone,
            Some(kept) => Mended::New(Content::Parts(kept)),
        }
    }

    fn part(&mut self, part: &Part) -> Mended<Part> {
        let mended = match &part.kind {
            // Anthropic's own API refuses text without a character that shows, others at least empty text.
            PartKind::Text(text) if text.is_empty() || (self.target.maker_host && text.is_blank()) => {
                Mended::Gone
            }
            PartKind::Thinking(_) if self.is_unsigned(part) => {
                self.losses.note("messages.thinking");
                Mended::Gone
            }
            PartKind::Image(_) if !self.target.vision => {
                Mended::New(self.unseen(part, "messages.image", "image"))
            }
            PartKind::Document(media)
                if !self.target.vision && !matches!(media.data, MediaData::Plain(_)) =>
            {
                Mended::New(self.unseen(part, "messages.document", "document"))
            }
            PartKind::Call(call) => {
                self.call(call).map_or(Mended::Same, |call| with_kind(part, PartKind::Call(call)))
            }
            PartKind::CallResult(result) => self
                .call_result(result)
                .map_or(Mended::Same, |result| with_kind(part, PartKind::CallResult(result))),
            _ => Mended::Same,
        };
        self.unmarked(part, mended)
    }

    /// A model's maker checks the signatures of thinking it gets back, so thinking of another model must go.
    fn is_unsigned(&self, part: &Part) -> bool {
        self.target.maker_host && part.signature.as_ref().is_none_or(Text::is_empty)
    }

    fn unseen(&mut self, part: &Part, field: &'static str, what: &str) -> Part {
        self.losses.note(field);
        let text = PartKind::Text(Text::plain(format!("[{what} left out: this model can't see it]")));
        Part { cache_control: part.cache_control.clone(), ..Part::new(text) }
    }

    fn call(&self, call: &Call) -> Option<Call> {
        let (id, arguments) = (self.id(&call.id), object_of(&call.arguments));
        if matches!((&id, &arguments), (Cow::Borrowed(_), Cow::Borrowed(_))) {
            return None;
        }
        let arguments = Arguments::Value(arguments.into_owned());
        Some(Call { id: id.into_owned(), name: call.name.clone(), arguments })
    }

    fn call_result(&mut self, result: &CallResult) -> Option<CallResult> {
        let call_id = self.id(&result.call_id);
        let content = self.content(&result.content);
        let content = match (content, &call_id) {
            (Mended::Same, Cow::Borrowed(_)) => return None,
            (Mended::Same, Cow::Owned(_)) => result.content.clone(),
            (Mended::Gone, _) => Content::Absent,
            (Mended::New(content), _) => content,
        };
        Some(CallResult { call_id: call_id.into_owned(), content, ..result.clone() })
    }

    fn id<'t>(&self, id: &'t Text) -> Cow<'t, Text> {
        if self.target.maker_host { legal_id(id) } else { Cow::Borrowed(id) }
    }

    /// Takes the cache marker off where the target has refused such markers.
    fn unmarked(&mut self, part: &Part, mended: Mended<Part>) -> Mended<Part> {
        if part.cache_control.is_none() || !self.target.dropped.contains(&Droppable::CacheControl) {
            return mended;
        }
        self.losses.note("cache_control");
        let mut part = match mended {
            Mended::Gone => return Mended::Gone,
            Mended::Same => part.clone(),
            Mended::New(part) => part,
        };
        part.cache_control = None;
        if let PartKind::Opaque(_, whole) = &mut part.kind {
            *whole = without(whole, "cache_control");
        }
        Mended::New(part)
    }
}

fn with_kind(part: &Part, kind: PartKind) -> Mended<Part> {
    Mended::New(Part { kind, ..part.clone() })
}

/// Arguments as the object that the wire demands; what is none is kept inside one.
pub(super) fn object_of(arguments: &Arguments) -> Cow<'_, Json> {
    let text = match arguments {
        Arguments::Value(value) if value.is_object() => return Cow::Borrowed(value),
        Arguments::Value(value) if value.is_null() => return Cow::Owned(Json::EMPTY_OBJECT),
        Arguments::Value(value) => {
            match value.bytes().strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) {
                Some(inside) => Text::escaped(value.bytes().slice_ref(inside)),
                None => return Cow::Owned(raw(|w| w.json(value))),
            }
        }
        Arguments::Text(text) => text.clone(),
    };
    Cow::Owned(match object_in(&text) {
        Some(object) => object,
        None if text.is_blank() => Json::EMPTY_OBJECT,
        None => raw(|w| w.text(&text)),
    })
}

fn raw(value: impl FnOnce(&mut Writer<'_>)) -> Json {
    let mut out = Vec::new();
    Writer::new(&mut out).object(|w| value(w.key("_raw")));
    Json::raw(out.into())
}

/// An id of letters, digits, `_` and `-` alone (Anthropic Messages reference), the same for the same id each time.
pub(super) fn legal_id(id: &Text) -> Cow<'_, Text> {
    let is_legal = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !id.is_empty() && id.stored().iter().all(is_legal) {
        return Cow::Borrowed(id);
    }
    let plain = id.read();
    let cleaned: String =
        plain.bytes().take(ID_KEPT).map(|byte| if is_legal(&byte) { byte.into() } else { '_' }).collect();
    Cow::Owned(Text::plain(format!("{cleaned}_{:08x}", fingerprint(plain.as_bytes()))))
}

/// How much of an illegal id is kept to be recognised; the fingerprint keeps it distinct.
const ID_KEPT: usize = 40;

/// FNV-1a, which needs to be stable, not strong.
fn fingerprint(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_become_objects() {
        let cases: &[(&'static str, &str)] = &[
            (r#"{"a":1}"#, r#"{"a":1}"#),
            ("null", "{}"),
            (r#""""#, "{}"),
            (r#""{\"a\":\"\\n\"}""#, r#"{"a":"\n"}"#),
            (r#""{\"a\":""#, r#"{"_raw":"{\"a\":"}"#),
            ("[1,2]", r#"{"_raw":[1,2]}"#),
            ("7", r#"{"_raw":7}"#),
        ];
        for (value, object) in cases {
            let made = object_of(&Arguments::Value(Json::fixed(value))).into_owned();
            assert_eq!(made.bytes(), object.as_bytes(), "{value}");
        }
    }

    #[test]
    fn ids_become_legal_and_stay_distinct() {
        let legal = |id: &str| legal_id(&Text::from(id)).read().into_owned();
        assert_eq!(legal("toolu_01-A"), "toolu_01-A");
        assert_ne!(legal("functions.Write:0"), legal("functions_Write:0"));
        assert!(legal("functions.Write:0").starts_with("functions_Write_0_"));
        assert!(!legal("").is_empty());
    }
}
