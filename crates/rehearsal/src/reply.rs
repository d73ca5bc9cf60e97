//! What the model says, in no dialect yet: text, thinking and tool calls cut into the pieces they stream in.
//! How a dialect writes it lives in that dialect's folder, how it goes wrong on the way in `answer`.

use serde_json::Value;

use crate::answer::Answer;

/// One answer of the model.
///
/// In any text, thinking or argument, U+FFFD stands for a byte that is not UTF-8: see
/// [`crate::sse::Quirk::BadUtf8`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// The answer's id; `None` is a fixed one with the dialect's usual prefix.
    pub id: Option<String>,
    /// The model's name; `None` is the one the request asked for.
    pub model: Option<String>,
    /// What is said, in order.
    pub parts: Vec<Part>,
    /// The tokens it is said to have cost.
    pub usage: Usage,
    /// Why it stopped; `None` follows from the parts.
    pub stop: Option<Stop>,
}

impl Reply {
    /// An answer that says nothing.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A text that streams as one piece.
    pub fn text(text: impl Into<String>) -> Self {
        Self::empty().part(Part::text(text))
    }

    /// A text that streams word by word.
    pub fn words(text: &str) -> Self {
        Self::empty().part(Part::words(text))
    }

    /// A tool call whose arguments stream as one piece.
    pub fn call(name: impl Into<String>, arguments: &Value) -> Self {
        Self::empty().part(ToolCall::new(name, arguments))
    }

    /// The same with one more part.
    #[must_use]
    pub fn part(mut self, part: impl Into<Part>) -> Self {
        self.parts.push(part.into());
        self
    }

    /// The same with these tokens counted.
    #[must_use]
    pub fn usage(mut self, usage: Usage) -> Self {
        self.usage = usage;
        self
    }

    /// The same, stopped for this reason.
    #[must_use]
    pub fn stop(mut self, stop: Stop) -> Self {
        self.stop = Some(stop);
        self
    }

    /// The same under this id.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The same under this model name.
    #[must_use]
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// The reply as an [`Answer`], to say how it is delivered.
    pub fn answer(self) -> Answer {
        Answer::from(self)
    }

    pub(crate) fn stopped(&self) -> Stop {
        let called = |part: &Part| matches!(part, Part::Tool(_));
        let refused = |part: &Part| matches!(part, Part::Refusal(_));
        match &self.stop {
            Some(stop) => stop.clone(),
            None if self.parts.iter().any(called) => Stop::ToolUse,
            None if self.parts.iter().any(refused) => Stop::Refusal,
            None => Stop::End,
        }
    }
}

/// One stretch of an answer; lists are the pieces it streams in.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Visible text.
    Text(Vec<String>),
    /// Thinking; the signature exists only on the Anthropic wire.
    Thinking {
        /// What is thought.
        pieces: Vec<String>,
        /// The signature that goes with it, if any.
        signature: Option<String>,
    },
    /// Thinking that came encrypted; exists only on the Anthropic wire.
    Redacted(String),
    /// A call of a tool.
    Tool(ToolCall),
    /// A refusal, a field of its own on the OpenAI wire and text with a stop reason on the Anthropic wire.
    Refusal(String),
}

impl Part {
    /// Text in one piece.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(vec![text.into()])
    }

    /// Text in pieces of one word, blanks kept.
    pub fn words(text: &str) -> Self {
        Self::Text(text.split_inclusive(' ').map(String::from).collect())
    }

    /// Signed thinking in one piece.
    pub fn thinking(text: impl Into<String>, signature: impl Into<String>) -> Self {
        Self::Thinking { pieces: vec![text.into()], signature: Some(signature.into()) }
    }

    /// Unsigned thinking in one piece, as local models send it.
    pub fn unsigned_thinking(text: impl Into<String>) -> Self {
        Self::Thinking { pieces: vec![text.into()], signature: None }
    }
}

impl From<ToolCall> for Part {
    fn from(call: ToolCall) -> Self {
        Self::Tool(call)
    }
}

/// A call of a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolCall {
    /// The call's id; `None` is numbered by its place in the reply, with the dialect's usual prefix.
    pub id: Option<String>,
    /// The tool's name.
    pub name: String,
    /// The arguments' JSON text in the pieces it streams in; need not be valid.
    pub arguments: Vec<String>,
}

impl ToolCall {
    /// A call whose arguments are valid and stream as one piece.
    pub fn new(name: impl Into<String>, arguments: &Value) -> Self {
        Self::raw(name, arguments.to_string())
    }

    /// A call whose arguments are this text, valid or not.
    pub fn raw(name: impl Into<String>, arguments: impl Into<String>) -> Self {
        Self { id: None, name: name.into(), arguments: vec![arguments.into()] }
    }

    /// The same with the arguments cut into pieces of that many characters (at least one).
    #[must_use]
    pub fn in_pieces(mut self, characters: usize) -> Self {
        let letters: Vec<char> = self.arguments.concat().chars().collect();
        self.arguments = letters.chunks(characters.max(1)).map(String::from_iter).collect();
        self
    }

    /// The same under this id.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }
}

/// Token counts as a backend reports them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Prompt tokens that came from no cache.
    pub input: u64,
    /// Prompt tokens read from a cache.
    pub cached: u64,
    /// Prompt tokens written to a cache; exists only on the Anthropic wire, elsewhere it adds to the prompt.
    pub cache_written: u64,
    /// Answer tokens, thinking included.
    pub output: u64,
    /// Those of `output` that were thinking; exists only on the OpenAI wire.
    pub reasoning: u64,
}

impl Usage {
    /// Counts without cache and thinking.
    pub const fn of(input: u64, output: u64) -> Self {
        Self { input, cached: 0, cache_written: 0, output, reasoning: 0 }
    }

    pub(crate) fn prompt(&self) -> u64 {
        self.input + self.cached + self.cache_written
    }
}

/// 25 tokens in, 15 out: not zero, so that a count that got lost shows.
impl Default for Usage {
    fn default() -> Self {
        Self::of(25, 15)
    }
}

/// Why the model stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It was done.
    End,
    /// The allowed tokens were used up.
    MaxTokens,
    /// It waits for tools.
    ToolUse,
    /// It came upon this stop sequence.
    StopSequence(String),
    /// It refused, or a filter did.
    Refusal,
    /// A long turn was paused; OpenAI backends say `stop`.
    PauseTurn,
    /// The context window is full; OpenAI backends say `length`.
    ContextWindow,
    /// Any other word, sent as it is.
    Other(String),
}
