//! A backend's answer into deltas, whichever dialect it comes in.

use bytes::Bytes;
use canon::delta::Delta;
use canon::fault::Fault;

use super::{Ending, Seen, Wire};
use crate::sse::Frame;
use crate::{anthropic, openai};

/// Reads one stream. What it appends is always in the order that `canon::delta::Order` allows.
pub enum Decoder {
    /// Of Anthropic Messages.
    Anthropic(Box<anthropic::Decoder>),
    /// Of OpenAI Chat Completions.
    OpenAi(Box<openai::Decoder>),
}

impl Decoder {
    /// A decoder for a new stream.
    pub fn new(wire: Wire) -> Self {
        match wire {
            Wire::Anthropic => Self::Anthropic(Box::new(anthropic::Decoder::new())),
            Wire::OpenAi => Self::OpenAi(Box::new(openai::Decoder::new())),
        }
    }

    /// Takes the next frame in and appends what it says.
    ///
    /// # Errors
    /// The backend's own error, or a fault where the stream breaks a limit.
    pub fn frame(&mut self, frame: &Frame, out: &mut Vec<Delta>) -> Result<Seen, Fault> {
        match self {
            Self::Anthropic(decoder) => decoder.frame(frame, out),
            Self::OpenAi(decoder) => decoder.frame(frame, out),
        }
    }

    /// Takes the end of the stream in and appends what was held back, if the answer is complete. Calling it again
    /// changes nothing.
    pub fn finish(&mut self, out: &mut Vec<Delta>) -> Ending {
        match self {
            Self::Anthropic(decoder) => decoder.finish(out),
            Self::OpenAi(decoder) => decoder.finish(out),
        }
    }
}

/// Reads a plain answer as the deltas of the stream it could have come as.
///
/// # Errors
/// The backend's own error, or a malformed answer.
pub fn decode_reply(wire: Wire, body: &Bytes, out: &mut Vec<Delta>) -> Result<Seen, Fault> {
    match wire {
        Wire::Anthropic => anthropic::decode_reply(body, out),
        Wire::OpenAi => openai::decode_reply(body, out),
    }
}

/// Reads a backend's error answer.
pub fn decode_fault(wire: Wire, status: u16, body: &Bytes) -> Fault {
    match wire {
        Wire::Anthropic => anthropic::decode_fault(status, body),
        Wire::OpenAi => openai::decode_fault(status, body),
    }
}
