//! Where the scanner writes: blocks are opened and closed as what is said changes its kind.

use super::{Found, Pipeline, Rejected};
use crate::damage::Damage;
use crate::scanner::Sink;
use canon::config::OutputFilter;
use canon::delta::{Block, Delta};
use canon::text::Text;

/// The block that goes out.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// What is open.
    open: Option<Block>,
    /// What the input has opened, while nothing of it has gone out.
    expected: Option<Block>,
}

impl Open {
    /// A block comes in whose kind is decided by what is found in it.
    pub(super) fn expect(&mut self, block: &Block) {
        self.expected = Some(block.clone());
    }

    /// Whether a block came in and has not gone out.
    pub(super) fn is_pending(&self) -> bool {
        self.expected.is_some()
    }

    /// Opens a block, closing the one before.
    pub(super) fn begin(&mut self, block: &Block, out: &mut Vec<Delta>) {
        self.expected = None;
        self.close_open(out);
        self.open = Some(block.clone());
        out.push(Delta::Open(block.clone()));
    }

    /// Opens the block that came in, if it has not gone out.
    pub(super) fn settle(&mut self, out: &mut Vec<Delta>) {
        if let Some(block) = self.expected.take() {
            self.begin(&block, out);
        }
    }

    /// Closes what is open. A block that came in and had nothing goes out empty.
    pub(super) fn close(&mut self, out: &mut Vec<Delta>) {
        self.expected = None;
        self.close_open(out);
    }

    fn is(&self, block: &Block) -> bool {
        self.open.as_ref() == Some(block)
    }

    fn close_open(&mut self, out: &mut Vec<Delta>) {
        if self.open.take().is_some() {
            out.push(Delta::Close);
        }
    }
}

/// Writes deltas for what a scanner finds.
pub(super) struct Writer<'a> {
    pipeline: &'a mut Pipeline,
    /// The piece that is scanned, and what it says.
    piece: &'a Text,
    plain: &'a str,
    out: &'a mut Vec<Delta>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        pipeline: &'a mut Pipeline,
        piece: &'a Text,
        plain: &'a str,
        out: &'a mut Vec<Delta>,
    ) -> Self {
        Self { pipeline, piece, plain, out }
    }

    /// Shows text, through the filters.
    pub(super) fn show(&mut self, text: &str) {
        if self.pipeline.filters.is_empty() {
            return self.put(text);
        }
        let shown = self.pipeline.filters.push(text);
        self.put(&shown);
    }

    /// Writes text as it is.
    pub(super) fn put(&mut self, text: &str) {
        if !text.is_empty() {
            let text = self.shared(text);
            self.begin(&Block::Text);
            self.out.push(Delta::Text(text));
        }
    }

    /// The piece itself where that is what goes out.
    fn shared(&self, text: &str) -> Text {
        let whole = text.len() == self.plain.len() && text == self.plain;
        if whole { self.piece.clone() } else { Text::plain(text) }
    }

    fn begin(&mut self, block: &Block) {
        if self.pipeline.open.is(block) {
            self.pipeline.open.expected = None;
        } else {
            self.pipeline.open.begin(block, self.out);
        }
    }
}

impl Sink for Writer<'_> {
    fn text(&mut self, text: &str) {
        self.show(text);
    }

    fn thinking(&mut self, text: &str) {
        let came_as_such =
            self.pipeline.open.expected == Some(Block::Thinking) || self.pipeline.open.is(&Block::Thinking);
        if came_as_such || self.pipeline.terms.shows_thinking {
            let text = self.shared(text);
            self.begin(&Block::Thinking);
            self.out.push(Delta::Thinking(text));
        } else {
            self.pipeline.fire(OutputFilter::StripThinking);
        }
    }

    fn call(&mut self, call: Found) {
        if call.damage.has(Damage::InReasoning) {
            self.pipeline.changed = true;
            self.pipeline.thought.push(call);
        } else {
            self.pipeline.give(call, self.out);
        }
    }

    fn misfit(&mut self, misfit: Rejected) {
        self.pipeline.reject(&misfit);
    }

    fn dropped(&mut self, text: &str) {
        self.pipeline.changed |= !text.is_empty();
    }
}
