//! Whether a backend's frame may be handed on among chunks of our own.

use super::{Encoder, Open, Stage};
use crate::codec::Seen;
use crate::openai::finish;
use canon::delta::{Block, Delta};

impl Encoder {
    /// Whether a frame that says these deltas, all of them and nothing else, may be relayed now as it came: what it
    /// begins must be new, its calls must have the numbers ours would get, and it must leave nothing out that we
    /// would add.
    pub fn follows(&self, seen: &Seen, deltas: &[Delta]) -> bool {
        let begins = matches!(deltas.first(), Some(Delta::Start(_)));
        if !seen.relayable || self.stage == Stage::Ended || begins != (self.stage == Stage::Before) {
            return false;
        }
        if !(begins && self.is_own || self.heads_agree) {
            return false;
        }
        if seen.usage_only
            && !(self.voice.include_usage && self.stage == Stage::Finished && !self.counts_relayed)
        {
            return false;
        }
        let relayed = self.call_relayed;
        let mut client = Client { open: self.open, calls: self.calls, block: seen.block, relayed };
        deltas.iter().all(|delta| self.admits(delta, &mut client))
    }

    fn admits(&self, delta: &Delta, client: &mut Client) -> bool {
        match delta {
            Delta::Start(head) => head.id.is_some() && head.created.is_some(),
            Delta::Usage(_) => true,
            Delta::Finish(finish) => {
                let mut holds = self.holds;
                holds.calls |= client.calls > 0;
                self.stage != Stage::Finished
                    && client.leaves()
                    && finish::agreed(finish.reason.clone(), holds) == finish.reason
            }
            // Counts that the client asked for and the backend did not send are written in front of the end.
            Delta::End => self.stage == Stage::Finished && (self.counts_relayed || !self.voice.include_usage),
            _ => self.stage != Stage::Finished && client.goes_on(delta),
        }
    }
}

/// What the client will have got when a delta of the frame comes.
struct Client {
    open: Option<Open>,
    calls: u64,
    /// The number of the frame's first call, until it was compared.
    block: Option<u64>,
    /// Whether the open call came to the client as the backend wrote it.
    relayed: bool,
}

impl Client {
    fn goes_on(&mut self, delta: &Delta) -> bool {
        match delta {
            Delta::Open(block) => {
                let left = self.leaves();
                left && self.enters(block)
            }
            Delta::Arguments(_) => {
                let known = self.block.take().is_none_or(|number| Some(number) == self.calls.checked_sub(1));
                let is_call = matches!(self.open, Some(Open::BareCall | Open::Call));
                self.open = Some(Open::Call);
                known && is_call && self.relayed
            }
            Delta::Close => self.leaves(),
            _ => true,
        }
    }

    fn enters(&mut self, block: &Block) -> bool {
        let Block::Call { .. } = block else {
            self.open = None;
            return true;
        };
        let known = self.block.take().is_none_or(|number| number == self.calls);
        self.calls += 1;
        self.relayed = true;
        self.open = Some(Open::BareCall);
        known
    }

    /// A call without arguments must not be left so.
    fn leaves(&mut self) -> bool {
        self.open.take() != Some(Open::BareCall)
    }
}
