//! What an agent asks, in words every dialect shares. A request is made of ranges of its body; nothing is copied
//! until a shape edits it.

mod part;
mod sourced;
mod tool;

pub use part::{Arguments, Call, CallResult, Media, MediaData, Part, PartKind};
pub use sourced::{Source, SourceField, Sourced};
pub use tool::{Tool, ToolChoice, ToolKind};

use crate::dialect::Dialect;
use crate::extra::Extra;
use crate::text::{Json, Text};

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
