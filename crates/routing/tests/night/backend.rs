//! A simulated provider: what comes of asking it, by its mood.

use crate::allowance::Stock;
use crate::dice::Dice;
use crate::script::{Mood, Script};
use canon::config::Provider;
use canon::fault::{Fault, FaultKind, Phase};
use canon::usage::Usage;
use routing::conversation::Conversation;
use routing::drift::{Answer, Ending, Observation, Offer};
use std::sync::Arc;
use std::time::Duration;

/// One provider.
pub struct Backend {
    /// As the configuration has it.
    pub provider: Arc<Provider>,
    /// Its night.
    pub script: Script,
    /// How long its first token takes when it is well.
    pub usual: Duration,
    /// Its own limit, where it has one.
    pub stock: Option<Stock>,
    /// Whether it refuses to be asked for thinking.
    is_picky: bool,
    /// Whether it says how long to stay away.
    tells_waits: bool,
    /// The prompt it was reading when somebody lost patience, and for how long it had read.
    read: Option<(Conversation, Duration)>,
    dice: Dice,
}

/// What one attempt asks.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The conversation.
    pub conversation: Conversation,
    /// The prompt in tokens.
    pub prompt: u64,
    /// The most output in tokens.
    pub max_output: u64,
    /// Whether it wants a stream.
    pub stream: bool,
    /// Whether thinking is asked for.
    pub thinking: bool,
    /// Whether nobody stands behind the provider, so that its first token is waited for as long as it takes.
    pub is_last: bool,
}

/// What comes of it.
#[derive(Clone, Debug)]
pub struct Course {
    /// From the attempt to its end.
    pub took: Duration,
    /// From the attempt to the first content of a stream.
    pub first: Option<Duration>,
    /// How it ends.
    pub end: End,
    /// What was read and written, by the provider's own count.
    pub used: Usage,
    /// Whether the provider tells that count.
    pub tells_usage: bool,
    /// What the answer is like.
    pub answer: Option<Answer>,
    /// Whether a head comes, with headers.
    pub has_head: bool,
}

/// How an attempt ends.
#[derive(Clone, Debug)]
pub enum End {
    /// Whole, with content.
    Answered,
    /// Whole, without.
    Empty,
    /// With a fault; whether the client has seen content by then.
    Failed(Fault, Seen),
    /// With a call that can't be run: it is asked for once more.
    Unusable(Fault),
}

/// What a client has seen of an answer that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing.
    Nothing,
    /// A part.
    Part,
}

impl Backend {
    /// A provider whose night is rolled by its own dice.
    pub fn rolled(provider: &Arc<Provider>, mut dice: Dice) -> Self {
        let stock = (!provider.local && dice.chance(25)).then(|| Stock::rolled(&mut dice));
        Self {
            provider: Arc::clone(provider),
            script: Script::rolled(&mut dice),
            usual: dice.seconds(1..4),
            tells_waits: stock.is_some() || dice.chance(50),
            stock,
            is_picky: dice.chance(20),
            read: None,
            dice,
        }
    }

    /// Asks it.
    pub fn ask(&mut self, asked: &Asked, now: Duration) -> Course {
        let mood = self.script.at(now).1;
        if mood == Mood::Crashed {
            return failed(Fault::new(FaultKind::Connect, "connection refused"), Duration::from_millis(5));
        }
        let limit = self.patience(asked);
        if mood == Mood::Hanging {
            return Course { used: read(asked), ..failed(timeout(limit.1), limit.0) };
        }
        if let Some(fault) = self.refusal(asked, now, mood) {
            return Course { has_head: true, ..failed(fault, self.dice.seconds(0..2)) };
        }
        let first = match mood {
            Mood::Slow => self.slowly(asked),
            _ => self.dice.about(self.usual),
        };
        if first >= limit.0 {
            self.read = Some((asked.conversation, limit.0));
            return Course { used: read(asked), ..failed(timeout(limit.1), limit.0) };
        }
        let course = self.answer(asked, mood, first);
        self.survive(course, asked, now)
    }

    /// Whether a question for one token succeeds within a limit, and when that is known.
    pub fn probe(&mut self, limit: Duration, now: Duration) -> (Result<(), &'static str>, Duration) {
        match self.script.at(now).1 {
            Mood::Crashed => (Err("connection refused"), Duration::from_millis(5)),
            Mood::Hanging | Mood::Slow => (Err("no answer in time"), limit),
            Mood::OutOfMemory => (Err("out of memory"), Duration::from_millis(300)),
            Mood::Limiting => (Err("too many requests"), Duration::from_millis(300)),
            Mood::Overloaded => (Err("overloaded"), Duration::from_millis(300)),
            Mood::Nonsense => (Err("not JSON"), Duration::from_millis(300)),
            _ => (Ok(()), self.dice.about(self.usual).min(limit)),
        }
    }

    /// How long the first token is waited for, and by which limit.
    fn patience(&self, asked: &Asked) -> (Duration, Phase) {
        let first_byte = self.provider.timeouts.first_byte;
        match self.provider.first_token.filter(|_| asked.stream && !asked.is_last) {
            Some(limit) if limit < first_byte => (limit, Phase::FirstToken),
            _ => (first_byte, Phase::FirstByte),
        }
    }

    /// A status that is no success.
    fn refusal(&mut self, asked: &Asked, now: Duration, mood: Mood) -> Option<Fault> {
        if let Some(stock) = &mut self.stock
            && !stock.take(now)
        {
            let wait = stock.free_at(now).saturating_sub(now);
            return Some(limited(FaultKind::RateLimit, 429, Some(wait)));
        }
        let window = self.provider.facts.max_context_tokens.map(u64::from);
        if let Some(window) = window.filter(|window| asked.prompt >= *window) {
            let kind = FaultKind::Overflow { prompt: Some(asked.prompt), limit: Some(window) };
            return Some(Fault::new(kind, "prompt is too long").with_status(400));
        }
        if asked.thinking && self.is_picky {
            return Some(Fault::new(FaultKind::Rejected, "thinking is not supported").with_status(400));
        }
        let left = self.script.end_of(now).map_or(Duration::from_secs(60), |end| end - now);
        let told = left.min(self.dice.seconds(2..60));
        match mood {
            Mood::OutOfMemory => {
                Some(Fault::new(FaultKind::Backend, "CUDA error: out of memory").with_status(500))
            }
            Mood::Limiting => Some(limited(FaultKind::RateLimit, 429, self.tells_waits.then_some(told))),
            Mood::Overloaded => Some(limited(FaultKind::Overloaded, 529, self.tells_waits.then_some(told))),
            _ => None,
        }
    }

    /// The first token of one that is slow; a prompt that was read in part is read on.
    fn slowly(&mut self, asked: &Asked) -> Duration {
        let whole = self.dice.seconds(12..100);
        let read = self.read.take().filter(|(conversation, _)| *conversation == asked.conversation);
        whole.saturating_sub(read.filter(|_| self.provider.local).map_or(Duration::ZERO, |(_, read)| read))
    }

    fn answer(&mut self, asked: &Asked, mood: Mood, first: Duration) -> Course {
        let output = match mood {
            Mood::Degraded => self.dice.within(5..15),
            Mood::Empty => 0,
            _ => self.dice.within(200..240),
        };
        let is_good = !matches!(mood, Mood::Degraded | Mood::Empty);
        let answer = Answer {
            has_content: mood != Mood::Empty,
            called: is_good,
            length: output,
            offer: Offer::Start,
            ending: if is_good { Ending::Calls } else { Ending::Unknown },
            fingerprint: None,
        };
        // Where no count is told nobody knows what was cached.
        let tells_usage = self.dice.chance(80);
        let cached = if tells_usage { self.dice.within(0..asked.prompt + 1) } else { 0 };
        let used = Usage {
            input: Some(asked.prompt - cached),
            cache_read: Some(cached),
            output: Some(output.min(asked.max_output)),
            ..Usage::default()
        };
        Course {
            took: if asked.stream { first + self.dice.seconds(1..8) } else { first * 3 },
            first: asked.stream.then_some(first),
            end: self.end(asked, mood),
            used,
            tells_usage,
            answer: Some(answer),
            has_head: true,
        }
    }

    fn end(&mut self, asked: &Asked, mood: Mood) -> End {
        let seen = if asked.stream && self.dice.chance(70) { Seen::Part } else { Seen::Nothing };
        let failed = |kind, text| End::Failed(Fault::new(kind, text), seen);
        match mood {
            Mood::Empty => End::Empty,
            Mood::Truncating => failed(FaultKind::Truncated, "the stream ended without its end"),
            Mood::Breaking => failed(FaultKind::Cut, "the connection broke"),
            Mood::Nonsense if self.dice.chance(50) => {
                End::Unusable(Fault::new(FaultKind::Malformed, "a call that fits no tool"))
            }
            Mood::Nonsense => {
                End::Failed(Fault::new(FaultKind::Malformed, "the answer is not JSON"), Seen::Nothing)
            }
            _ => End::Answered,
        }
    }

    /// Who dies takes the answer along.
    fn survive(&self, course: Course, asked: &Asked, now: Duration) -> Course {
        let mut course = course;
        if let Some(death) = self.script.death_within(now, course.took) {
            let took = death - now;
            let has_spoken = course.first.is_some_and(|first| first < took);
            let seen = if has_spoken { Seen::Part } else { Seen::Nothing };
            let fault = Fault::new(FaultKind::Cut, "the connection broke");
            course.has_head &= has_spoken;
            (course.took, course.end) = (took, End::Failed(fault, seen));
        }
        let seen = match course.end {
            End::Answered | End::Empty => return course,
            End::Failed(_, seen) => seen,
            End::Unusable(_) => Seen::Nothing,
        };
        (course.tells_usage, course.answer) = (false, None);
        course.used = if seen == Seen::Part { spoken(asked) } else { read(asked) };
        course
    }
}

fn failed(fault: Fault, took: Duration) -> Course {
    Course {
        took,
        first: None,
        end: End::Failed(fault, Seen::Nothing),
        used: Usage::default(),
        tells_usage: false,
        answer: None,
        has_head: false,
    }
}

fn timeout(phase: Phase) -> Fault {
    Fault::new(FaultKind::Timeout(phase), "no answer in time")
}

fn limited(kind: FaultKind, status: u16, wait: Option<Duration>) -> Fault {
    Fault { retry_after: wait, ..Fault::new(kind, "slow down").with_status(status) }
}

/// What an attempt took whose prompt was read and whose answer never came.
fn read(asked: &Asked) -> Usage {
    Usage { input: Some(asked.prompt), ..Usage::default() }
}

/// What an attempt took that broke off, or was left, in mid-answer.
pub fn spoken(asked: &Asked) -> Usage {
    Usage { output: Some(50.min(asked.max_output)), ..read(asked) }
}

/// What an answer is seen as, by a profile that watches.
pub fn observation(course: &Course) -> Option<Observation> {
    course.answer.map(Observation::Answered)
}
