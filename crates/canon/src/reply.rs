//! A whole answer: the collected stream. Spreading it gives the stream again.

use crate::delta::{Block, Delta, Finish, Head, StopReason};
use crate::text::{Json, Text};
use crate::usage::Usage;

/// A whole answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// How it began.
    pub head: Head,
    /// Its blocks, in order.
    pub blocks: Vec<ReplyBlock>,
    /// Why it ended; absent while it has not.
    pub finish: Option<Finish>,
    /// Token counts, merged from all reports.
    pub usage: Usage,
}

/// One block of a whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyBlock {
    /// What it is.
    pub block: Block,
    /// Its text, thinking, or arguments.
    pub body: Text,
    /// The signature of its thinking.
    pub signature: Option<Text>,
    /// Deltas without a word here.
    pub opaque: Vec<Json>,
    /// Whether it was closed.
    pub complete: bool,
}

/// Collects deltas into a [`Reply`].
#[derive(Debug, Default)]
pub struct Collector {
    reply: Reply,
    pieces: Vec<u8>,
    only: Option<Text>,
}

impl Collector {
    /// Takes the next delta in.
    pub fn push(&mut self, delta: &Delta) {
        match delta {
            Delta::Start(head) => {
                self.reply.usage.merge(&head.usage);
                self.reply.head = (**head).clone();
            }
            Delta::Open(block) => self.open(block),
            Delta::Text(text) | Delta::Thinking(text) | Delta::Arguments(text) => self.add(text),
            Delta::Signature(signature) => {
                if let Some(block) = self.reply.blocks.last_mut() {
                    block.signature = Some(signature.clone());
                }
            }
            Delta::Opaque(value) => {
                if let Some(block) = self.reply.blocks.last_mut() {
                    block.opaque.push(value.clone());
                }
            }
            Delta::Close => self.close(true),
            Delta::Finish(finish) => self.reply.finish = Some((**finish).clone()),
            Delta::Usage(usage) => self.reply.usage.merge(usage),
            Delta::End => {}
        }
    }

    /// The answer so far; a block left open keeps what it has.
    pub fn finish(mut self) -> Reply {
        self.close(false);
        self.reply
    }

    fn open(&mut self, block: &Block) {
        self.close(false);
        self.reply.blocks.push(ReplyBlock {
            block: block.clone(),
            body: Text::empty(),
            signature: None,
            opaque: Vec::new(),
            complete: false,
        });
    }

    /// A block of one piece, as most plain answers have, shares the piece instead of copying it.
    fn add(&mut self, piece: &Text) {
        if self.only.is_none() && self.pieces.is_empty() {
            self.only = Some(piece.clone());
            return;
        }
        if let Some(first) = self.only.take() {
            first.write_escaped(&mut self.pieces);
        }
        piece.write_escaped(&mut self.pieces);
    }

    fn close(&mut self, complete: bool) {
        let pieces = std::mem::take(&mut self.pieces);
        let body = self.only.take().unwrap_or_else(|| Text::escaped(pieces.into()));
        if let Some(block) = self.reply.blocks.last_mut().filter(|block| !block.complete) {
            block.body = body;
            block.complete = complete;
        }
    }
}

impl Reply {
    /// The answer as the stream it could have come as.
    pub fn spread(&self, out: &mut Vec<Delta>) {
        out.push(Delta::Start(Box::new(self.head.clone())));
        for block in &self.blocks {
            block.spread(out);
        }
        out.push(Delta::Usage(Box::new(self.usage.clone())));
        let finish = self.finish.clone().unwrap_or_else(|| Finish::new(StopReason::Other(None)));
        out.push(Delta::Finish(Box::new(finish)));
        out.push(Delta::End);
    }
}

impl ReplyBlock {
    fn spread(&self, out: &mut Vec<Delta>) {
        out.push(Delta::Open(self.block.clone()));
        let body = self.body.clone();
        match self.block {
            _ if body.is_empty() => {}
            Block::Text | Block::Refusal => out.push(Delta::Text(body)),
            Block::Thinking => out.push(Delta::Thinking(body)),
            Block::Call { .. } | Block::Opaque(_) => out.push(Delta::Arguments(body)),
            Block::Redacted(_) => {}
        }
        out.extend(self.signature.clone().map(Delta::Signature));
        out.extend(self.opaque.iter().cloned().map(Delta::Opaque));
        out.push(Delta::Close);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collect_undoes_spread() {
        let reply = Reply {
            blocks: vec![ReplyBlock {
                block: Block::Call { id: "c1".into(), name: "Write".into(), signature: None },
                body: "{\"a\":\"\\n\"}".into(),
                signature: None,
                opaque: Vec::new(),
                complete: true,
            }],
            finish: Some(Finish::new(StopReason::Calls)),
            usage: Usage { output: Some(3), ..Usage::default() },
            ..Reply::default()
        };
        let mut deltas = Vec::new();
        reply.spread(&mut deltas);
        let mut collector = Collector::default();
        deltas.iter().for_each(|delta| collector.push(delta));
        assert_eq!(collector.finish(), reply);
    }
}
