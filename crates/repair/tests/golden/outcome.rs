//! What a scanner makes of a text, cut as one likes.

use crate::case::{Block, Case, json};
use repair::scanner::{Found, Limits, Rejected, Scanner, Sink, implies_thinking};
use repair::toolbox::Toolbox;
use repair::value::Value;
use std::sync::Arc;

/// Everything that came out.
#[derive(Debug, Default)]
pub struct Outcome {
    pub blocks: Vec<Block>,
    pub calls: Vec<Found>,
    pub rejected: Vec<Rejected>,
    /// The text as it came, whatever became of it.
    pub whole: String,
    /// What is neither text nor thinking.
    pub dropped: String,
}

impl Sink for Outcome {
    fn text(&mut self, text: &str) {
        self.whole.push_str(text);
        match self.blocks.last_mut() {
            Some(Block::Text(block)) => block.push_str(text),
            _ => self.blocks.push(Block::Text(text.to_owned())),
        }
    }

    fn thinking(&mut self, text: &str) {
        self.whole.push_str(text);
        match self.blocks.last_mut() {
            Some(Block::Thinking(block)) => block.push_str(text),
            _ => self.blocks.push(Block::Thinking(text.to_owned())),
        }
    }

    fn call(&mut self, call: Found) {
        self.blocks.push(Block::Call(call.name.to_string(), call.arguments.to_json()));
        self.calls.push(call);
    }

    fn misfit(&mut self, misfit: Rejected) {
        self.rejected.push(misfit);
    }

    fn dropped(&mut self, text: &str) {
        self.whole.push_str(text);
        self.dropped.push_str(text);
    }
}

/// Scans a case's text, cut before each of the places.
pub fn scan(case: &Case, tools: &Arc<Toolbox>, cuts: impl IntoIterator<Item = usize>) -> Outcome {
    let mut outcome = Outcome::default();
    let starts_thinking = !case.thinking && implies_thinking(&case.raw);
    let limits = Limits { is_thinking: case.thinking, starts_thinking, ..Limits::default() };
    let mut scanner = Scanner::new(Arc::clone(tools), limits);
    let mut from = 0;
    for cut in cuts.into_iter().chain([case.raw.len()]) {
        if cut > from && case.raw.is_char_boundary(cut) {
            scanner.push(&case.raw[from..cut], &mut outcome);
            from = cut;
        }
    }
    scanner.finish(case.edge, &mut outcome);
    outcome
}

/// Whether blocks are the same: text trimmed, arguments by what they mean.
pub fn same(got: &[Block], expected: &[Block]) -> bool {
    let got: Vec<&Block> = got.iter().filter(|block| !is_blank(block)).collect();
    let expected: Vec<&Block> = expected.iter().filter(|block| !is_blank(block)).collect();
    got.len() == expected.len()
        && got.iter().zip(expected).all(|pair| match pair {
            (Block::Text(got), Block::Text(expected)) | (Block::Thinking(got), Block::Thinking(expected)) => {
                got.trim() == expected.trim()
            }
            (Block::Call(got, mine), Block::Call(expected, theirs)) => {
                got == expected && json(mine).same(&json(theirs))
            }
            _ => false,
        })
}

/// Only the calls.
pub fn calls(blocks: &[Block]) -> Vec<(String, Value<'_>)> {
    blocks
        .iter()
        .filter_map(|block| match block {
            Block::Call(name, arguments) => Some((name.clone(), json(arguments))),
            _ => None,
        })
        .collect()
}

fn is_blank(block: &Block) -> bool {
    matches!(block, Block::Text(text) | Block::Thinking(text) if text.trim().is_empty())
}

/// How many pieces of so many characters come in before anything goes out.
pub fn first_out(case: &Case, tools: &Arc<Toolbox>, size: usize) -> usize {
    let mut outcome = Outcome::default();
    let mut scanner = Scanner::new(Arc::clone(tools), Limits::default());
    let chars: Vec<char> = case.raw.chars().collect();
    for (at, piece) in chars.chunks(size).enumerate() {
        scanner.push(&piece.iter().collect::<String>(), &mut outcome);
        if !outcome.blocks.is_empty() {
            return at + 1;
        }
    }
    usize::MAX
}
