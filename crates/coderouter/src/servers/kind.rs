//! The programs that serve models.

/// A program that serves models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Ollama.
    Ollama,
    /// llama.cpp's llama-server.
    LlamaCpp,
    /// LM Studio.
    LmStudio,
    /// vLLM.
    Vllm,
    /// Any other, or one that does not say.
    #[default]
    Other,
}

impl Kind {
    /// What people call the program, where it is known.
    pub const fn program(self) -> Option<&'static str> {
        match self {
            Self::Ollama => Some("Ollama"),
            Self::LlamaCpp => Some("llama.cpp"),
            Self::LmStudio => Some("LM Studio"),
            Self::Vllm => Some("vLLM"),
            Self::Other => None,
        }
    }

    /// The name of a provider of its kind.
    pub const fn provider(self) -> &'static str {
        match self {
            Self::Ollama => "ollama",
            Self::LlamaCpp => "llama-cpp",
            Self::LmStudio => "lm-studio",
            Self::Vllm => "vllm",
            Self::Other => "local",
        }
    }

    /// How its context is made larger.
    pub const fn enlarge(self) -> &'static str {
        match self {
            Self::Ollama => {
                "start Ollama with `OLLAMA_CONTEXT_LENGTH=32768 ollama serve`, or make a model with `PARAMETER num_ctx 32768`"
            }
            Self::LlamaCpp => {
                "start it with `llama-server -c 32768 --jinja`; with several slots (-np) the context is divided among them"
            }
            Self::LmStudio => "load the model again with a context length of 32768",
            Self::Vllm => "start it with `vllm serve --max-model-len 32768`",
            Self::Other => "give the server a context of 32,768 tokens or more",
        }
    }
}
