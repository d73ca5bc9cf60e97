#![doc = include_str!("dialect.md")]

use std::fmt;

/// A wire format that a client or a backend speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Anthropic Messages, `/v1/messages`.
    Anthropic,
    /// OpenAI Chat Completions, `/v1/chat/completions`.
    OpenAi,
    /// OpenAI Responses, `/v1/responses`.
    Responses,
    /// Google Gemini, `/v1beta/models/*:generateContent`.
    Gemini,
    /// Ollama's own, `/api/chat`.
    Ollama,
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anthropic => "anthropic",
            Self::OpenAi => "openai",
            Self::Responses => "responses",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
        })
    }
}
