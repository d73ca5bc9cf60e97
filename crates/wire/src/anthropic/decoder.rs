//! A backend's stream into deltas. Whatever order its events come in, the deltas come in a legal one.

mod blocks;

use std::borrow::Cow;

use bytes::Bytes;
use canon::delta::{Delta, Finish, Head, StopReason};
use canon::fault::{Fault, FaultKind};
use canon::text::Json;

use super::event::{Event, Piece};
use super::head::MessageObject;
use super::stop;
use crate::codec::{Ending, Seen};
use crate::fault::of_error;
use crate::json::mend_surrogates;
use crate::sse::Frame;
use blocks::Blocks;

/// Reads one answer. A frame it can't read is passed over, as clients do.
#[derive(Default)]
pub struct Decoder {
    phase: Phase,
    blocks: Blocks,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    /// Nothing of the answer has come.
    #[default]
    Before,
    /// Blocks are coming.
    Running,
    /// The reason has come.
    Finished,
    /// All is said.
    Ended,
}

impl Decoder {
    /// A decoder for a new answer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next frame in and appends what it says.
    ///
    /// # Errors
    /// The backend's own error, or a fault where more is held back than may be.
    pub fn frame(&mut self, frame: &Frame, out: &mut Vec<Delta>) -> Result<Seen, Fault> {
        if self.phase == Phase::Ended {
            return Ok(Seen::default());
        }
        let mended;
        let (mut event, intact) = match Event::read(&frame.data) {
            Ok(event) => (event, true),
            Err(_) => {
                mended = legible(&frame.data);
                match Event::read(&mended) {
                    Ok(event) => (event, false),
                    // The terminator of another dialect, which some backends put behind the last event.
                    Err(_) => {
                        let unreadable = *frame.data != *b"[DONE]";
                        return Ok(Seen { unreadable, ..Seen::default() });
                    }
                }
            }
        };
        let named =
            event.kind.is_some() && frame.event.as_deref() == event.kind.as_deref().map(str::as_bytes);
        let kind = match (event.kind.take(), &frame.event) {
            (Some(kind), _) => kind,
            (None, Some(name)) => String::from_utf8_lossy(name),
            (None, None) => Cow::Borrowed(""),
        };
        let mut seen = notice(&kind, &event, frame);
        let faithful = self.event(&kind, event, frame.bytes.len(), out)?;
        seen.relayable = faithful && named && intact && frame.plain;
        Ok(seen)
    }

    /// Takes an event in, and says whether the reference has it as it came, where it came.
    fn event(
        &mut self,
        kind: &str,
        event: Event<'_>,
        size: usize,
        out: &mut Vec<Delta>,
    ) -> Result<bool, Fault> {
        let began = self.phase != Phase::Before;
        Ok(match kind {
            "error" | "" if event.error.is_some() => {
                return Err(of_error(&event.error.unwrap_or(Json::NULL)));
            }
            "error" => return Err(Fault::new(FaultKind::Backend, SILENT_ERROR)),
            "message_start" => self.start(*event.message.unwrap_or_default(), out),
            "content_block_start" => match event.block {
                Some(begun) if self.runs(out) => self.blocks.begin(event.index, *begun, size, out)? && began,
                _ => false,
            },
            "content_block_delta" => {
                self.runs(out) && self.blocks.add(event.index, event.delta.content, size, out)? && began
            }
            "content_block_stop" => self.phase == Phase::Running && self.blocks.end(event.index, out),
            "message_delta" => self.message_delta(event, out),
            "message_stop" => self.stop(out),
            // Pings, and what newer backends say besides: nothing to be read, and clients read or ignore it.
            _ => true,
        })
    }

    /// Takes the end of the stream in. Calling it again changes nothing.
    ///
    /// An answer whose reason has come is complete without its terminator (measured with Claude Code 2.1).
    pub fn finish(&mut self, out: &mut Vec<Delta>) -> Ending {
        match self.phase {
            Phase::Before => Ending::Nothing,
            Phase::Running => Ending::Truncated,
            Phase::Finished | Phase::Ended => {
                if self.phase == Phase::Finished {
                    out.push(Delta::End);
                    self.phase = Phase::Ended;
                }
                Ending::Complete
            }
        }
    }

    fn start(&mut self, (message, faithful): (MessageObject, bool), out: &mut Vec<Delta>) -> bool {
        if self.phase == Phase::Before {
            self.phase = Phase::Running;
            out.push(Delta::Start(Box::new(message.head())));
            return faithful;
        }
        // Some backends begin twice; what the second beginning counts is not lost.
        out.extend(message.usage.map(|usage| Delta::Usage(Box::new(usage))));
        false
    }

    /// Makes sure that the answer has begun; blocks behind its end are not taken in.
    fn runs(&mut self, out: &mut Vec<Delta>) -> bool {
        if self.phase == Phase::Before {
            self.phase = Phase::Running;
            out.push(Delta::Start(Box::<Head>::default()));
        }
        self.phase == Phase::Running
    }

    fn message_delta(&mut self, event: Event<'_>, out: &mut Vec<Delta>) -> bool {
        let Piece { stop_reason, stop_sequence, mut extra, .. } = event.delta;
        let began = self.phase != Phase::Before;
        let running = self.runs(out);
        let counted = event.usage.as_ref().is_some_and(|usage| usage.output.is_some());
        out.extend(event.usage.map(Delta::Usage));
        let Some(word) = stop_reason.filter(|_| running) else {
            return false;
        };
        let in_order = self.blocks.close_all(out);
        let reason = stop::read(&word);
        let consistent = stop::word(&reason, self.blocks.told()) == word.read();
        extra.fields.extend(event.extra.fields);
        out.push(Delta::Finish(Box::new(Finish { reason, stop_sequence, extra })));
        self.phase = Phase::Finished;
        began && counted && in_order && consistent
    }

    fn stop(&mut self, out: &mut Vec<Delta>) -> bool {
        let finished = self.phase == Phase::Finished;
        if self.runs(out) {
            self.blocks.close_all(out);
            out.push(Delta::Finish(Box::new(Finish::new(StopReason::Other(None)))));
        }
        out.push(Delta::End);
        self.phase = Phase::Ended;
        finished
    }
}

const SILENT_ERROR: &str = "the provider reported an error without a message";

/// What is to be seen on a frame before anything is made of it.
fn notice(kind: &str, event: &Event<'_>, frame: &Frame) -> Seen {
    let place = event.model_at().zip(frame.data_at);
    Seen {
        model: place.map(|(place, at)| place.start + at..place.end + at),
        relayable: false,
        usage_only: kind == "message_delta" && event.usage.is_some() && event.delta.stop_reason.is_none(),
        block: event.index,
        unreadable: false,
    }
}

/// Data that is no legal JSON only because characters in its strings are broken, with those replaced.
fn legible(data: &Bytes) -> Bytes {
    let data = match std::str::from_utf8(data) {
        Ok(_) => data.clone(),
        Err(_) => String::from_utf8_lossy(data).into_owned().into(),
    };
    mend_surrogates(&data).unwrap_or(data)
}
