//! Deltas into a client's answer, whichever dialect it reads.

use bytes::Bytes;
use canon::delta::Delta;
use canon::dialect::Dialect;
use canon::fault::Fault;
use canon::reply::Reply;

use super::{ErrorAnswer, Seen, Voice, Wire};
use crate::{anthropic, openai};

/// Writes one stream. Only event orders that the client's dialect allows can come out.
pub enum Encoder {
    /// Of Anthropic Messages.
    Anthropic(Box<anthropic::Encoder>),
    /// Of OpenAI Chat Completions.
    OpenAi(Box<openai::Encoder>),
}

/// Calls the same method of whichever encoder it is.
macro_rules! each {
    ($encoder:expr, $own:ident => $call:expr) => {
        match $encoder {
            Encoder::Anthropic($own) => $call,
            Encoder::OpenAi($own) => $call,
        }
    };
}

impl Encoder {
    /// An encoder for a new stream.
    pub fn new(wire: Wire, voice: Voice) -> Self {
        match wire {
            Wire::Anthropic => Self::Anthropic(Box::new(anthropic::Encoder::new(voice))),
            Wire::OpenAi => Self::OpenAi(Box::new(openai::Encoder::new(voice))),
        }
    }

    /// Says which dialect the backend speaks whose deltas follow; only its own dialect's unknown fields are written.
    pub fn answering(&mut self, origin: Dialect) {
        each!(self, encoder => encoder.answering(origin));
    }

    /// Writes what a delta says.
    pub fn push(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        each!(self, encoder => encoder.push(delta, out));
    }

    /// Takes note of a delta whose frame was relayed as it came.
    pub fn observe(&mut self, delta: &Delta) {
        each!(self, encoder => encoder.observe(delta));
    }

    /// Whether a frame that says these deltas, all of them and nothing else, may be relayed now as it came.
    pub fn follows(&self, seen: &Seen, deltas: &[Delta]) -> bool {
        each!(self, encoder => encoder.follows(seen, deltas))
    }

    /// Begins the answer before any backend has; a beginning that comes later is merged into this one.
    pub fn open(&mut self, out: &mut Vec<u8>) {
        each!(self, encoder => encoder.open(out));
    }

    /// Writes what keeps the connection from looking dead.
    pub fn ping(&mut self, out: &mut Vec<u8>) {
        each!(self, encoder => encoder.ping(out));
    }

    /// Writes a delta without content, for clients that pings don't keep waiting.
    pub fn hold(&mut self, out: &mut Vec<u8>) {
        each!(self, encoder => encoder.hold(out));
    }

    /// Ends an answer that the backend left unfinished, as if it had reached its output limit.
    pub fn surface(&mut self, out: &mut Vec<u8>) {
        each!(self, encoder => encoder.surface(out));
    }

    /// Ends the stream with an error.
    pub fn fail(&mut self, fault: &Fault, out: &mut Vec<u8>) {
        each!(self, encoder => encoder.fail(fault, out));
    }

    /// Whether the client was sent anything of an answer.
    pub fn is_open(&self) -> bool {
        each!(self, encoder => encoder.is_open())
    }
}

/// Writes a plain answer; `origin` is the dialect its deltas were read from.
pub fn encode_reply(wire: Wire, reply: &Reply, voice: &Voice, origin: Dialect) -> Bytes {
    match wire {
        Wire::Anthropic => anthropic::encode_reply(reply, voice, origin),
        Wire::OpenAi => openai::encode_reply(reply, voice, origin),
    }
}

/// Writes the refusal of a request that never got as far as a fault, such as one without a token.
pub fn encode_refusal(wire: Wire, status: u16, message: &str) -> ErrorAnswer {
    match wire {
        Wire::Anthropic => anthropic::encode_refusal(status, message),
        Wire::OpenAi => openai::encode_refusal(status, message),
    }
}

/// Writes a fault for a client.
pub fn encode_fault(wire: Wire, fault: &Fault) -> ErrorAnswer {
    match wire {
        Wire::Anthropic => anthropic::encode_fault(fault),
        Wire::OpenAi => openai::encode_fault(fault),
    }
}
