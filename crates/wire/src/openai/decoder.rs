//! A backend's stream, or its plain answer, as deltas. What the bytes of a chunk say is [`chunk`](super::chunk)'s
//! business.

mod answer;
mod calls;
mod ending;
mod outline;
mod slot;
mod template;

pub use answer::decode_reply;

use super::chunk::{CallPiece, Choice, Chunk, Unknown, Voiced};
use super::finish::Holds;
use crate::codec::{Ending, Seen};
use crate::fault;
use crate::json::mend_surrogates;
use crate::sse::Frame;
use calls::Calls;
use canon::delta::{Block, Delta, Finish, Head};
use canon::fault::{Fault, FaultKind};
use canon::text::{Json, Text};
use canon::usage::Usage;
use ending::Told;
use std::ops::Range;
use template::{Gap, Template};

/// The most bytes of text that wait for interleaved calls to end.
const WAITING_LIMIT: usize = 16 << 20;

/// Reads the frames of one stream.
///
/// The ending is told with the chunk that has the `finish_reason` if that chunk says nothing else and something was
/// said before; servers that put a reason into every chunk are heard to the end first.
#[derive(Debug, Default)]
pub struct Decoder {
    stage: Stage,
    /// The open block of text, if one is open.
    open: Option<Voiced>,
    calls: Calls,
    /// Texts that came while calls were incomplete.
    waiting: Vec<(Voiced, Text)>,
    waiting_bytes: usize,
    holds: Holds,
    /// Whether any block was told or waits.
    has_content: bool,
    finish: Option<Finish>,
    template: Template,
    /// Counts that came before the ending; later ones replace them, as classes may shift between reports.
    usage: Option<Usage>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// No chunk of an answer has come.
    #[default]
    Before,
    /// Blocks are told.
    Telling,
    /// The ending was told.
    Finished,
    /// Nothing more is told.
    Ended,
}

impl Decoder {
    /// A decoder at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next frame in and appends what it tells.
    ///
    /// A frame that can't be read tells nothing; the ones behind it count.
    ///
    /// # Errors
    /// The backend's own error, or `Malformed` where a limit is broken.
    pub fn frame(&mut self, frame: &Frame, out: &mut Vec<Delta>) -> Result<Seen, Fault> {
        if self.stage == Stage::Ended {
            return Ok(Seen::default());
        }
        if frame.data.trim_ascii() == b"[DONE]" {
            return Ok(Seen { relayable: self.done(out) && frame.plain, ..Seen::default() });
        }
        if let Some(seen) = self.familiar(frame, out)? {
            return Ok(seen);
        }
        let unknown = if self.stage == Stage::Before { Unknown::Keep } else { Unknown::Skip };
        let (chunk, as_it_came) = match Chunk::read(&frame.data, unknown) {
            Ok(chunk) => (chunk, frame.plain),
            Err(_) => match mend_surrogates(&frame.data).and_then(|data| Chunk::read(&data, unknown).ok()) {
                Some(chunk) => (chunk, false),
                None => return Ok(Seen { unreadable: true, ..Seen::default() }),
            },
        };
        let is_error = frame.event.as_deref() == Some(b"error");
        if let Some(fault) = chunk.fault(&frame.data) {
            return Err(fault);
        } else if is_error {
            return Err(fault::of_error(&Json::raw(frame.data.clone())));
        }
        self.template.learn(&chunk, &frame.data);
        let usage_only = chunk.choices == Some(0) && chunk.usage.is_some();
        let model = in_frame(chunk.model_at.clone(), frame);
        let is_piece = chunk.choice.as_ref().is_none_or(|choice| !choice.is_whole);
        let block = chunk.choice.as_ref().and_then(|choice| choice.calls.first()?.index);
        let relayable = self.take(chunk, out)? && as_it_came && is_piece;
        Ok(Seen { model, relayable, usage_only, block, unreadable: false })
    }

    /// Tells a frame that goes on with the open block and fits the template, which most do.
    fn familiar(&mut self, frame: &Frame, out: &mut Vec<Delta>) -> Result<Option<Seen>, Fault> {
        if self.stage != Stage::Telling || frame.event.is_some() {
            return Ok(None);
        }
        let Some(fit) = self.template.fit(&frame.data) else { return Ok(None) };
        let (faithful, block) = match fit.gap {
            Gap::Said(voiced) if self.open == Some(voiced) => {
                self.tell(voiced, fit.text, out);
                (true, None)
            }
            Gap::Arguments(index) if self.open.is_none() && self.waiting.is_empty() => {
                (self.calls.take(&CallPiece::more(index, fit.text), out)?, Some(index))
            }
            Gap::Said(_) | Gap::Arguments(_) => return Ok(None),
        };
        let relayable = faithful && fit.in_form && frame.plain;
        Ok(Some(Seen { model: in_frame(fit.model_at, frame), relayable, block, ..Seen::default() }))
    }

    /// Takes the end of the stream in: appends what was held back and says how it ended.
    pub fn finish(&mut self, out: &mut Vec<Delta>) -> Ending {
        match self.stage {
            Stage::Before => Ending::Nothing,
            Stage::Telling if self.finish.is_none() => Ending::Truncated,
            Stage::Telling | Stage::Finished => {
                self.done(out);
                Ending::Complete
            }
            Stage::Ended => Ending::Complete,
        }
    }

    /// Tells what a chunk says; returns whether its bytes say just that.
    fn take(&mut self, mut chunk: Chunk, out: &mut Vec<Delta>) -> Result<bool, Fault> {
        let begins = self.stage == Stage::Before;
        if begins {
            if chunk.is_hollow() {
                return Ok(false);
            }
            self.begin(&mut chunk, out);
        }
        // Clients demand the role once, in the first chunk.
        let has_role = chunk.choice.as_ref().is_some_and(|choice| choice.has_role);
        let mut faithful = chunk.in_form && begins == has_role;
        let counts_waited = self.usage.is_some();
        if let Some(choice) = chunk.choice {
            // Behind the ending a choice says nothing more, and no client expects it.
            faithful &= self.stage == Stage::Telling && self.choose(choice, out)?;
        }
        // Counts of an earlier chunk that are told here are not in these bytes.
        faithful &= !counts_waited || self.usage.is_some();
        if let Some(usage) = chunk.usage.or(chunk.timings) {
            self.count(usage, out);
        }
        Ok(faithful)
    }

    fn begin(&mut self, chunk: &mut Chunk, out: &mut Vec<Delta>) {
        self.stage = Stage::Telling;
        self.calls.seed(seed(chunk));
        out.push(Delta::Start(Box::new(Head {
            id: chunk.id.take(),
            model: chunk.model.take(),
            created: chunk.created,
            usage: Usage::default(),
            extra: std::mem::take(&mut chunk.extra),
        })));
    }

    fn choose(&mut self, mut choice: Choice, out: &mut Vec<Delta>) -> Result<bool, Fault> {
        if choice.is_whole {
            // In a message the calls are numbered by their places.
            (0..).zip(&mut choice.calls).for_each(|(place, call)| call.index = Some(place));
        }
        let is_silent = choice.is_silent();
        let mut faithful = true;
        for (voiced, text) in choice.said.into_texts() {
            faithful &= self.say(voiced, text, out)?;
        }
        for piece in &choice.calls {
            self.close_text(out);
            self.has_content = true;
            faithful &= self.calls.take(piece, out)?;
        }
        faithful &= self.catch_up(out);
        if let Some(word) = choice.finish {
            let told = Told { word, stop_sequence: choice.stop_sequence, extra: choice.extra };
            faithful &= self.hear_finish(told, is_silent, out);
        }
        Ok(faithful)
    }

    fn say(&mut self, voiced: Voiced, text: Text, out: &mut Vec<Delta>) -> Result<bool, Fault> {
        self.has_content = true;
        if !self.calls.is_settled() || !self.waiting.is_empty() {
            self.waiting_bytes += text.stored_len();
            self.waiting.push((voiced, text));
            if self.waiting_bytes > WAITING_LIMIT {
                return Err(Fault::new(
                    FaultKind::Malformed,
                    "text between interleaved tool calls is too large",
                ));
            }
            return Ok(false);
        }
        let told = self.calls.are_told();
        self.calls.close(out);
        self.tell(voiced, text, out);
        Ok(told)
    }

    fn tell(&mut self, voiced: Voiced, text: Text, out: &mut Vec<Delta>) {
        if self.open != Some(voiced) {
            self.close_text(out);
            self.open = Some(voiced);
            out.push(Delta::Open(match voiced {
                Voiced::Text => Block::Text,
                Voiced::Thinking => Block::Thinking,
                Voiced::Refusal => Block::Refusal,
            }));
        }
        self.holds.refusal |= voiced == Voiced::Refusal;
        out.push(if voiced == Voiced::Thinking { Delta::Thinking(text) } else { Delta::Text(text) });
    }

    /// Tells texts that waited, once no call is incomplete; returns whether none did.
    fn catch_up(&mut self, out: &mut Vec<Delta>) -> bool {
        if self.waiting.is_empty() {
            return true;
        }
        if self.calls.is_settled() {
            self.release(out);
        }
        false
    }

    fn release(&mut self, out: &mut Vec<Delta>) {
        self.calls.close(out);
        self.waiting_bytes = 0;
        for (voiced, text) in std::mem::take(&mut self.waiting) {
            self.tell(voiced, text, out);
        }
    }

    fn close_text(&mut self, out: &mut Vec<Delta>) {
        if self.open.take().is_some() {
            out.push(Delta::Close);
        }
    }
}

/// A place in a frame's data as a place in the frame.
fn in_frame(place: Option<Range<usize>>, frame: &Frame) -> Option<Range<usize>> {
    let from = frame.data_at?;
    place.map(|place| place.start + from..place.end + from)
}

/// Something of this answer that other answers don't have, for ids that must differ.
fn seed(chunk: &Chunk) -> u32 {
    let id = chunk.id.as_ref().map(|id| id.read().into_owned()).unwrap_or_default();
    let created = chunk.created.unwrap_or(0).to_le_bytes();
    let bytes = id.bytes().chain(created);
    bytes.fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
