//! What every dialect offers, dispatched by the wire that is spoken. The work is done in the dialects' folders.
//!
//! Each dialect's module has, under the same names:
//! `decode_request`, `encode_request`, `Decoder::{new, frame, finish}`, `decode_reply`,
//! `Encoder::{new, answering, push, observe, follows, open, ping, hold, surface, fail, is_open}`, `encode_reply`,
//! `decode_fault`, `encode_fault`.

mod answer;
mod decoder;
mod encoded;
mod encoder;
mod field;
mod reminder;
mod seen;
mod splice;
mod voice;

pub use answer::ErrorAnswer;
pub use decoder::{Decoder, decode_fault, decode_reply};
pub use encoded::Encoded;
pub use encoder::{Encoder, encode_fault, encode_refusal, encode_reply};
pub use field::Field;
pub use reminder::Reminder;
pub use seen::{Ending, Seen};
pub use splice::{Fate, splice};
pub use voice::Voice;

use bytes::Bytes;
use canon::dialect::Dialect;
use canon::fault::Fault;
use canon::request::Request;
use canon::target::Target;

use crate::{anthropic, openai};

/// A dialect that is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wire {
    /// Anthropic Messages.
    Anthropic,
    /// OpenAI Chat Completions.
    OpenAi,
}

impl From<Wire> for Dialect {
    fn from(wire: Wire) -> Self {
        match wire {
            Wire::Anthropic => Self::Anthropic,
            Wire::OpenAi => Self::OpenAi,
        }
    }
}

impl TryFrom<Dialect> for Wire {
    type Error = Dialect;

    /// The wire of a dialect, or the dialect back if it is not built.
    fn try_from(dialect: Dialect) -> Result<Self, Dialect> {
        match dialect {
            Dialect::Anthropic => Ok(Self::Anthropic),
            Dialect::OpenAi => Ok(Self::OpenAi),
            other => Err(other),
        }
    }
}

/// Reads a client's request.
///
/// # Errors
/// An invalid request, with the field's path.
pub fn decode_request(wire: Wire, body: &Bytes) -> Result<Request, Fault> {
    match wire {
        Wire::Anthropic => anthropic::decode_request(body),
        Wire::OpenAi => openai::decode_request(body),
    }
}

/// Writes a request of any dialect for a backend: spliced from the client's body where the dialect is the same.
pub fn encode_request(wire: Wire, request: &Request, target: &Target<'_>) -> Encoded {
    match wire {
        Wire::Anthropic => anthropic::encode_request(request, target),
        Wire::OpenAi => openai::encode_request(request, target),
    }
}
