//! What an encoder must know about the backend it writes for.

use crate::config::ExtraField;

/// The backend of one attempt, as far as the shape of the body depends on it.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    /// The model to name; `None` leaves the key out.
    pub model: Option<&'a str>,
    /// Fields laid under the body: those the request has too are not changed.
    pub extra_body: &'a [ExtraField],
    /// Fields this backend has refused, or is known to refuse.
    pub dropped: &'a [Droppable],
    /// The most output tokens this backend takes.
    pub max_output: Option<u64>,
    /// Whether pictures may be sent.
    pub vision: bool,
    /// Whether a chat backend takes instructions in the middle of a conversation, by its own word.
    pub system_turns: bool,
    /// Whether earlier thinking is handed back, as `reasoning_content` on chat backends.
    pub reasoning_history: bool,
    /// Whether the host is the model maker's own, which knows the newest fields.
    pub maker_host: bool,
}

impl Default for Target<'_> {
    fn default() -> Self {
        Self {
            model: None,
            extra_body: &[],
            dropped: &[],
            max_output: None,
            vision: true,
            system_turns: false,
            reasoning_history: false,
            maker_host: false,
        }
    }
}

/// A field that a backend may refuse and the request can do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Droppable {
    /// `thinking`, `reasoning_effort`.
    Thinking,
    /// `context_management`.
    ContextManagement,
    /// `output_config`: effort and output format.
    OutputConfig,
    /// System turns in the middle of the conversation; they are folded into user turns.
    SystemTurns,
    /// `stream_options`.
    StreamOptions,
    /// `parallel_tool_calls`.
    ParallelCalls,
    /// `cache_control` markers.
    CacheControl,
}

impl Droppable {
    /// Every droppable field with the words by which an error names it, most telling first.
    pub const NAMED_BY: &[(Self, &str)] = &[
        (Self::ContextManagement, "context_management"),
        (Self::OutputConfig, "output_config"),
        (Self::StreamOptions, "stream_options"),
        (Self::ParallelCalls, "parallel_tool_calls"),
        (Self::CacheControl, "cache_control"),
        (Self::Thinking, "thinking"),
        (Self::Thinking, "reasoning_effort"),
        (Self::SystemTurns, "role 'system'"),
        (Self::SystemTurns, "role \"system\""),
        (Self::SystemTurns, "system message must be at the beginning"),
        (Self::SystemTurns, "unable to generate parser for this template"),
    ];

    /// The field's name on the wire, for logs and headers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Thinking => "thinking",
            Self::ContextManagement => "context_management",
            Self::OutputConfig => "output_config",
            Self::SystemTurns => "system",
            Self::StreamOptions => "stream_options",
            Self::ParallelCalls => "parallel_tool_calls",
            Self::CacheControl => "cache_control",
        }
    }

    /// The field an error text complains about, if it is one the request can do without.
    pub fn named_in(error: &str) -> Option<Self> {
        let error = error.to_ascii_lowercase();
        Self::NAMED_BY.iter().find(|(_, words)| error.contains(words)).map(|(field, _)| *field)
    }
}
