//! The tool calls of one stream: which call a piece belongs to, and when it may be told. Blocks are told one at a
//! time, so pieces of a later call wait until the earlier one is whole.

use super::slot::{Slot, Stage};
use crate::openai::chunk::CallPiece;
use canon::delta::Delta;
use canon::fault::{Fault, FaultKind};
use canon::text::Text;

/// The most calls one answer may hold.
const CALL_LIMIT: usize = 512;
/// The most bytes of arguments that wait for an earlier call to end.
const WAITING_LIMIT: usize = 16 << 20;

/// The calls, in the order they began.
#[derive(Debug, Default)]
pub(super) struct Calls {
    slots: Vec<Slot>,
    /// Slots before this one are closed; this one alone may be open. `front <= slots.len()`.
    front: usize,
    /// Bytes of arguments taken in and not told yet.
    waiting: usize,
    /// Whether a call was left out, so that later ones have another number than on the wire.
    shifted: bool,
    /// Goes into the ids of calls that have none.
    seed: u32,
}

impl Calls {
    /// Sets what makes generated ids differ from one answer to the next.
    pub(super) fn seed(&mut self, seed: u32) {
        self.seed = seed;
    }

    /// Takes a piece in and tells what can be told. Returns whether a client that is handed the piece as it came
    /// reads exactly what was told.
    ///
    /// # Errors
    /// `Malformed` where a limit is broken.
    pub(super) fn take(&mut self, piece: &CallPiece, out: &mut Vec<Delta>) -> Result<bool, Fault> {
        let known = self.find(piece);
        let at = known.unwrap_or(self.slots.len());
        if known.is_none() {
            self.begin(piece)?;
        }
        if at < self.front || self.slots[at].has_heard(piece) {
            return Ok(false);
        }
        self.waiting += self.slots[at].take(piece);
        self.advance(out);
        if self.waiting > WAITING_LIMIT {
            return Err(Fault::new(FaultKind::Malformed, "interleaved tool calls are too large"));
        }
        let in_form = if known.is_none() { piece.begins_for_all() } else { piece.continues_for_all() };
        let in_place = self.front == at && !self.shifted && piece.index == Some(at as u64);
        Ok(in_form && in_place && self.slots[at].tells_as_it_came())
    }

    /// Whether no call waits for pieces that must still come.
    pub(super) fn is_settled(&self) -> bool {
        self.slots[self.front..].iter().all(Slot::is_whole)
    }

    /// Whether closing them would tell nothing new.
    pub(super) fn are_told(&self) -> bool {
        let rest = &self.slots[self.front..];
        rest.len() <= 1 && self.waiting == 0 && rest.iter().all(|slot| slot.stage() == Stage::Open)
    }

    /// Whether any call was told.
    pub(super) fn were_told(&self) -> bool {
        self.slots.iter().any(|slot| slot.told_id().is_some())
    }

    /// Tells all that waits and closes every call; calls without a name are left out.
    pub(super) fn close(&mut self, out: &mut Vec<Delta>) {
        while let Some(slot) = self.slots.get(self.front) {
            if slot.is_named() {
                self.open_front(out);
            }
            self.leave_front(out);
        }
    }

    fn begin(&mut self, piece: &CallPiece) -> Result<(), Fault> {
        if self.slots.len() == CALL_LIMIT {
            return Err(Fault::new(FaultKind::Malformed, "more tool calls than an answer may hold"));
        }
        self.slots.push(Slot::new(piece));
        Ok(())
    }

    /// The slot a piece goes on with; `None` where it begins another call. Servers leave out the index, give all
    /// calls the same one, repeat the id or make up a new one in every piece.
    fn find(&self, piece: &CallPiece) -> Option<usize> {
        let with_index =
            piece.index.and_then(|_| self.slots.iter().rposition(|slot| slot.index() == piece.index));
        let with_id = piece
            .id
            .as_ref()
            .and_then(|_| self.slots.iter().rposition(|slot| slot.id() == piece.id.as_ref()));
        let nearest = match (piece.index, with_index, with_id) {
            (_, Some(at), _) => at,
            (Some(_), None, _) if piece.name.is_some() => return None,
            (_, None, Some(at)) => at,
            (_, None, None) => self.slots.len().checked_sub(1)?,
        };
        (!self.slots[nearest].is_followed_by(piece)).then_some(nearest)
    }

    /// Tells the front call's pieces, and while it is whole and another waits, goes on to that one.
    fn advance(&mut self, out: &mut Vec<Delta>) {
        while let Some(slot) = self.slots.get(self.front) {
            if slot.is_ready() {
                self.open_front(out);
            }
            if self.front + 1 == self.slots.len() || !self.slots[self.front].is_whole() {
                return;
            }
            self.leave_front(out);
        }
    }

    fn open_front(&mut self, out: &mut Vec<Delta>) {
        let id = self.distinct_id(self.front);
        self.waiting -= self.slots[self.front].tell(&id, out);
    }

    fn leave_front(&mut self, out: &mut Vec<Delta>) {
        let slot = &mut self.slots[self.front];
        self.shifted |= slot.stage() == Stage::Unopened;
        self.waiting -= slot.close(out);
        self.front += 1;
    }

    /// The slot's id, or one made up, unlike those of all calls before it.
    fn distinct_id(&self, at: usize) -> Text {
        let slot = &self.slots[at];
        let own = slot.id().cloned().unwrap_or_else(|| Text::plain(format!("call_{:08x}{at}", self.seed)));
        if self.slots[..at].iter().all(|earlier| earlier.told_id() != Some(&own)) {
            return own;
        }
        Text::plain(format!("{own}_{at}"))
    }
}
