//! The latest facts as they came, with numbers by which a reader knows where it is.

use canon::event::Event;
use canon::id::RequestId;
use std::collections::VecDeque;

/// How many are kept.
pub const RING: usize = 4_096;

/// The latest facts.
#[derive(Debug)]
pub(super) struct Ring {
    events: VecDeque<Event>,
    /// The number of the latest one; the first ever has 1.
    last: u64,
}

/// What a reader has not seen yet.
#[derive(Debug)]
pub struct Since<I> {
    /// How many are gone that it has not seen.
    pub missed: u64,
    /// The facts that are left, oldest first, each with its number.
    pub events: I,
}

impl Ring {
    pub(super) fn new() -> Self {
        Self { events: VecDeque::with_capacity(RING), last: 0 }
    }

    pub(super) fn push(&mut self, event: Event) {
        if self.events.len() == RING {
            self.events.pop_front();
        }
        self.events.push_back(event);
        self.last += 1;
    }

    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// What came after the fact of a number. A number that nobody has had yet is of an earlier run: all is new then.
    pub(super) fn since(&self, cursor: u64) -> Since<impl Iterator<Item = (u64, &Event)>> {
        let gone = self.last - self.events.len() as u64;
        let cursor = if cursor > self.last { 0 } else { cursor };
        let missed = gone.saturating_sub(cursor);
        let seen = usize::try_from(cursor.saturating_sub(gone)).unwrap_or(RING);
        let events = (gone + 1..).zip(&self.events).skip(seen);
        Since { missed, events }
    }

    /// What there still is of a request, oldest first.
    pub(super) fn of(&self, request: RequestId) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(move |event| event.request == Some(request))
    }
}
