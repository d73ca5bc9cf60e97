//! An HTTP answer before HTTP's framing: a head, pieces of a body, and how it ends. Built by `answer` and
//! `response`, put on the wire by `transport`.

use bytes::Bytes;

use crate::step::Repeat;

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) pieces: Vec<Piece>,
    /// Whether the body is sent without its length, in chunks.
    pub(crate) streamed: bool,
    pub(crate) end: End,
}

/// A piece of a body; each becomes a chunk and a write of its own.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Bytes(Bytes),
    Repeat(Repeat),
}

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// As HTTP wants it.
    Whole,
    Close,
    Reset,
    Hang,
    HalfClose,
}

impl Piece {
    /// How many bytes it makes; `None` without end.
    pub(crate) fn length(&self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::Repeat(repeat) => repeat.times.map(|times| times.saturating_mul(repeat.bytes.len() as u64)),
        }
    }
}
