//! Deltas as the stream a client of this dialect reads. Whatever deltas come, the chunks come in a legal order: the
//! role, then content, then the reason, then the counts if they were asked for, then `[DONE]`.

mod frame;
mod relay;

use super::fault::encode_fault;
use super::finish::{self, Holds};
use super::usage::{self, Estimate};
use crate::codec::Voice;
use canon::delta::{Block, Delta, Finish, Head, StopReason};
use canon::dialect::Dialect;
use canon::fault::Fault;
use canon::text::Text;
use canon::usage::Usage;
use frame::Line;

/// Writes one stream.
#[derive(Debug)]
pub struct Encoder {
    voice: Voice,
    /// Whether the answering backend speaks this dialect too, so that its id and unknown fields are told.
    is_own: bool,
    stage: Stage,
    line: Line,
    open: Option<Open>,
    holds: Holds,
    /// How many calls were begun: the next one's number.
    calls: u64,
    usage: Usage,
    /// Characters told, for an estimate of their tokens.
    characters: u64,
    /// Whether the chunks begin as the backend's do, so that both kinds may stand in one stream.
    heads_agree: bool,
    /// Whether the last call's beginning was relayed; the rest of a call goes the way it began.
    call_relayed: bool,
    /// Whether the client was handed the backend's own counts.
    counts_relayed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Before,
    Telling,
    Finished,
    Ended,
}

/// The open block, as far as it shows on this wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Text,
    Refusal,
    Thinking,
    /// A call that has no arguments yet.
    BareCall,
    Call,
    /// A block this wire has no place for.
    Unseen,
}

/// One thing a chunk says.
#[derive(Clone, Copy, Debug)]
enum Step {
    Role,
    /// The delta's text, under this field.
    Say(&'static str),
    Call,
    Arguments,
    /// Clients parse the arguments as JSON, so a call without any gets an empty object.
    NoArguments(u64),
    Finish(&'static str),
    Counts,
    Done,
}

/// What one delta leads to, in order.
type Steps = [Option<Step>; 5];

const NOTHING: Steps = [None; 5];

impl Encoder {
    /// An encoder that has written nothing.
    pub fn new(voice: Voice) -> Self {
        Self {
            voice,
            is_own: false,
            stage: Stage::Before,
            line: Line::default(),
            open: None,
            holds: Holds::default(),
            calls: 0,
            usage: Usage::default(),
            characters: 0,
            heads_agree: false,
            call_relayed: false,
            counts_relayed: false,
        }
    }

    /// Tells which dialect the deltas to come were read from. Until then the backend's id and unknown fields are not
    /// told.
    pub fn answering(&mut self, origin: Dialect) {
        self.is_own = origin == Dialect::OpenAi;
    }

    /// Writes what a delta says.
    pub fn push(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        self.call_relayed &= !matches!(delta, Delta::Open(_));
        for step in self.follow(delta).into_iter().flatten() {
            self.write(step, delta, out);
        }
    }

    /// Takes in a delta whose bytes the client was handed as they came.
    pub fn observe(&mut self, delta: &Delta) {
        self.counts_relayed |= matches!(delta, Delta::Usage(_));
        self.call_relayed |= matches!(delta, Delta::Open(_));
        self.follow(delta);
    }

    /// Writes the chunk that opens an answer, before any backend has begun one.
    pub fn open(&mut self, out: &mut Vec<u8>) {
        if self.stage == Stage::Before {
            self.begin(&Head::default());
            self.line.role(None, out);
        }
    }

    /// Writes a comment that keeps the connection busy.
    pub fn ping(&mut self, out: &mut Vec<u8>) {
        if self.stage != Stage::Ended {
            out.extend_from_slice(b": keep-alive\n\n");
        }
    }

    /// Writes a chunk with empty content.
    pub fn hold(&mut self, out: &mut Vec<u8>) {
        self.open(out);
        if self.stage == Stage::Telling {
            self.line.say("content", &Text::empty(), out);
        }
    }

    /// Ends the answer gracefully in the middle, as if its limit had been reached.
    pub fn surface(&mut self, out: &mut Vec<u8>) {
        self.open(out);
        let cut = Delta::Finish(Box::new(Finish::new(StopReason::MaxOutput)));
        if self.stage == Stage::Telling {
            self.stage = Stage::Finished;
            self.write(Step::Finish("length"), &cut, out);
        }
        self.push(&Delta::End, out);
    }

    /// Ends the answer with an error.
    pub fn fail(&mut self, fault: &Fault, out: &mut Vec<u8>) {
        if self.stage == Stage::Ended {
            return;
        }
        self.stage = Stage::Ended;
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(&encode_fault(fault).body);
        out.extend_from_slice(b"\n\ndata: [DONE]\n\n");
    }

    /// Whether the client was sent anything of an answer.
    pub fn is_open(&self) -> bool {
        self.stage != Stage::Before
    }

    fn follow(&mut self, delta: &Delta) -> Steps {
        match (self.stage, delta) {
            (Stage::Ended, _) => NOTHING,
            (_, Delta::Usage(usage)) => {
                self.usage.merge(usage);
                NOTHING
            }
            (stage, Delta::Start(head)) => {
                self.usage.merge(&head.usage);
                let role = (stage == Stage::Before).then(|| {
                    self.heads_agree = self.is_own && head.id.is_some() && head.created.is_some();
                    self.begin(head)
                });
                [role, None, None, None, None]
            }
            (Stage::Finished, Delta::End) => {
                let [counts, done] = self.end();
                [counts, done, None, None, None]
            }
            (Stage::Finished, _) => NOTHING,
            (Stage::Before, _) => {
                let role = self.begin(&Head::default());
                let [first, second, third, fourth, _] = self.tell(delta);
                [Some(role), first, second, third, fourth]
            }
            (Stage::Telling, _) => self.tell(delta),
        }
    }

    fn begin(&mut self, head: &Head) -> Step {
        self.stage = Stage::Telling;
        let id = head.id.as_ref().filter(|_| self.is_own);
        let created = head.created.filter(|_| self.is_own).unwrap_or(self.voice.created);
        self.line = Line::new(id, created, &self.voice);
        Step::Role
    }

    fn tell(&mut self, delta: &Delta) -> Steps {
        match delta {
            Delta::Open(block) => {
                let left = self.close();
                [left, self.enter(block), None, None, None]
            }
            Delta::Text(text) | Delta::Thinking(text) | Delta::Arguments(text) => {
                [self.say(delta, text), None, None, None, None]
            }
            Delta::Close => [self.close(), None, None, None, None],
            Delta::Finish(finish) => {
                let left = self.close();
                self.stage = Stage::Finished;
                let word = finish::word(&finish.reason, self.holds);
                [left, Some(Step::Finish(word)), None, None, None]
            }
            Delta::End => {
                let left = self.close();
                let word = finish::word(&StopReason::Other(None), self.holds);
                let [counts, done] = self.end();
                [left, Some(Step::Finish(word)), counts, done, None]
            }
            Delta::Signature(_) | Delta::Opaque(_) | Delta::Start(_) | Delta::Usage(_) => NOTHING,
        }
    }

    fn enter(&mut self, block: &Block) -> Option<Step> {
        let (open, step) = match block {
            Block::Text => (Open::Text, None),
            Block::Refusal => (Open::Refusal, None),
            Block::Thinking => (Open::Thinking, None),
            Block::Redacted(_) | Block::Opaque(_) => (Open::Unseen, None),
            Block::Call { name, .. } => {
                self.calls += 1;
                self.holds.calls = true;
                self.characters += characters(name);
                (Open::BareCall, Some(Step::Call))
            }
        };
        self.holds.refusal |= open == Open::Refusal;
        self.open = Some(open);
        step
    }

    /// The step of a piece; one that fits no open block is told as what it is, or not at all.
    fn say(&mut self, delta: &Delta, text: &Text) -> Option<Step> {
        let step = match (delta, self.open) {
            _ if text.is_empty() => return None,
            (Delta::Arguments(_), Some(Open::BareCall | Open::Call)) => {
                self.open = Some(Open::Call);
                Step::Arguments
            }
            (Delta::Arguments(_), _) => return None,
            (Delta::Thinking(_), _) => Step::Say("reasoning_content"),
            (_, Some(Open::Refusal)) => Step::Say("refusal"),
            _ => Step::Say("content"),
        };
        self.characters += characters(text);
        Some(step)
    }

    fn close(&mut self) -> Option<Step> {
        (self.open.take() == Some(Open::BareCall)).then_some(Step::NoArguments(self.calls.saturating_sub(1)))
    }

    fn end(&mut self) -> [Option<Step>; 2] {
        self.stage = Stage::Ended;
        let counts = self.voice.include_usage && !self.counts_relayed;
        [counts.then_some(Step::Counts), Some(Step::Done)]
    }

    fn write(&self, step: Step, delta: &Delta, out: &mut Vec<u8>) {
        let number = self.calls.saturating_sub(1);
        match (step, delta) {
            (Step::Role, Delta::Start(head)) => {
                self.line.role(Some(&head.extra).filter(|_| self.is_own), out);
            }
            (Step::Role, _) => self.line.role(None, out),
            (Step::Say(field), Delta::Text(text) | Delta::Thinking(text)) => self.line.say(field, text, out),
            (Step::Call, Delta::Open(Block::Call { id, name, .. })) if id.is_empty() => {
                let made = Text::plain(format!("call_{}_{number}", self.voice.id));
                self.line.call(number, &made, name, out);
            }
            (Step::Call, Delta::Open(Block::Call { id, name, .. })) => self.line.call(number, id, name, out),
            (Step::Arguments, Delta::Arguments(text)) => self.line.arguments(number, text, out),
            (Step::NoArguments(number), _) => self.line.arguments(number, &Text::fixed("{}"), out),
            (Step::Finish(word), Delta::Finish(finish)) if self.is_own => {
                self.line.finish(word, Some(&finish.extra), out);
            }
            (Step::Finish(word), _) => self.line.finish(word, None, out),
            (Step::Counts, _) => {
                let extra = Some(&self.usage.extra).filter(|_| self.is_own);
                self.line.counts(&self.usage, extra, self.estimate(), out);
            }
            (Step::Done, _) => out.extend_from_slice(b"data: [DONE]\n\n"),
            (Step::Say(_) | Step::Call | Step::Arguments, _) => {}
        }
    }

    fn estimate(&self) -> Estimate {
        Estimate { prompt: self.voice.input_estimate, completion: usage::tokens_of(self.characters) }
    }
}

/// How many characters a text has, counted where it lies.
pub(super) fn characters(text: &Text) -> u64 {
    text.stored().iter().filter(|byte| (**byte & 0xc0) != 0x80).count() as u64
}
