//! Deltas into a client's stream. Only event orders that the reference allows can come out, whatever goes in.

mod frame;
mod progress;

use std::borrow::Cow;

use canon::delta::{Block, Delta, Finish, Head, StopReason};
use canon::dialect::Dialect;
use canon::fault::Fault;
use canon::text::{Json, Text};
use canon::usage::Usage;

use super::{error, stop, usage};
use crate::codec::{Seen, Voice};
use frame::event;
use progress::{Inside, Progress, State};

/// Writes one answer.
pub struct Encoder {
    voice: Voice,
    /// Whether the deltas come from a backend of this dialect, whose unknown fields may be written.
    own: bool,
    progress: Progress,
    usage: Usage,
    /// The ending, while counts that belong to it may still come.
    pending: Option<Finish>,
}

impl Encoder {
    /// An encoder for a new answer.
    pub fn new(voice: Voice) -> Self {
        Self { voice, own: false, progress: Progress::default(), usage: Usage::default(), pending: None }
    }

    /// Says which dialect the backend speaks whose deltas follow. Until then unknown fields are not written.
    pub fn answering(&mut self, origin: Dialect) {
        self.own = origin == Dialect::Anthropic;
    }

    /// Whether anything was written or relayed.
    pub fn is_open(&self) -> bool {
        self.progress.state != State::Fresh
    }

    /// Writes what a delta says. What may not come now is repaired where its meaning is plain, else ignored.
    pub fn push(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        match delta {
            Delta::Start(head) => self.start(head, out),
            Delta::Usage(counts) => self.usage.merge(counts),
            Delta::End => self.end(out),
            _ if self.pending.is_some() || self.progress.is_over() => {}
            Delta::Open(block) => self.begin(block, out),
            Delta::Text(text) => {
                self.goes_into(Inside::Text, &Block::Text, out);
                self.piece("text_delta", "text", text, out);
            }
            Delta::Thinking(text) => {
                self.goes_into(Inside::Thinking, &Block::Thinking, out);
                self.piece("thinking_delta", "thinking", text, out);
            }
            Delta::Signature(signature) if self.progress.state == State::In(Inside::Thinking) => {
                self.piece("signature_delta", "signature", signature, out);
            }
            Delta::Arguments(text) if self.progress.takes_arguments() => {
                self.piece("input_json_delta", "partial_json", text, out);
            }
            Delta::Opaque(delta) if self.own && self.progress.takes_opaque() => {
                event("content_block_delta", out, |w| {
                    w.key("index").number(self.progress.index());
                    w.key("delta").json(delta);
                });
            }
            Delta::Signature(_) | Delta::Arguments(_) | Delta::Opaque(_) => {}
            Delta::Close => self.close(out),
            Delta::Finish(finish) => {
                self.open(out);
                self.close(out);
                self.pending = Some((**finish).clone());
            }
        }
    }

    /// Takes note of a delta whose frame was relayed as it came.
    pub fn observe(&mut self, delta: &Delta) {
        match delta {
            Delta::Start(head) => {
                self.usage.merge(&head.usage);
                self.progress.state = State::Between;
            }
            Delta::Open(block) => self.progress.open(block),
            Delta::Text(text) | Delta::Thinking(text) | Delta::Arguments(text) => self.progress.count(text),
            Delta::Close => self.progress.state = State::Between,
            Delta::Usage(counts) => self.usage.merge(counts),
            Delta::Finish(_) => self.progress.state = State::Finished,
            Delta::End => self.progress.state = State::Ended,
            Delta::Signature(_) | Delta::Opaque(_) => {}
        }
    }

    /// Whether a frame that says these deltas goes on, as it came, with what the client has got.
    pub fn follows(&self, seen: &Seen, deltas: &[Delta]) -> bool {
        if !seen.relayable || self.pending.is_some() || self.progress.state == State::Ended {
            return false;
        }
        let mut progress = self.progress.shadow();
        deltas.iter().all(|delta| progress.admits(delta, seen.block))
    }

    /// Begins the answer before any backend has; a beginning that comes later is merged into this one.
    pub fn open(&mut self, out: &mut Vec<u8>) {
        if !self.is_open() {
            self.start(&Head::default(), out);
        }
    }

    /// Writes a ping.
    pub fn ping(&mut self, out: &mut Vec<u8>) {
        if !self.progress.is_over() {
            event("ping", out, |_| {});
        }
    }

    /// Writes a delta without content. Pings don't keep Claude Code 2.1 from giving up after 300 s; this does.
    pub fn hold(&mut self, out: &mut Vec<u8>) {
        if self.pending.is_some() || self.progress.state == State::Finished {
            return self.ping(out);
        }
        if self.progress.is_over() {
            return;
        }
        self.open(out);
        if self.progress.state == State::Between {
            self.begin(&Block::Text, out);
            self.progress.state = State::In(Inside::Hold);
        }
        let empty = Text::empty();
        match self.progress.state {
            State::In(Inside::Text | Inside::Hold) => self.write_piece("text_delta", "text", &empty, out),
            State::In(Inside::Thinking) => self.write_piece("thinking_delta", "thinking", &empty, out),
            State::In(Inside::Call) => self.write_piece("input_json_delta", "partial_json", &empty, out),
            _ => self.ping(out),
        }
    }

    /// Ends an answer that the backend left unfinished, as if it had reached its output limit.
    pub fn surface(&mut self, out: &mut Vec<u8>) {
        if self.pending.is_none() && !self.progress.is_over() {
            self.push(&Delta::Finish(Box::new(Finish::new(StopReason::MaxOutput))), out);
        }
        self.end(out);
    }

    /// Ends the stream with an error.
    pub fn fail(&mut self, fault: &Fault, out: &mut Vec<u8>) {
        if self.progress.state == State::Ended {
            return;
        }
        let answer = error::encode_fault(fault);
        frame::write("error", &answer.body, out);
        self.progress.state = State::Ended;
    }

    fn start(&mut self, head: &Head, out: &mut Vec<u8>) {
        self.usage.merge(&head.usage);
        if self.is_open() {
            return;
        }
        self.progress.state = State::Between;
        let id = message_id(head.id.as_ref(), &self.voice.id);
        let counts = self.counts(0);
        event("message_start", out, |w| {
            w.key("message").object(|w| {
                w.key("id").text(&id);
                w.key("type").str("message");
                w.key("role").str("assistant");
                w.key("model").text(&self.voice.model);
                w.key("content").array(|_| {});
                w.key("stop_reason").null();
                w.key("stop_sequence").null();
                usage::write(&counts, self.own, w.key("usage"));
                if self.own {
                    w.extra(&head.extra);
                }
            });
        });
    }

    /// Makes sure that a block of this kind is open.
    fn goes_into(&mut self, inside: Inside, block: &Block, out: &mut Vec<u8>) {
        match self.progress.state {
            State::In(present) if present == inside => {}
            State::In(Inside::Hold) if inside == Inside::Text => {
                self.progress.state = State::In(Inside::Text);
            }
            _ => self.begin(block, out),
        }
    }

    fn begin(&mut self, block: &Block, out: &mut Vec<u8>) {
        self.open(out);
        if self.progress.state == State::In(Inside::Hold) && *block == Block::Text {
            self.progress.state = State::In(Inside::Text);
            return;
        }
        self.close(out);
        if matches!(block, Block::Opaque(_)) && !self.own {
            self.progress.state = State::Unsaid;
            return;
        }
        let id = self.progress.distinct_id(block, &self.voice.id);
        self.progress.open(block);
        event("content_block_start", out, |w| {
            w.key("index").number(self.progress.index());
            match block {
                Block::Opaque(whole) => w.key("content_block").json(whole),
                _ => w.key("content_block").object(|w| frame::write_bare(block, id.as_ref(), w)),
            }
        });
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        if matches!(self.progress.state, State::In(_)) {
            event("content_block_stop", out, |w| w.key("index").number(self.progress.index()));
        }
        if matches!(self.progress.state, State::In(_) | State::Unsaid) {
            self.progress.state = State::Between;
        }
    }

    fn piece(&mut self, kind: &'static str, place: &'static str, text: &Text, out: &mut Vec<u8>) {
        self.progress.count(text);
        if !text.is_empty() {
            self.write_piece(kind, place, text, out);
        }
    }

    fn write_piece(&self, kind: &'static str, place: &'static str, text: &Text, out: &mut Vec<u8>) {
        event("content_block_delta", out, |w| {
            w.key("index").number(self.progress.index());
            w.key("delta").object(|w| {
                w.key("type").str(kind);
                w.key(place).text(text);
            });
        });
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if self.progress.state == State::Ended {
            return;
        }
        self.open(out);
        self.close(out);
        if self.progress.state != State::Finished {
            let finish = self.pending.take().unwrap_or_else(|| Finish::new(StopReason::EndTurn));
            self.finish(&finish, out);
        }
        event("message_stop", out, |_| {});
        self.progress.state = State::Ended;
    }

    fn finish(&mut self, finish: &Finish, out: &mut Vec<u8>) {
        let told = stop::Told { called: self.progress.called, own: self.own };
        let reason = Text::plain(stop::word(&finish.reason, told));
        let counts = self.counts(self.progress.estimate());
        event("message_delta", out, |w| {
            w.key("delta").object(|w| {
                w.key("stop_reason").text(&reason);
                match &finish.stop_sequence {
                    Some(sequence) => w.key("stop_sequence").text(sequence),
                    None => w.key("stop_sequence").null(),
                }
                if self.own {
                    w.extra_but(&finish.extra, BESIDE_DELTA);
                }
            });
            usage::write(&counts, self.own, w.key("usage"));
            if let Some(value) = finish.extra.find(BESIDE_DELTA).filter(|_| self.own) {
                w.key(BESIDE_DELTA).json(value);
            }
        });
    }

    /// The counts with our estimates where no backend has counted.
    fn counts(&self, output: u64) -> Usage {
        usage::completed(&self.usage, self.voice.input_estimate, output)
    }
}

/// The field that stands beside `delta` in a `message_delta`, not in it.
const BESIDE_DELTA: &str = "context_management";

/// A backend's id of the answer, or ours, with the prefix that clients expect.
pub(super) fn message_id<'a>(given: Option<&'a Text>, ours: &'a Text) -> Cow<'a, Text> {
    let id = given.filter(|id| !id.is_empty()).unwrap_or(ours);
    if id.stored().starts_with(b"msg_") {
        return Cow::Borrowed(id);
    }
    Cow::Owned(Text::plain(format!("msg_{}", id.read())))
}

/// Nothing but the braces of an input that is about to come in pieces.
const NO_INPUT: Json = Json::EMPTY_OBJECT;
