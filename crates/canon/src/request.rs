//! What an agent asks, in words every dialect shares. A request is made of ranges of its body; nothing is copied
//! until a shape edits it.

use crate::dialect::Dialect;
use crate::extra::Extra;
use crate::text::{Json, Text};
use bytes::Bytes;
use std::ops::{Deref, Range};

/// One request for a completion.
#[derive(Clone, Debug)]
pub struct Request {
    /// The dialect it was written in; [`Extra`] fields belong to it.
    pub dialect: Dialect,
    /// The body as it came and where its top-level fields lie; absent for requests made by the program.
    pub source: Option<Source>,
    /// The model the client asked for.
    pub model: Option<Text>,
    /// Whether the client wants a stream.
    pub stream: bool,
    /// The instructions in front of the conversation, where the dialect keeps them apart.
    pub system: Option<Sourced<Content>>,
    /// The conversation, oldest first.
    pub messages: Sourced<Vec<Sourced<Message>>>,
    /// The tools the model may call.
    pub tools: Sourced<Vec<Sourced<Tool>>>,
    /// Which tool it must or must not call.
    pub tool_choice: Option<ToolChoice>,
    /// Whether several calls may come in one turn, where the client said so.
    pub parallel_calls: Option<bool>,
    /// The most tokens to generate.
    pub max_output: Option<u64>,
    /// How the next token is picked.
    pub sampling: Sampling,
    /// How the model may think.
    pub reasoning: Reasoning,
    /// A demanded form of the answer.
    pub output: Option<OutputFormat>,
    /// Whether the client of a stream asked for token counts; `None` where its dialect always sends them.
    pub include_usage: Option<bool>,
    /// The profile named in the body; never sent upstream.
    pub profile: Option<Text>,
    /// Top-level fields without a word of their own.
    pub extra: Extra,
}

impl Request {
    /// An empty request of a dialect, to be filled.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            source: None,
            model: None,
            stream: false,
            system: None,
            messages: Sourced::new(Vec::new()),
            tools: Sourced::new(Vec::new()),
            tool_choice: None,
            parallel_calls: None,
            max_output: None,
            sampling: Sampling::default(),
            reasoning: Reasoning::default(),
            output: None,
            include_usage: None,
            profile: None,
            extra: Extra::default(),
        }
    }

    /// Whether any tool is declared.
    pub fn declares_tools(&self) -> bool {
        !self.tools.is_empty()
    }

    /// Whether any prompt-cache marker is on the system text, the tools or the messages.
    pub fn has_cache_control(&self) -> bool {
        let marked = |content: &Content| match content {
            Content::Parts(parts) => parts.iter().any(|part| part.cache_control.is_some()),
            Content::Absent | Content::Text(_) => false,
        };
        self.system.as_deref().is_some_and(marked)
            || self.tools.iter().any(|tool| tool.cache_control.is_some())
            || self.messages.iter().any(|message| marked(&message.content))
    }

    /// Forgets every source, so that encoding has to write each value again.
    pub fn forget_sources(&mut self) {
        self.source = None;
        if let Some(system) = &mut self.system {
            system.edit();
        }
        for message in self.messages.edit() {
            message.edit();
        }
        for tool in self.tools.edit() {
            tool.edit();
        }
    }
}

/// A body and the places of its top-level fields.
#[derive(Clone, Debug)]
pub struct Source {
    /// The whole body, one valid JSON object.
    pub body: Bytes,
    /// Its fields in the order they came.
    pub fields: Vec<SourceField>,
}

/// Where one top-level field lies in the body.
#[derive(Clone, Debug)]
pub struct SourceField {
    /// The field's name.
    pub key: Text,
    /// From the quote in front of the name to the end of the value; commas and white space around it are outside.
    pub field: Range<usize>,
    /// The value alone.
    pub value: Range<usize>,
}

/// A value and, while nobody has edited it, the bytes it was read from.
#[derive(Clone, Debug)]
pub struct Sourced<T> {
    value: T,
    source: Option<Json>,
}

impl<T> Sourced<T> {
    /// A value made by the program, without a source.
    pub fn new(value: T) -> Self {
        Self { value, source: None }
    }

    /// A value read from `source`.
    pub fn read(value: T, source: Json) -> Self {
        Self { value, source: Some(source) }
    }

    /// The bytes it was read from, in the dialect of its request; absent once it was edited.
    pub fn source(&self) -> Option<&Json> {
        self.source.as_ref()
    }

    /// The value to change; its source is forgotten.
    pub fn edit(&mut self) -> &mut T {
        self.source = None;
        &mut self.value
    }
}

impl<T> Deref for Sourced<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// One turn of the conversation.
#[derive(Clone, Debug)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: Content,
    /// Unknown fields of the message.
    pub extra: Extra,
}

/// Who speaks in a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Instructions, at the start or in the middle.
    System,
    /// Instructions of the application, where a dialect tells them from the system's.
    Developer,
    /// The person or the agent's harness.
    User,
    /// The model.
    Assistant,
    /// A tool's result, where the dialect gives it a turn of its own.
    Tool,
}

/// What is said in a turn, in the form it was said in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Nothing: the field was absent or `null`.
    Absent,
    /// A bare string.
    Text(Text),
    /// A list of parts.
    Parts(Vec<Part>),
}

impl Content {
    /// All parts, a bare string as one text part.
    pub fn parts(&self) -> Vec<Part> {
        match self {
            Self::Absent => Vec::new(),
            Self::Text(text) => vec![Part::new(PartKind::Text(text.clone()))],
            Self::Parts(parts) => parts.clone(),
        }
    }

    /// The content as a list that can be changed; a bare string becomes one text part.
    pub fn parts_mut(&mut self) -> &mut Vec<Part> {
        loop {
            match self {
                Self::Parts(parts) => return parts,
                Self::Absent | Self::Text(_) => *self = Self::Parts(self.parts()),
            }
        }
    }
}

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

/// A tool the model may call.
#[derive(Clone, Debug)]
pub struct Tool {
    /// Its name; empty for some hosted tools.
    pub name: Text,
    /// What it is for.
    pub description: Option<Text>,
    /// The JSON Schema of its arguments.
    pub schema: Option<Json>,
    /// Who runs it and how it is called.
    pub kind: ToolKind,
    /// Whether the arguments must match the schema exactly.
    pub strict: Option<bool>,
    /// The prompt-cache marker on it.
    pub cache_control: Option<Json>,
    /// Unknown fields.
    pub extra: Extra,
}

/// The kinds of tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolKind {
    /// Run by the client, called with JSON arguments.
    Function,
    /// Run by the client, called with free text (the format it should follow, if one was given).
    Custom(Option<Json>),
    /// Run by the backend: its type's name. Everything else about it is in the source or in `extra`.
    Hosted(Text),
}

/// Which tool must be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// Some tool.
    Any,
    /// No tool.
    None,
    /// This one.
    Named(Text),
    /// A form without a word here.
    Opaque(Json),
}

/// How the next token is picked. Numbers are kept as they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sampling {
    /// 0 is greedy.
    pub temperature: Option<Json>,
    /// Nucleus size.
    pub top_p: Option<Json>,
    /// How many candidates.
    pub top_k: Option<Json>,
    /// Punishes words that were used at all.
    pub presence_penalty: Option<Json>,
    /// Punishes words by how often they were used.
    pub frequency_penalty: Option<Json>,
    /// For repeatable answers.
    pub seed: Option<Json>,
    /// Texts that end the answer.
    pub stop: Vec<Text>,
}

/// How the model may think.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reasoning {
    /// Whether it thinks.
    pub mode: Option<ReasoningMode>,
    /// How hard: `low`, `medium`, `high` or a dialect's own word.
    pub effort: Option<Text>,
    /// The dialect's own object, for its own dialect.
    pub source: Option<Json>,
}

/// Whether the model thinks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReasoningMode {
    /// It must not.
    Off,
    /// As much as it finds right.
    Adaptive,
    /// With a budget in tokens, where one was given.
    On(Option<u64>),
}

/// A demanded form of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutputFormat {
    /// Any JSON.
    Json,
    /// JSON that follows a schema.
    Schema {
        /// The schema's name, where one was given.
        name: Option<Text>,
        /// The JSON Schema.
        schema: Json,
        /// Whether it must be followed exactly.
        strict: Option<bool>,
    },
    /// A form without a word here.
    Opaque(Json),
}
