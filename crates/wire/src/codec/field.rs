//! Names of request fields as each dialect's clients know them, so that a loss is told in their words.

use canon::dialect::Dialect;

/// A field of the shared vocabulary that an encoder may fail to express.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Whether and how hard the model thinks.
    Reasoning,
    /// Thinking handed back in the history.
    ReasoningHistory,
    /// The demanded form of the answer.
    Output,
    /// Which tool must be called.
    ToolChoice,
    /// Whether several calls may come in one turn.
    ParallelCalls,
    /// The most tokens to generate.
    MaxOutput,
    /// Texts that end the answer.
    Stop,
}

impl Field {
    /// The field's name in a dialect.
    pub fn name(self, dialect: Dialect) -> &'static str {
        match (self, dialect) {
            (Self::Reasoning, Dialect::Anthropic) => "thinking",
            (Self::Reasoning, Dialect::OpenAi) => "reasoning_effort",
            (Self::Reasoning, Dialect::Responses) => "reasoning",
            (Self::Reasoning, Dialect::Gemini) => "thinkingConfig",
            (Self::Reasoning, Dialect::Ollama) => "think",
            (Self::ReasoningHistory, Dialect::Anthropic) => "messages.thinking",
            (Self::ReasoningHistory, Dialect::OpenAi) => "messages.reasoning_content",
            (Self::ReasoningHistory, Dialect::Responses) => "input.reasoning",
            (Self::ReasoningHistory, Dialect::Gemini) => "contents.thought",
            (Self::ReasoningHistory, Dialect::Ollama) => "messages.thinking",
            (Self::Output, Dialect::Anthropic) => "output_config.format",
            (Self::Output, Dialect::OpenAi) => "response_format",
            (Self::Output, Dialect::Responses) => "text.format",
            (Self::Output, Dialect::Gemini) => "responseSchema",
            (Self::Output, Dialect::Ollama) => "format",
            (Self::ToolChoice, Dialect::Gemini) => "toolConfig",
            (Self::ToolChoice, _) => "tool_choice",
            (Self::ParallelCalls, Dialect::Anthropic) => "tool_choice.disable_parallel_tool_use",
            (Self::ParallelCalls, _) => "parallel_tool_calls",
            (Self::MaxOutput, Dialect::OpenAi) => "max_completion_tokens",
            (Self::MaxOutput, Dialect::Responses) => "max_output_tokens",
            (Self::MaxOutput, Dialect::Gemini) => "maxOutputTokens",
            (Self::MaxOutput, Dialect::Ollama) => "num_predict",
            (Self::MaxOutput, Dialect::Anthropic) => "max_tokens",
            (Self::Stop, Dialect::Anthropic) => "stop_sequences",
            (Self::Stop, Dialect::Gemini) => "stopSequences",
            (Self::Stop, _) => "stop",
        }
    }
}
