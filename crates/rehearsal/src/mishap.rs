//! Mishaps: where an answer goes wrong and how, and the floods that may follow. Answers are written
//! elsewhere.

use std::time::Duration;

use bytes::Bytes;

use crate::message::{End, Piece};
use crate::sse::{Frame, Role};
use crate::step::Repeat;

/// A place in an answer. A plain answer knows only its middle and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// Behind this many events.
    Events(usize),
    /// Behind this many events that carry text, thinking or arguments.
    Contents(usize),
    /// Before the events that say the answer is over.
    BeforeClosing,
    /// Behind everything but the end of the body.
    End,
}

/// What goes wrong there; nothing of the answer follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// The body ends as HTTP wants it, though the dialect's own end is missing.
    CleanEnd,
    /// The connection closes inside the body.
    Close,
    /// The connection breaks with RST.
    Reset,
    /// Nothing comes any more.
    Hang,
    /// FIN comes, but the connection stays open for the client.
    HalfClose,
    /// An error in the dialect's shape, then a clean end.
    Error(String),
    /// Keep-alive comments for ever, with this pause between them.
    Comments(Duration),
    /// Content for ever, with this pause between the events.
    Deltas(Duration),
    /// One line of this many bytes, then a clean end.
    Line(u64),
}

impl Point {
    /// How many frames stand before it.
    pub(crate) fn place(self, frames: &[Frame]) -> usize {
        let role = |role: Role| frames.iter().enumerate().filter(move |(_, frame)| frame.role == role);
        match self {
            Self::Events(count) => count,
            Self::Contents(0) => role(Role::Content).next().map_or(frames.len(), |(at, _)| at),
            Self::Contents(count) => {
                role(Role::Content).nth(count - 1).map_or(frames.len(), |(at, _)| at + 1)
            }
            Self::BeforeClosing => role(Role::Closing).next().map_or(frames.len(), |(at, _)| at),
            Self::End => frames.len(),
        }
    }
}

impl Mishap {
    pub(crate) fn end(&self) -> End {
        match self {
            Self::Close => End::Close,
            Self::Reset => End::Reset,
            Self::Hang => End::Hang,
            Self::HalfClose => End::HalfClose,
            Self::CleanEnd | Self::Error(_) | Self::Comments(_) | Self::Deltas(_) | Self::Line(_) => {
                End::Whole
            }
        }
    }
}

/// How many bytes a flood writes at once when it need not pause.
const FLOOD: usize = 64 << 10;

/// The bytes for ever; without a pause in large writes, so that a flood is one.
pub(crate) fn endless(bytes: &[u8], every: Duration) -> Piece {
    let times = if every.is_zero() { FLOOD.div_ceil(bytes.len().max(1)) } else { 1 };
    Piece::Repeat(Repeat { bytes: bytes.repeat(times).into(), times: None, every })
}

/// A line of `length` bytes between its two ends.
pub(crate) fn line(start: &'static str, length: u64, end: &'static str) -> Vec<Piece> {
    let repeat = |bytes: Vec<u8>, times| Repeat { bytes: bytes.into(), times, every: Duration::ZERO };
    let (whole, rest) = (length / FLOOD as u64, (length % FLOOD as u64) as usize);
    let pieces = [
        Piece::Bytes(Bytes::from_static(start.as_bytes())),
        Piece::Repeat(repeat(vec![b'a'; FLOOD], Some(whole))),
        Piece::Bytes(vec![b'a'; rest].into()),
        Piece::Bytes(Bytes::from_static(end.as_bytes())),
    ];
    pieces.into_iter().filter(|piece| piece.length() != Some(0)).collect()
}
