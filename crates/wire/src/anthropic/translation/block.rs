//! Parts of another dialect's messages as blocks of this one.

use canon::extra::Losses;
use canon::request::{Arguments, Call, CallResult, Content, Media, MediaData, Part, PartKind};
use canon::target::Target;
use canon::text::Text;

use crate::anthropic::mend::{legal_id, object_of};

/// Translates parts and notes what is lost.
pub(super) struct Blocks<'a> {
    pub(super) target: &'a Target<'a>,
    pub(super) losses: &'a mut Losses,
}

impl Blocks<'_> {
    /// The blocks of a content, without empty text.
    pub(super) fn translate(&mut self, content: &Content) -> Vec<Part> {
        match content {
            Content::Absent => Vec::new(),
            Content::Text(text) if text.is_empty() => Vec::new(),
            Content::Text(text) => vec![Part::text(text.clone())],
            Content::Parts(parts) => parts.iter().filter_map(|part| self.part(part)).collect(),
        }
    }

    fn part(&mut self, part: &Part) -> Option<Part> {
        self.losses.note_extra(&part.extra);
        let mut signature = None;
        let kind = match &part.kind {
            PartKind::Text(text) | PartKind::Refusal(text) if text.is_empty() => return None,
            PartKind::Text(text) | PartKind::Refusal(text) => PartKind::Text(text.clone()),
            PartKind::Thinking(text) => {
                // The makers' own check signatures; elsewhere an empty one is taken (measured with Claude Code 2.1).
                if self.target.maker_host && part.signature.is_none() {
                    self.losses.note("messages.thinking");
                    return None;
                }
                signature = Some(part.signature.clone().unwrap_or_default());
                PartKind::Thinking(text.clone())
            }
            PartKind::Redacted(_) => {
                self.losses.note("messages.thinking");
                return None;
            }
            PartKind::Image(media) => self.medium(media, "image", PartKind::Image),
            PartKind::Document(media) => self.medium(media, "document", PartKind::Document),
            PartKind::Audio(_) => self.placeholder("audio"),
            PartKind::Call(call) => PartKind::Call(translate_call(call)),
            PartKind::CallResult(result) => PartKind::CallResult(self.call_result(result)),
            PartKind::Opaque(kind, _) => self.placeholder(&kind.read()),
        };
        Some(Part { signature, cache_control: part.cache_control.clone(), ..Part::new(kind) })
    }

    fn medium(&mut self, media: &Media, what: &str, kind: fn(Media) -> PartKind) -> PartKind {
        self.losses.note_extra(&media.extra);
        // Files uploaded elsewhere and forms without a word mean nothing to this backend.
        if matches!(media.data, MediaData::File(_) | MediaData::Opaque(_)) {
            return self.placeholder(what);
        }
        kind(Media { data: media.data.clone(), name: media.name.clone(), extra: Default::default() })
    }

    fn placeholder(&mut self, what: &str) -> PartKind {
        let what: String = what.chars().take(40).collect();
        self.losses.note(format!("messages.{what}"));
        PartKind::Text(Text::plain(format!("[{what} left out: this model can't take it]")))
    }

    fn call_result(&mut self, result: &CallResult) -> CallResult {
        let parts = self.translate(&result.content);
        let content = match (&result.content, parts) {
            (Content::Text(_), _) => result.content.clone(),
            (_, parts) if parts.is_empty() => Content::Absent,
            (_, parts) => Content::Parts(parts),
        };
        CallResult {
            call_id: legal_id(&result.call_id).into_owned(),
            name: None,
            content,
            is_error: result.is_error,
        }
    }
}

fn translate_call(call: &Call) -> Call {
    Call {
        id: legal_id(&call.id).into_owned(),
        name: call.name.clone(),
        arguments: Arguments::Value(object_of(&call.arguments).into_owned()),
    }
}
