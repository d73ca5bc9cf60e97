//! What a provider's model can do, as far as anyone has said.
//!
//! The file's own flags come first, then the user's registry, then the bundled one; only the result is here.

use super::word::words;

/// The context window assumed where nobody has said one, in tokens.
pub const DEFAULT_CONTEXT_TOKENS: u32 = 128_000;

/// Whether something is supported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Support {
    /// Declared to work.
    Yes,
    /// Declared not to work.
    No,
    /// Nobody has said.
    #[default]
    Unknown,
}

impl Support {
    /// The answer, or `default` where nobody has said.
    pub fn or(self, default: bool) -> bool {
        match self {
            Self::Yes => true,
            Self::No => false,
            Self::Unknown => default,
        }
    }
}

impl From<Option<bool>> for Support {
    fn from(flag: Option<bool>) -> Self {
        match flag {
            Some(true) => Self::Yes,
            Some(false) => Self::No,
            None => Self::Unknown,
        }
    }
}

words! {
    /// How well a model works under Claude Code.
    Suitability {
        /// Tried and fine.
        Fine = "ok",
        /// Known to over-call tools or to lose the thread.
        Degraded = "degraded",
    }
}

words! {
    /// How a backend continues an answer that was begun elsewhere.
    Prefill {
        /// Not at all.
        None = "none",
        /// A last assistant message is continued.
        Plain = "plain",
        /// The same with vLLM's `continue_final_message`.
        Vllm = "vllm",
    }
}

/// The merged facts about one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The wire takes a `thinking` block. The Python program read unknown as no.
    pub thinking: Support,
    /// The model reasons before it answers, whatever its wire can say about it.
    pub reasoning_model: bool,
    /// `reasoning` and `reasoning_content` are left in replies of the OpenAI dialect.
    pub reasoning_passthrough: bool,
    /// Tool calls work.
    pub tools: Support,
    /// A forced `tool_choice` works. The Python program read unknown as "if kind is anthropic".
    pub tool_choice: Support,
    /// Images are understood.
    pub vision: Support,
    /// Cache markers mean something. The Python program read unknown as "if kind is anthropic".
    pub prompt_cache: Support,
    /// The context window in tokens, where someone has said it.
    pub max_context_tokens: Option<u32>,
    /// How an answer can be continued.
    pub prefill: Prefill,
    /// How well the model works under Claude Code, where someone has said it.
    pub claude_code_suitability: Option<Suitability>,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            thinking: Support::Unknown,
            reasoning_model: false,
            reasoning_passthrough: false,
            tools: Support::Unknown,
            tool_choice: Support::Unknown,
            vision: Support::Unknown,
            prompt_cache: Support::Unknown,
            max_context_tokens: None,
            prefill: Prefill::None,
            claude_code_suitability: None,
        }
    }
}

/// Which facts the file or the user's own registry has said. What is learned changes only the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// Of [`Facts::thinking`].
    pub thinking: bool,
    /// Of [`Facts::tools`].
    pub tools: bool,
    /// Of [`Facts::vision`].
    pub vision: bool,
    /// Of [`Facts::prompt_cache`].
    pub prompt_cache: bool,
    /// Of [`Facts::max_context_tokens`].
    pub max_context_tokens: bool,
    /// Of [`Facts::prefill`].
    pub prefill: bool,
}

impl Facts {
    /// The context window in tokens, [`DEFAULT_CONTEXT_TOKENS`] where nobody has said one.
    pub fn context_tokens(&self) -> u32 {
        self.max_context_tokens.unwrap_or(DEFAULT_CONTEXT_TOKENS)
    }
}
