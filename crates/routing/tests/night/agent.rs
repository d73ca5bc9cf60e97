//! A simulated agent: it speaks in bursts, its prompts grow and are compacted, and it repeats what failed.

use crate::dice::Dice;
use canon::dialect::Dialect;
use canon::extra::Extra;
use canon::request::{Content, Message, ReasoningMode, Request, Role, Sourced};
use canon::text::Text;
use routing::claim::Priority;
use routing::conversation::Conversation;
use std::time::Duration;

/// How an agent spends its night.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// In bursts of turns, with rests between.
    Bursts,
    /// Without rest, and each turn begins a conversation of its own.
    Strangers,
}

/// One agent.
#[derive(Debug)]
pub struct Agent {
    number: usize,
    habit: Habit,
    /// How many conversations it has begun.
    conversations: u64,
    /// The length of its next prompt in bytes.
    bytes: u64,
    /// Whether its next turn is a stream: a turn that broke off is repeated without.
    stream: bool,
    thinking: bool,
    /// Turns that follow on one another before it rests.
    burst: u64,
    /// Turns in a row that failed.
    failures: u32,
    dice: Dice,
}

/// One turn.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// The conversation.
    pub conversation: Conversation,
    /// The length of its body in bytes.
    pub bytes: u64,
    /// The most tokens it wants back.
    pub max_output: Option<u64>,
    /// Whether it is a stream.
    pub stream: bool,
    /// Whether it asks for thinking.
    pub thinking: bool,
    /// How urgent it is.
    pub priority: Priority,
    /// Which of the profiles it goes by.
    pub profile: usize,
    /// Whether it must stay on this machine.
    pub local_only: bool,
    /// When its client loses patience, counted from its start.
    pub patience: Option<Duration>,
}

/// How a turn ended, for its agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Heard {
    /// A whole answer, or one that ended gracefully.
    Answer,
    /// A beginning, and an error.
    Broken,
    /// An error.
    Error,
    /// Nothing; it went away.
    Nothing,
}

/// The errors in a row after which an agent gives up, until its user comes back.
const PATIENCE: u32 = 4;

/// The longest body; the prompt is compacted then.
const COMPACTED_AT: u64 = 40_000;

impl Agent {
    /// An agent at its first turn.
    pub fn new(number: usize, habit: Habit, dice: Dice) -> Self {
        let (conversations, bytes, stream, thinking) = (0, 1_000, true, false);
        Self { number, habit, conversations, bytes, stream, thinking, burst: 0, failures: 0, dice }
    }

    /// Its next turn. The last third of the agents are helpers of others.
    pub fn turn(&mut self, profiles: usize) -> Turn {
        let name = format!("agent {} talk {}", self.number, self.conversations);
        Turn {
            conversation: Conversation::named(&name),
            bytes: self.bytes,
            max_output: self.dice.pick(&[None, Some(512), Some(4_096), Some(32_000)]),
            stream: self.stream,
            thinking: self.thinking,
            priority: if self.number % 3 == 2 { Priority::Background } else { Priority::Main },
            profile: self.number % profiles,
            local_only: self.dice.chance(5),
            patience: self.dice.chance(3).then(|| self.dice.seconds(0..30)),
        }
    }

    /// Takes in how the turn ended; the pause before its next one.
    pub fn heard(&mut self, heard: Heard) -> Duration {
        match heard {
            Heard::Answer => {
                (self.failures, self.stream) = (0, self.dice.chance(80));
                self.bytes += self.dice.within(100..1_500);
                if self.bytes > COMPACTED_AT {
                    self.bytes = self.dice.within(1_000..5_000);
                }
                self.rest()
            }
            // As Claude Code does it: at once, and in one piece.
            Heard::Broken => {
                self.stream = false;
                Duration::ZERO
            }
            Heard::Error if self.failures < PATIENCE => {
                self.failures += 1;
                self.dice.about(Duration::from_secs(1) * 2u32.pow(self.failures))
            }
            Heard::Error | Heard::Nothing => {
                self.failures = 0;
                self.rest()
            }
        }
    }

    /// Between two turns of a burst it runs its tools; behind a burst its user thinks, and begins something new at
    /// times.
    fn rest(&mut self) -> Duration {
        if self.habit == Habit::Strangers {
            self.conversations += 1;
            return self.dice.seconds(0..2);
        }
        if self.burst > 0 {
            self.burst -= 1;
            return self.dice.seconds(0..4);
        }
        self.burst = self.dice.within(2..25);
        if self.dice.chance(30) {
            (self.conversations, self.bytes) = (self.conversations + 1, self.dice.within(500..15_000));
            self.thinking = self.dice.chance(40);
        }
        self.dice.seconds(60..3_400)
    }
}

impl Turn {
    /// The request, as far as plans look at it.
    pub fn request(&self, padding: &Text) -> Request {
        let mut request = Request::new(Dialect::Anthropic);
        request.stream = self.stream;
        request.max_output = self.max_output;
        request.reasoning.mode = self.thinking.then_some(ReasoningMode::Adaptive);
        let said = padding.stored().slice(..self.bytes as usize);
        let content = Content::Text(Text::escaped(said));
        let turn = Message { role: Role::User, content, extra: Extra::default() };
        request.messages = Sourced::new(vec![Sourced::new(turn)]);
        request
    }

    /// The prompt in tokens.
    pub fn prompt(&self) -> u64 {
        self.bytes / 4
    }

    /// More tokens than the prompt can have.
    pub fn prompt_bound(&self) -> u64 {
        self.bytes / 3 + 1
    }
}

/// A text as long as any prompt.
pub fn padding() -> Text {
    Text::plain("x".repeat(COMPACTED_AT as usize))
}
