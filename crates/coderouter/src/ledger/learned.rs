//! What can be learned of a model.

use canon::config::Prefill;

/// How a model calls tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolForm {
    /// In its wire's own form.
    Structured,
    /// As text, of which the router makes calls.
    Written,
    /// Not at all.
    None,
}

impl ToolForm {
    /// The word in the file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Structured => "structured",
            Self::Written => "written",
            Self::None => "none",
        }
    }

    /// The form of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Structured, Self::Written, Self::None].into_iter().find(|form| form.word() == word)
    }
}

/// How a model thinks, as far as others see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thinking {
    /// In blocks of the Anthropic wire.
    Block,
    /// In a field of its own.
    Field,
    /// In its text, between tags.
    Tags,
    /// Not that anybody has seen.
    None,
}

impl Thinking {
    /// The word in the file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Field => "field",
            Self::Tags => "tags",
            Self::None => "none",
        }
    }

    /// The form of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Block, Self::Field, Self::Tags, Self::None].into_iter().find(|form| form.word() == word)
    }
}

/// How often a model did what it was asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Samples {
    /// How often it did.
    pub well: u8,
    /// How often it was asked.
    pub asked: u8,
}

/// What is known of a model; what nobody has found out is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// How long a prompt and its answer may be, in tokens.
    pub context: Option<u32>,
    /// How it calls tools.
    pub tools: Option<ToolForm>,
    /// Whether it makes several calls in one answer.
    pub parallel: Option<bool>,
    /// How reliably, when it was examined.
    pub tool_samples: Option<Samples>,
    /// How it thinks.
    pub thinking: Option<Thinking>,
    /// Whether it sees pictures.
    pub vision: Option<bool>,
    /// How it goes on with an answer that was begun.
    pub prefill: Option<Prefill>,
    /// Whether a prompt that was just read is not read again.
    pub cache: Option<bool>,
}

impl Learned {
    /// Takes in what is known better.
    pub fn merge(&mut self, newer: &Self) {
        let Self { context, tools, tool_samples, parallel, thinking, vision, prefill, cache } = *newer;
        self.context = context.or(self.context);
        self.tools = tools.or(self.tools);
        self.tool_samples = tool_samples.or(self.tool_samples);
        self.parallel = parallel.or(self.parallel);
        self.thinking = thinking.or(self.thinking);
        self.vision = vision.or(self.vision);
        self.prefill = prefill.or(self.prefill);
        self.cache = cache.or(self.cache);
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
