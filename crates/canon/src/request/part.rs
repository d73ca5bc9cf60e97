//! The pieces that content is made of: text, pictures, calls, results, thinking.

use super::Content;
use crate::extra::Extra;
use crate::text::{Json, Text};

/// One piece of content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// The prompt-cache marker on it.
    pub cache_control: Option<Json>,
    /// A thought signature beside it that must travel with it (on thinking it is the thinking's own).
    pub signature: Option<Text>,
    /// Unknown fields of the part.
    pub extra: Extra,
}

impl Part {
    /// A part with nothing beside it.
    pub fn new(kind: PartKind) -> Self {
        Self { kind, cache_control: None, signature: None, extra: Extra::default() }
    }

    /// A text part.
    pub fn text(text: impl Into<Text>) -> Self {
        Self::new(PartKind::Text(text.into()))
    }
}

/// The kinds of content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// Text.
    Text(Text),
    /// A picture.
    Image(Media),
    /// A document, such as a PDF or a plain text.
    Document(Media),
    /// Sound.
    Audio(Media),
    /// A call the model made.
    Call(Call),
    /// What a tool answered.
    CallResult(CallResult),
    /// What the model thought; its signature is on the part.
    Thinking(Text),
    /// Thinking that only its maker can read.
    Redacted(Text),
    /// The model's refusal.
    Refusal(Text),
    /// A part whose type has no word here: its type's name and the whole object.
    Opaque(Text, Json),
}

/// A picture, document or sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// Where its bytes are.
    pub data: MediaData,
    /// Its name, where one was given.
    pub name: Option<Text>,
    /// Unknown fields of the object that holds the bytes (`source`, `image_url`, …).
    pub extra: Extra,
}

/// Where the bytes of a medium are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaData {
    /// In the request, in base64.
    Base64 {
        /// Its media type, such as `image/png`.
        media_type: Text,
        /// The base64 text.
        data: Text,
    },
    /// Behind a URL.
    Url(Text),
    /// A file uploaded to the backend before.
    File(Text),
    /// Plain text.
    Plain(Text),
    /// A form without a word here.
    Opaque(Json),
}

/// A call of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Ties the result to the call.
    pub id: Text,
    /// The tool's name.
    pub name: Text,
    /// What it is called with.
    pub arguments: Arguments,
}

/// A call's arguments in the form they came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arguments {
    /// A JSON value; models and clients also put strings and lists here.
    Value(Json),
    /// Text that should be JSON and may not be.
    Text(Text),
}

/// A tool's answer to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallResult {
    /// The call it answers.
    pub call_id: Text,
    /// The tool's name, where the dialect repeats it.
    pub name: Option<Text>,
    /// What it answered.
    pub content: Content,
    /// Whether the tool failed, where the dialect says so.
    pub is_error: Option<bool>,
}
