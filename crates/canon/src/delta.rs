//! An answer as it comes: a sequence of small steps that every dialect's stream is read into and written from.

use crate::extra::Extra;
use crate::text::{Json, Text};
use crate::usage::Usage;
use std::fmt;

/// One step of an answer.
///
/// The legal order, held by [`Order`]: `Start`, then blocks, each `Open`, pieces of its own kind, `Close`, one at a
/// time; then `Finish`; then `End`. `Usage` may come anywhere between `Start` and `End`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delta {
    /// The answer begins.
    Start(Box<Head>),
    /// A block begins.
    Open(Block),
    /// A piece of the open text or refusal block.
    Text(Text),
    /// A piece of the open thinking block.
    Thinking(Text),
    /// The signature of the open thinking block.
    Signature(Text),
    /// A piece of the open call's arguments, JSON text.
    Arguments(Text),
    /// A piece of the open block in a form without a word here: the dialect's own delta object.
    Opaque(Json),
    /// The open block is complete.
    Close,
    /// Why the model stopped.
    Finish(Box<Finish>),
    /// Token counts known so far; later ones add to earlier ones as [`Usage::merge`] says.
    Usage(Box<Usage>),
    /// Nothing more will come: the dialect's terminator was seen.
    End,
}

impl Delta {
    /// Whether the client would see content: the step after which another backend can no longer answer unseen.
    pub fn is_content(&self) -> bool {
        match self {
            // Small models often begin with a line end and then say nothing.
            Self::Text(text) | Self::Thinking(text) => !text.is_blank(),
            Self::Open(Block::Call { .. } | Block::Redacted(_) | Block::Opaque(_)) => true,
            Self::Arguments(_) | Self::Opaque(_) => true,
            Self::Start(_) | Self::Open(_) | Self::Signature(_) | Self::Close => false,
            Self::Finish(_) | Self::Usage(_) | Self::End => false,
        }
    }
}

/// How an answer begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The backend's id of the answer.
    pub id: Option<Text>,
    /// The model that answers, in the backend's words.
    pub model: Option<Text>,
    /// When it was created, in seconds since 1970, where the dialect says so.
    pub created: Option<u64>,
    /// Token counts known at the start.
    pub usage: Usage,
    /// Unknown fields.
    pub extra: Extra,
}

/// What kind of block begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Text.
    Text,
    /// A refusal, in text.
    Refusal,
    /// Thinking.
    Thinking,
    /// Thinking that only its maker can read, whole.
    Redacted(Text),
    /// A call; its arguments follow as pieces.
    Call {
        /// Ties the result to the call; empty where the backend gave none.
        id: Text,
        /// The tool's name.
        name: Text,
        /// A thought signature that must travel with the call.
        signature: Option<Text>,
    },
    /// A block of a type without a word here: the dialect's own object.
    Opaque(Json),
}

/// How an answer ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finish {
    /// Why the model stopped.
    pub reason: StopReason,
    /// The stop sequence that ended it.
    pub stop_sequence: Option<Text>,
    /// Unknown fields.
    pub extra: Extra,
}

impl Finish {
    /// An ending with nothing but a reason.
    pub fn new(reason: StopReason) -> Self {
        Self { reason, stop_sequence: None, extra: Extra::default() }
    }
}

/// Why the model stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// It had said everything.
    EndTurn,
    /// It reached the output limit.
    MaxOutput,
    /// It wrote a stop sequence.
    StopSequence,
    /// It wants its calls run.
    Calls,
    /// It, or a filter, refused.
    Refusal,
    /// A long turn was paused by the backend, to be continued.
    Pause,
    /// The context window was full.
    ContextFull,
    /// A word that is not known, or none.
    Other(Option<Text>),
}

/// A whole answer of one text.
pub fn of_text(text: &str) -> Vec<Delta> {
    vec![
        Delta::Start(Box::default()),
        Delta::Open(Block::Text),
        Delta::Text(text.into()),
        Delta::Close,
        Delta::Finish(Box::new(Finish::new(StopReason::EndTurn))),
        Delta::End,
    ]
}

/// Watches that deltas come in a legal order.
#[derive(Clone, Debug, Default)]
pub struct Order {
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Before,
    Between,
    In(Inside),
    Finished,
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    Text,
    Thinking,
    Call,
    Whole,
    Opaque,
}

impl Order {
    /// Takes the next delta in.
    ///
    /// # Errors
    /// Names the delta and the state if it may not come now.
    pub fn check(&mut self, delta: &Delta) -> Result<(), Disorder> {
        use {Inside as I, State as S};
        self.state = match (self.state, delta) {
            (S::Before, Delta::Start(_)) => S::Between,
            (S::Between, Delta::Open(block)) => S::In(match block {
                Block::Text | Block::Refusal => I::Text,
                Block::Thinking => I::Thinking,
                Block::Redacted(_) => I::Whole,
                Block::Call { .. } => I::Call,
                Block::Opaque(_) => I::Opaque,
            }),
            (S::In(I::Text), Delta::Text(_) | Delta::Opaque(_)) => S::In(I::Text),
            (S::In(I::Thinking), Delta::Thinking(_) | Delta::Signature(_)) => S::In(I::Thinking),
            (S::In(I::Call), Delta::Arguments(_)) => S::In(I::Call),
            (S::In(I::Opaque), Delta::Opaque(_) | Delta::Arguments(_)) => S::In(I::Opaque),
            (S::In(_), Delta::Close) => S::Between,
            (S::Between, Delta::Finish(_)) => S::Finished,
            (S::Finished, Delta::End) => S::Ended,
            (state @ (S::Between | S::In(_) | S::Finished), Delta::Usage(_)) => state,
            (state, delta) => {
                return Err(Disorder { state: format!("{state:?}"), delta: format!("{delta:?}") });
            }
        };
        Ok(())
    }

    /// Whether a block is open.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::In(_))
    }

    /// Whether the answer is complete.
    pub fn is_ended(&self) -> bool {
        self.state == State::Ended
    }
}

/// A delta that may not come where it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disorder {
    state: String,
    delta: String,
}

impl fmt::Display for Disorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} may not come in state {}", self.delta, self.state)
    }
}

impl std::error::Error for Disorder {}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(deltas: &[Delta]) -> bool {
        let mut order = Order::default();
        deltas.iter().all(|delta| order.check(delta).is_ok())
    }

    #[test]
    fn blocks_come_one_at_a_time() {
        let start = || Delta::Start(Box::default());
        let open = || Delta::Open(Block::Text);
        assert!(check(&[start(), open(), Delta::Text("a".into()), Delta::Close]));
        assert!(!check(&[start(), open(), open()]));
        assert!(!check(&[open()]));
        assert!(!check(&[start(), open(), Delta::Thinking("a".into())]));
        assert!(!check(&[start(), open(), Delta::Finish(Box::new(Finish::new(StopReason::EndTurn)))]));
    }
}
