//! How HTTP/1.1 carries an answer: framing, pacing, and the ways to get both wrong. What is carried is not
//! known here.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;

use crate::message::{End, Message, Piece};
use crate::step::{Repeat, Step};

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// `Transfer-Encoding: chunked`, what streams do unless told otherwise.
    Chunked,
    /// `Content-Length`, what plain answers do unless told otherwise.
    Length,
    /// By closing the connection.
    UntilClose,
    /// `Content-Length` that promises this many bytes more than come, then the connection closes.
    LengthTooLong(u64),
    /// `Content-Length` that promises this many bytes fewer than come.
    LengthTooShort(u64),
    /// Two `Content-Length` headers that differ.
    TwoLengths,
    /// `Content-Length` and `Transfer-Encoding` together, the body in chunks.
    LengthAndChunked,
    /// Chunked, but the last chunk's size is no number; then the connection closes.
    BadChunkSize,
    /// Chunked, but the last chunk claims more bytes than a machine can count; then the connection closes.
    HugeChunkSize,
}

/// The length that is promised for a body without end.
const ENDLESS: u64 = 1 << 40;

/// The way one answer travels. The default is plain, correct and at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transport {
    pub(crate) framing: Option<Framing>,
    /// How many 103 answers come first.
    pub(crate) interim: u64,
    pub(crate) before_head: Duration,
    pub(crate) before_body: Duration,
    /// The pause between pieces.
    pub(crate) pace: Duration,
    /// The pause between single bytes, head included.
    pub(crate) drip: Option<Duration>,
    /// Where the head is cut off, in bytes.
    pub(crate) head_cut: Option<usize>,
    /// What follows the answer on the same connection, and how much later.
    pub(crate) surplus: Option<(Duration, Bytes)>,
}

impl Transport {
    /// The steps that send a message; `head_only` leaves out its body.
    pub(crate) fn steps(&self, message: Message, head_only: bool) -> Vec<Step> {
        let framing = match (self.framing, message.streamed) {
            (Some(framing), _) => framing,
            (None, true) => Framing::Chunked,
            (None, false) => Framing::Length,
        };
        let mut steps = Vec::new();
        pause(&mut steps, self.before_head);
        if self.interim > 0 {
            let bytes = Bytes::from_static(b"HTTP/1.1 103 Early Hints\r\nlink: </rehearsal>\r\n\r\n");
            steps.push(Step::Repeat(Repeat { bytes, times: Some(self.interim), every: Duration::ZERO }));
        }
        let head = head(&message, framing);
        match self.head_cut {
            Some(cut) => steps.extend([Step::Write(head.slice(..cut.min(head.len()))), Step::Close]),
            None if head_only => steps.push(Step::Write(head)),
            None => self.body(&mut steps, head, message, framing),
        }
        match self.drip {
            Some(every) => drip(steps, every),
            None => steps,
        }
    }

    fn body(&self, steps: &mut Vec<Step>, head: Bytes, message: Message, framing: Framing) {
        let mut pieces = frame(message.pieces, framing);
        if message.end == End::Whole && framing.in_chunks() {
            finish_chunks(&mut pieces);
        }
        match pieces.first_mut() {
            // Backends write the head and the first piece together when both are ready.
            Some(Piece::Bytes(first)) if self.before_body.is_zero() => {
                *first = [&head[..], &first[..]].concat().into();
            }
            _ => steps.push(Step::Write(head)),
        }
        pause(steps, self.before_body);
        for (at, piece) in pieces.into_iter().enumerate() {
            pause(steps, if at == 0 { Duration::ZERO } else { self.pace });
            steps.push(match piece {
                Piece::Bytes(bytes) => Step::Write(bytes),
                Piece::Repeat(repeat) => Step::Repeat(repeat),
            });
        }
        self.end(steps, message.end, framing);
    }

    fn end(&self, steps: &mut Vec<Step>, end: End, framing: Framing) {
        match end {
            End::Whole => {
                self.add_surplus(steps);
                if framing.ends_connection() {
                    steps.push(Step::Close);
                }
            }
            End::Close => steps.push(Step::Close),
            End::Reset => steps.push(Step::Reset),
            End::Hang => steps.push(Step::Hang),
            End::HalfClose => steps.extend([Step::HalfClose, Step::Hang]),
        }
    }

    fn add_surplus(&self, steps: &mut Vec<Step>) {
        let Some((later, surplus)) = &self.surplus else { return };
        match steps.last_mut() {
            Some(Step::Write(last)) if later.is_zero() => *last = [&last[..], &surplus[..]].concat().into(),
            _ => {
                pause(steps, *later);
                steps.push(Step::Write(surplus.clone()));
            }
        }
    }
}

impl Framing {
    fn in_chunks(self) -> bool {
        matches!(self, Self::Chunked | Self::LengthAndChunked | Self::BadChunkSize | Self::HugeChunkSize)
    }

    fn ends_connection(self) -> bool {
        matches!(self, Self::UntilClose | Self::LengthTooLong(_) | Self::BadChunkSize | Self::HugeChunkSize)
    }

    /// The size line of the last chunk, where it is not the true one.
    fn last_size(self) -> Option<&'static str> {
        match self {
            Self::BadChunkSize => Some("zz"),
            Self::HugeChunkSize => Some("fffffffffffffffffffff"),
            _ => None,
        }
    }

    fn headers(self, length: u64) -> String {
        let chunked = "transfer-encoding: chunked\r\n";
        match self {
            Self::Chunked | Self::BadChunkSize | Self::HugeChunkSize => String::from(chunked),
            Self::Length => format!("content-length: {length}\r\n"),
            Self::UntilClose => String::from("connection: close\r\n"),
            Self::LengthTooLong(more) => format!("content-length: {}\r\n", length.saturating_add(more)),
            Self::LengthTooShort(fewer) => format!("content-length: {}\r\n", length.saturating_sub(fewer)),
            Self::TwoLengths => format!("content-length: {length}\r\ncontent-length: {}\r\n", length + 1),
            Self::LengthAndChunked => format!("content-length: {length}\r\n{chunked}"),
        }
    }
}

fn head(message: &Message, framing: Framing) -> Bytes {
    let reason = StatusCode::from_u16(message.status).ok().and_then(|status| status.canonical_reason());
    let mut head = format!("HTTP/1.1 {} {}\r\n", message.status, reason.unwrap_or("Rehearsed"));
    for (name, value) in &message.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let length = message.pieces.iter().map(Piece::length).sum::<Option<u64>>();
    head.push_str(&framing.headers(length.unwrap_or(ENDLESS)));
    head.push_str("\r\n");
    head.into()
}

/// The pieces with chunk borders, if there are any.
fn frame(pieces: Vec<Piece>, framing: Framing) -> Vec<Piece> {
    if !framing.in_chunks() {
        return pieces;
    }
    let last = pieces.len().saturating_sub(1);
    let chunked = pieces.into_iter().enumerate().map(|(at, piece)| {
        let size = framing.last_size().filter(|_| at == last);
        match piece {
            Piece::Bytes(bytes) => Piece::Bytes(chunk(&bytes, size)),
            Piece::Repeat(repeat) => Piece::Repeat(Repeat { bytes: chunk(&repeat.bytes, size), ..repeat }),
        }
    });
    chunked.collect()
}

/// One chunk; none for no bytes, since an empty chunk ends a body.
fn chunk(bytes: &[u8], size: Option<&str>) -> Bytes {
    if bytes.is_empty() {
        return Bytes::new();
    }
    let size = size.map_or_else(|| format!("{:x}", bytes.len()), String::from);
    [size.as_bytes(), b"\r\n", bytes, b"\r\n"].concat().into()
}

fn finish_chunks(pieces: &mut Vec<Piece>) {
    const LAST: &[u8] = b"0\r\n\r\n";
    match pieces.last_mut() {
        Some(Piece::Bytes(last)) => *last = [&last[..], LAST].concat().into(),
        _ => pieces.push(Piece::Bytes(Bytes::from_static(LAST))),
    }
}

fn pause(steps: &mut Vec<Step>, time: Duration) {
    if !time.is_zero() {
        steps.push(Step::Pause(time));
    }
}

/// The same steps, each written byte on its own with a pause behind it.
fn drip(steps: Vec<Step>, every: Duration) -> Vec<Step> {
    let slowly = |step: Step| match step {
        Step::Write(bytes) => {
            let bytes = (0..bytes.len()).map(|at| bytes.slice(at..=at));
            bytes.flat_map(|byte| [Step::Write(byte), Step::Pause(every)]).collect()
        }
        other => vec![other],
    };
    steps.into_iter().flat_map(slowly).collect()
}
