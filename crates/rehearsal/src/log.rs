//! The requests a backend remembers. How long someone waits for them is `backend`'s business.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::seen::{Outcome, Seen};

/// How many requests are remembered; older ones are only counted.
const REMEMBERED: usize = 1000;

/// What has been seen, and a signal for whoever waits for more.
#[derive(Debug)]
pub(crate) struct Log {
    entries: Mutex<Entries>,
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Entries {
    newest: VecDeque<Seen>,
    /// The number of the first request in `newest`.
    first: u64,
}

/// The number under which a request was noted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket(u64);

impl Log {
    pub(crate) fn new() -> Self {
        Self { entries: Mutex::default(), changed: watch::Sender::new(()) }
    }

    pub(crate) fn note(&self, seen: Seen) -> Ticket {
        let mut entries = self.entries();
        entries.newest.push_back(seen);
        let ticket = Ticket(entries.first + entries.newest.len() as u64 - 1);
        if entries.newest.len() > REMEMBERED {
            entries.newest.pop_front();
            entries.first += 1;
        }
        drop(entries);
        self.changed.send_replace(());
        ticket
    }

    pub(crate) fn settle(&self, ticket: Ticket, outcome: Outcome) {
        let mut entries = self.entries();
        let place = ticket.0.checked_sub(entries.first).and_then(|place| usize::try_from(place).ok());
        if let Some(seen) = place.and_then(|place| entries.newest.get_mut(place)) {
            seen.outcome = outcome;
        }
        drop(entries);
        self.changed.send_replace(());
    }

    /// The requests remembered, oldest first.
    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.entries().newest.iter().cloned().collect()
    }

    /// Those of the requests from this number on that are remembered, and the number of the next one to come.
    pub(crate) fn requests_from(&self, number: u64) -> (Vec<Seen>, u64) {
        let entries = self.entries();
        let known = usize::try_from(number.saturating_sub(entries.first)).unwrap_or(usize::MAX);
        let requests = entries.newest.iter().skip(known).cloned().collect();
        (requests, entries.first + entries.newest.len() as u64)
    }

    /// Fires after every change from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
