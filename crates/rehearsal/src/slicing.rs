//! Slicing: how a body's bytes are dealt into pieces. What the bytes are does not matter here.

use bytes::Bytes;

/// How a body is cut into writes. Each piece is a chunk of its own too, so that a reader sees the cuts for
/// certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slicing {
    /// One piece an event, what backends do.
    PerEvent,
    /// All events joined in one piece.
    Joined,
    /// Pieces of this many bytes (at least one), across events.
    Every(usize),
    /// Cut at these offsets into the body, in bytes, ascending.
    At(Vec<usize>),
}

impl Slicing {
    /// The events' bytes in pieces, none of them empty.
    pub(crate) fn cut(&self, events: Vec<Vec<u8>>) -> Vec<Bytes> {
        let mut pieces: Vec<Bytes> = match self {
            Self::PerEvent => events.into_iter().map(Bytes::from).collect(),
            Self::Joined => vec![events.concat().into()],
            Self::Every(length) => {
                events.concat().chunks((*length).max(1)).map(Bytes::copy_from_slice).collect()
            }
            Self::At(offsets) => {
                let mut rest = Bytes::from(events.concat());
                let mut gone = 0;
                let mut pieces = Vec::with_capacity(offsets.len() + 1);
                for offset in offsets {
                    let piece = rest.split_to(offset.saturating_sub(gone).min(rest.len()));
                    gone += piece.len();
                    pieces.push(piece);
                }
                pieces.push(rest);
                pieces
            }
        };
        pieces.retain(|piece| !piece.is_empty());
        pieces
    }
}
