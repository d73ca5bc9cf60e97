//! What a decoder noticed beside the deltas.

use std::ops::Range;

/// What may be done with a frame, or a plain answer, as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Where the model's name lies in the frame's or body's bytes, with its quotes.
    pub model: Option<Range<usize>>,
    /// Whether the bytes say exactly what the deltas say, in a form every client of the dialect reads.
    pub relayable: bool,
    /// Whether the frame carries token counts and nothing else.
    pub usage_only: bool,
    /// The number the frame gives to its block, where the dialect numbers them.
    pub block: Option<u64>,
    /// Whether the frame could not be read and was passed over.
    pub unreadable: bool,
}

/// How a backend's stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With its reason or its terminator.
    Complete,
    /// In the middle.
    Truncated,
    /// Before any event came.
    Nothing,
}
