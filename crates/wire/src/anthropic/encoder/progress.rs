//! How far an answer has come in the client's eyes.

use canon::delta::{Block, Delta};
use canon::text::Text;

use crate::anthropic::stop::{self, Told};

/// What the client has got so far.
#[derive(Default)]
pub(super) struct Progress {
    pub(super) state: State,
    /// How many blocks have begun.
    begun: u64,
    /// Whether a call was among them.
    pub(super) called: bool,
    /// The ids of the calls, none twice: agents run only one of two calls with the same id.
    ids: Vec<Text>,
    /// How many characters of text, thinking and arguments were sent.
    characters: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing was sent.
    #[default]
    Fresh,
    /// No block is open.
    Between,
    /// A block is open.
    In(Inside),
    /// A block is open that this dialect can't express; nothing of it was sent.
    Unsaid,
    /// The reason was sent.
    Finished,
    /// Everything was sent.
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inside {
    Text,
    /// An empty text block that only keeps the client waiting; the next text goes on in it.
    Hold,
    Thinking,
    Call,
    Whole,
    Opaque,
}

impl Progress {
    /// Whether no block may come any more.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.state, State::Finished | State::Ended)
    }

    /// The number of the block that began last.
    pub(super) fn index(&self) -> u64 {
        self.begun.saturating_sub(1)
    }

    pub(super) fn takes_arguments(&self) -> bool {
        matches!(self.state, State::In(Inside::Call | Inside::Opaque))
    }

    pub(super) fn takes_opaque(&self) -> bool {
        matches!(self.state, State::In(Inside::Text | Inside::Opaque))
    }

    pub(super) fn open(&mut self, block: &Block) {
        self.begun += 1;
        if let Block::Call { id, name, .. } = block {
            self.called = true;
            self.ids.push(id.clone());
            self.count(name);
        }
        self.state = State::In(inside(block));
    }

    /// Counts characters for an estimate where the backend does not count tokens.
    pub(super) fn count(&mut self, text: &Text) {
        let bytes = text.stored();
        let characters = bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        self.characters += characters as u64;
    }

    /// The output in tokens, by its characters.
    pub(super) fn estimate(&self) -> u64 {
        self.characters.div_ceil(4)
    }

    /// An id for a call that has none or one that came before.
    pub(super) fn distinct_id(&self, block: &Block, ours: &Text) -> Option<Text> {
        let Block::Call { id, .. } = block else {
            return None;
        };
        if id.is_empty() {
            return Some(Text::plain(format!("toolu_{}_{}", ours.read(), self.begun)));
        }
        self.ids.contains(id).then(|| Text::plain(format!("{}_{}", id.read(), self.begun)))
    }

    /// A copy to try deltas on.
    pub(super) fn shadow(&self) -> Shadow<'_> {
        Shadow { progress: self, state: self.state, begun: self.begun }
    }
}

fn inside(block: &Block) -> Inside {
    match block {
        Block::Text | Block::Refusal => Inside::Text,
        Block::Thinking => Inside::Thinking,
        Block::Redacted(_) => Inside::Whole,
        Block::Call { .. } => Inside::Call,
        Block::Opaque(_) => Inside::Opaque,
    }
}

/// Where an answer would be after some more deltas.
pub(super) struct Shadow<'a> {
    progress: &'a Progress,
    state: State,
    begun: u64,
}

impl Shadow<'_> {
    /// Takes a delta whose frame numbers its block, and says whether the frame may come now as it is.
    pub(super) fn admits(&mut self, delta: &Delta, block: Option<u64>) -> bool {
        use Inside as I;
        let numbered = block == Some(self.begun.saturating_sub(1));
        let next = match (self.state, delta) {
            (State::Fresh, Delta::Start(_)) => State::Between,
            (State::Between, Delta::Open(opened)) => {
                if block != Some(self.begun) || !self.is_distinct(opened) {
                    return false;
                }
                self.begun += 1;
                State::In(inside(opened))
            }
            (State::In(I::Text), Delta::Text(_) | Delta::Opaque(_))
            | (State::In(I::Thinking), Delta::Thinking(_) | Delta::Signature(_))
            | (State::In(I::Call), Delta::Arguments(_))
            | (State::In(I::Opaque), Delta::Arguments(_) | Delta::Opaque(_))
                if numbered =>
            {
                self.state
            }
            (State::In(_), Delta::Close) if numbered => State::Between,
            (State::Between, Delta::Finish(finish)) => {
                let told = Told { called: self.progress.called, own: true };
                let plainly =
                    Told { called: matches!(finish.reason, canon::delta::StopReason::Calls), own: true };
                if stop::word(&finish.reason, told) != stop::word(&finish.reason, plainly) {
                    return false;
                }
                State::Finished
            }
            (State::Finished, Delta::End) => State::Ended,
            (state, Delta::Usage(_)) if state != State::Fresh => state,
            _ => return false,
        };
        self.state = next;
        true
    }

    fn is_distinct(&self, block: &Block) -> bool {
        match block {
            Block::Call { id, .. } => !id.is_empty() && !self.progress.ids.contains(id),
            _ => true,
        }
    }
}
