//! The blocks of a running answer: one is spoken of at a time, others wait until it is complete.

use canon::delta::{Block, Delta};
use canon::fault::{Fault, FaultKind};
use canon::text::Text;

use crate::anthropic::block::Begun;
use crate::anthropic::event::Content;
use crate::anthropic::stop::Told;

/// How much of the blocks that have to wait is held, in bytes of their frames.
const HELD_LIMIT: usize = 8 << 20;

/// The open block and those that began while it was open.
#[derive(Default)]
pub(super) struct Blocks {
    open: Option<Open>,
    waiting: Vec<Waiting>,
    held: usize,
    called: bool,
}

/// The block that deltas are emitted for.
struct Open {
    /// The backend's number for it.
    index: u64,
    kind: Kind,
    /// Input that stood in the block's beginning; it counts if no piece of input follows.
    input: Option<Text>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
    Call,
    Whole,
    Opaque,
}

/// A block that began while a call was open.
struct Waiting {
    index: u64,
    begun: Begun,
    pieces: Vec<Content>,
    ended: bool,
}

impl Blocks {
    /// Takes the beginning of a block in, and says whether it came as the reference has it.
    pub(super) fn begin(
        &mut self,
        index: Option<u64>,
        begun: Begun,
        size: usize,
        out: &mut Vec<Delta>,
    ) -> Result<bool, Fault> {
        let index = index.unwrap_or_else(|| self.open.as_ref().map_or(0, |open| open.index + 1));
        self.called |= matches!(begun.block, Block::Call { .. });
        if self.must_wait(index) {
            self.hold(size)?;
            self.waiting.push(Waiting { index, begun, pieces: Vec::new(), ended: false });
            return Ok(false);
        }
        let in_order = self.open.is_none();
        self.close(out);
        let faithful = begun.faithful && begun.is_bare();
        self.open(index, begun, out);
        Ok(faithful && in_order)
    }

    /// Takes a piece of a block in.
    pub(super) fn add(
        &mut self,
        index: Option<u64>,
        content: Content,
        size: usize,
        out: &mut Vec<Delta>,
    ) -> Result<bool, Fault> {
        let target = index.or(self.open.as_ref().map(|open| open.index)).unwrap_or(0);
        if let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.index == target) {
            waiting.pieces.push(content);
            return self.hold(size).map(|()| false);
        }
        if let Some(open) = self.open.as_mut().filter(|open| open.index == target) {
            match open.take(&content) {
                Fit::Said => {
                    out.extend(content.delta());
                    return Ok(index.is_some());
                }
                Fit::Unsaid => return Ok(index.is_some()),
                Fit::Stray => return Ok(false),
                Fit::Elsewhere => {}
            }
        }
        // The piece belongs to no block that was begun, or to one of another kind.
        if let Some(begun) = implied(&content) {
            self.begin(Some(target), begun, size, out)?;
            self.add(Some(target), content, size, out)?;
        }
        Ok(false)
    }

    /// Takes the end of a block in.
    pub(super) fn end(&mut self, index: Option<u64>, out: &mut Vec<Delta>) -> bool {
        let Some(open) = &self.open else {
            return false;
        };
        let target = index.unwrap_or(open.index);
        if let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.index == target) {
            waiting.ended = true;
            return false;
        }
        if open.index != target {
            return false;
        }
        let in_order = self.waiting.is_empty() && open.input.is_none();
        self.close(out);
        self.promote(out);
        in_order && index.is_some()
    }

    /// Ends every block, and says whether none was left to end.
    pub(super) fn close_all(&mut self, out: &mut Vec<Delta>) -> bool {
        let in_order = self.open.is_none();
        while self.open.is_some() {
            self.close(out);
            self.promote(out);
        }
        in_order
    }

    /// What the stop reason has to agree with.
    pub(super) fn told(&self) -> Told {
        Told { called: self.called, own: true }
    }

    /// A call is not cut short by another block, as pieces of both may still come; text is.
    fn must_wait(&self, index: u64) -> bool {
        let held_by = |open: &Open| matches!(open.kind, Kind::Call | Kind::Opaque) && open.index != index;
        !self.waiting.is_empty() || self.open.as_ref().is_some_and(held_by)
    }

    fn hold(&mut self, size: usize) -> Result<(), Fault> {
        self.held += size;
        if self.held > HELD_LIMIT {
            return Err(Fault::new(FaultKind::Malformed, "more than 8 MiB of blocks without end"));
        }
        Ok(())
    }

    fn open(&mut self, index: u64, begun: Begun, out: &mut Vec<Delta>) {
        let kind = match begun.block {
            Block::Text | Block::Refusal => Kind::Text,
            Block::Thinking => Kind::Thinking,
            Block::Redacted(_) => Kind::Whole,
            Block::Call { .. } => Kind::Call,
            Block::Opaque(_) => Kind::Opaque,
        };
        out.push(Delta::Open(begun.block));
        out.extend(begun.body.map(if kind == Kind::Thinking { Delta::Thinking } else { Delta::Text }));
        out.extend(begun.signature.map(Delta::Signature));
        out.extend(begun.citations.into_iter().map(Delta::Opaque));
        self.open = Some(Open { index, kind, input: begun.input });
    }

    fn close(&mut self, out: &mut Vec<Delta>) {
        if let Some(open) = self.open.take() {
            out.extend(open.input.map(Delta::Arguments));
            out.push(Delta::Close);
        }
    }

    /// Opens the blocks that waited, up to the first that has not ended.
    fn promote(&mut self, out: &mut Vec<Delta>) {
        let mut waiting = std::mem::take(&mut self.waiting).into_iter();
        for next in waiting.by_ref() {
            self.open(next.index, next.begun, out);
            for content in next.pieces {
                let said = self.open.as_mut().is_some_and(|open| open.take(&content) == Fit::Said);
                out.extend(content.delta().filter(|_| said));
            }
            if !next.ended {
                break;
            }
            self.close(out);
        }
        self.waiting = waiting.collect();
    }
}

/// What a piece is to the open block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// A piece of it.
    Said,
    /// Something the vocabulary has no place for; clients of the same dialect may know it.
    Unsaid,
    /// Nothing that could be said in it.
    Stray,
    /// A piece of a block of another kind.
    Elsewhere,
}

impl Open {
    fn take(&mut self, content: &Content) -> Fit {
        match (content, self.kind) {
            (Content::Text(_) | Content::Citation(_), Kind::Text)
            | (Content::Thinking(_) | Content::Signature(_), Kind::Thinking)
            | (Content::Opaque(_), Kind::Text | Kind::Opaque) => Fit::Said,
            (Content::Arguments(_), Kind::Call | Kind::Opaque) => {
                self.input = None;
                Fit::Said
            }
            (Content::Text(_) | Content::Thinking(_), _) => Fit::Elsewhere,
            (Content::Opaque(_), _) => Fit::Unsaid,
            (Content::None | Content::Signature(_) | Content::Arguments(_) | Content::Citation(_), _) => {
                Fit::Stray
            }
        }
    }
}

/// The block that a piece would belong to; arguments don't tell which tool is called.
fn implied(content: &Content) -> Option<Begun> {
    let block = match content {
        Content::Text(_) => Block::Text,
        Content::Thinking(_) | Content::Signature(_) => Block::Thinking,
        Content::None | Content::Arguments(_) | Content::Citation(_) | Content::Opaque(_) => return None,
    };
    Some(Begun::empty(block))
}
