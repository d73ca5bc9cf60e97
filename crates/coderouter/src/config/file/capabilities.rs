//! Flags of a model: a provider's `capabilities:` block. Unset, true and false are three different things.

use canon::config::{Prefill, Word};

use super::super::reader::{Block, Setting, flag, word};

/// A provider's own flags.
#[derive(Default)]
pub(crate) struct Capabilities {
    pub(crate) tools: Option<bool>,
    pub(crate) vision: Option<bool>,
    pub(crate) prompt_cache: Option<bool>,
    pub(crate) thinking: Option<bool>,
    pub(crate) reasoning_model: Option<bool>,
    pub(crate) reasoning_passthrough: Option<bool>,
    pub(crate) tool_choice: Option<bool>,
    pub(crate) prefill: Option<Prefill>,
}

/// Whose way of steering reasoning a backend knows. It loads and nothing reads it.
#[derive(Clone, Copy, PartialEq)]
enum ReasoningControl {
    None,
    OpenAi,
    Anthropic,
    ProviderSpecific,
}

impl Word for ReasoningControl {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("none", Self::None),
        ("openai", Self::OpenAi),
        ("anthropic", Self::Anthropic),
        ("provider_specific", Self::ProviderSpecific),
    ];
}

/// Whose way of attaching MCP servers a backend knows. It loads and nothing reads it.
#[derive(Clone, Copy, PartialEq)]
enum Mcp {
    None,
    Anthropic,
    ProviderSpecific,
}

impl Word for Mcp {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("none", Self::None),
        ("anthropic", Self::Anthropic),
        ("provider_specific", Self::ProviderSpecific),
    ];
}

impl Setting for Capabilities {
    fn read(block: &mut Block<'_, '_>) -> Self {
        for key in ["chat", "streaming", "openai_compatible"] {
            block.or(key, flag(), true, "Declared only; nothing reads it.");
        }
        block.or("reasoning_control", word(), ReasoningControl::None, "Declared only; nothing reads it.");
        block.or("mcp", word(), Mcp::None, "Declared only; nothing reads it.");
        Self {
            tools: block.optional("tools", flag(), "Tool calls work."),
            vision: block.optional("vision", flag(), "Images are understood."),
            prompt_cache: block.optional("prompt_cache", flag(), "Cache markers mean something."),
            thinking: block.optional("thinking", flag(), "The wire takes a thinking block."),
            reasoning_model: block.optional(
                "reasoning_model",
                flag(),
                "The model reasons before it answers, whatever its wire can say about it.",
            ),
            reasoning_passthrough: block.optional(
                "reasoning_passthrough",
                flag(),
                "Leave reasoning and reasoning_content in replies of the OpenAI dialect.",
            ),
            tool_choice: block.optional("tool_choice", flag(), "A forced tool_choice works."),
            prefill: block.optional(
                "prefill",
                word(),
                "How an answer that was begun elsewhere is continued.",
            ),
        }
    }
}
