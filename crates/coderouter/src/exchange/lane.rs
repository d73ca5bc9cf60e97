//! What of an answer waits to go to the client, and in which form: frames as they came while nothing is changed, else
//! the deltas that repair made of them.
//!
//! Frames wait while repair holds anything back, so that they can still go out as they came once it has found nothing.

use super::client::Client;
use bytes::Bytes;
use canon::delta::{Block, Delta};
use repair::pipeline::{Complaint, Finding, Pipeline};
use wire::codec::Seen;

/// Most bytes of frames that wait for repair; beyond, only what they say is kept.
const MAX_WAITING: usize = 64 * 1024;

/// Most bytes of one call that waits to go out whole; beyond, it goes out as it comes.
const MAX_CALL: usize = 8 * 1024 * 1024;

/// A frame and what it says.
pub struct Piece {
    /// The frame as it came; empty for deltas that came in none.
    pub bytes: Bytes,
    /// What it says.
    pub deltas: Vec<Delta>,
    /// What was seen in it.
    pub seen: Seen,
}

/// How frames look to the client.
pub struct Looks {
    /// Whether frames may be passed on as they came.
    pub verbatim: bool,
    /// Whether the client asked for token counts, or its dialect always sends them.
    pub include_usage: bool,
    /// The model's name that the client is told, as a JSON string.
    pub model: Bytes,
}

/// An answer on its way to the client.
pub struct Lane {
    looks: Looks,
    pipeline: Option<Box<Pipeline>>,
    frames: Vec<Piece>,
    frame_bytes: usize,
    /// What repair made of what came in since the client got something.
    mended: Vec<Delta>,
    spare: Vec<Delta>,
    /// Whether calls go out whole, and whether one is open.
    calls: Calls,
}

/// How calls go out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Calls {
    /// As they come.
    Streamed,
    /// Whole; none is open.
    Whole,
    /// Whole; one is open.
    Open,
}

impl Lane {
    /// An empty lane.
    pub fn new(looks: Looks, pipeline: Option<Box<Pipeline>>) -> Self {
        Self {
            looks,
            pipeline,
            frames: Vec::new(),
            frame_bytes: 0,
            mended: Vec::new(),
            spare: Vec::new(),
            calls: Calls::Streamed,
        }
    }

    /// Memory for the deltas of the next frame.
    pub fn spare(&mut self) -> Vec<Delta> {
        std::mem::take(&mut self.spare)
    }

    /// From here on nothing goes out as it came.
    pub fn leave_verbatim(&mut self) {
        self.looks.verbatim = false;
    }

    /// Calls go out whole, so that nothing is lost where the answer breaks off inside one.
    pub fn hold_calls(&mut self) {
        self.calls = Calls::Whole;
    }

    /// Whether anything looks for calls.
    pub fn mends(&self) -> bool {
        self.pipeline.is_some()
    }

    /// Looks at a whole answer before it comes in.
    pub fn foresee(&mut self, deltas: &[Delta]) {
        if let Some(pipeline) = &mut self.pipeline {
            pipeline.foresee(deltas);
        }
    }

    /// Takes a frame in; `observe` is told each delta that comes of it.
    pub fn push(&mut self, piece: Piece, mut observe: impl FnMut(&Delta)) {
        let mut calls = self.calls;
        let mut observe = |delta: &Delta| {
            calls = calls.behind(delta);
            observe(delta);
        };
        match &mut self.pipeline {
            None => piece.deltas.iter().for_each(observe),
            Some(pipeline) => {
                let from = self.mended.len();
                for delta in &piece.deltas {
                    pipeline.push(delta, &mut self.mended);
                }
                self.mended[from..].iter().for_each(&mut observe);
                self.looks.verbatim &= !pipeline.is_changed();
            }
        }
        self.calls = calls;
        self.frame_bytes += piece.bytes.len();
        if self.calls == Calls::Open && self.frame_bytes > MAX_CALL {
            self.calls = Calls::Streamed;
        }
        if self.pipeline.is_some() && (!self.looks.verbatim || self.frame_bytes > MAX_WAITING) {
            self.looks.verbatim = false;
            self.frames.clear();
        } else {
            self.frames.push(piece);
        }
    }

    /// Whether what waits may go out.
    pub fn is_ready(&self) -> bool {
        if self.calls == Calls::Open {
            return false;
        }
        !self.looks.verbatim || self.pipeline.as_ref().is_none_or(|pipeline| pipeline.is_settled())
    }

    /// Whether repair holds a part of the answer back.
    pub fn is_holding(&self) -> bool {
        self.pipeline.as_ref().is_some_and(|pipeline| !pipeline.is_settled())
    }

    /// Gives the client what waits.
    pub fn deliver(&mut self, client: &mut Client) {
        if self.pipeline.is_some() && !self.looks.verbatim {
            self.mended.drain(..).for_each(|delta| client.push(&delta));
        }
        for piece in std::mem::take(&mut self.frames) {
            self.pass(&piece, client);
            // Pieces of text are ranges of the connection's buffer and would keep it while nothing comes.
            self.spare = piece.deltas;
            self.spare.clear();
        }
        self.frame_bytes = 0;
        self.mended.clear();
    }

    /// What was found since this was asked last.
    pub fn findings(&mut self) -> Vec<Finding> {
        self.pipeline.as_mut().map(|pipeline| pipeline.findings()).unwrap_or_default()
    }

    /// The filters that changed something, by their names.
    pub fn fired(&self) -> Vec<&'static str> {
        self.pipeline.as_ref().map(|pipeline| pipeline.fired_words()).unwrap_or_default()
    }

    /// What is wrong with a call that should be asked for again.
    pub fn complaint(&mut self) -> Option<Complaint> {
        self.pipeline.as_mut()?.complaint()
    }

    /// What waits, in the words of the model.
    pub fn said(&self) -> String {
        said(&self.mended)
    }

    /// Gives a frame to the client: as it came, where that is the same thing as what it says.
    fn pass(&self, piece: &Piece, client: &mut Client) {
        let Piece { bytes, deltas, seen } = piece;
        if !self.looks.verbatim || !client.encoder.follows(seen, deltas) {
            return deltas.iter().for_each(|delta| client.push(delta));
        }
        if seen.usage_only && !self.looks.include_usage {
            return client.relay(&[], deltas);
        }
        match seen.model.as_ref().filter(|name| bytes[(*name).clone()] != self.looks.model) {
            None => client.relay(bytes, deltas),
            Some(name) => {
                client.relay(&bytes[..name.start], &[]);
                client.relay(&self.looks.model, &[]);
                client.relay(&bytes[name.end..], deltas);
            }
        }
    }
}

impl Calls {
    fn behind(self, delta: &Delta) -> Self {
        match (self, delta) {
            (Self::Whole, Delta::Open(Block::Call { .. })) => Self::Open,
            (Self::Open, Delta::Close) => Self::Whole,
            (calls, _) => calls,
        }
    }
}

/// What deltas say, calls as a model might write them.
pub fn said(deltas: &[Delta]) -> String {
    let mut said = String::new();
    for delta in deltas {
        match delta {
            Delta::Open(Block::Call { name, .. }) => {
                said.push('\n');
                said.push_str(&name.read());
                said.push(' ');
            }
            Delta::Text(text) | Delta::Arguments(text) => said.push_str(&text.read()),
            _ => {}
        }
    }
    said
}
