//! Everything that was seen, folded from facts one after the other. Each fold is a file; here they are put together.

mod counters;
mod guards;
mod histogram;
mod history;
mod metric;
mod month;
mod names;
mod recent;
mod requests;
mod ring;
mod saving;
mod slots;
mod sorted;
mod tally;

pub use ring::{RING, Since};

pub(crate) use counters::Counters;
pub(crate) use histogram::Histogram;
pub(crate) use history::{MINUTES, Minute, ProviderHistory, ProviderMinute, rate};
pub(crate) use metric::{Kind, METRICS, Metric, Row, Shown, Unit};
pub(crate) use recent::Entry;
pub(crate) use requests::Done;

use canon::event::{Event, Fact, Started};
use canon::id::RequestId;
use guards::Guards;
use history::History;
use month::ThisMonth;
use recent::Recent;
use requests::Requests;
use ring::Ring;
use std::time::SystemTime;
use tally::Tally;

/// Everything that was seen.
#[derive(Debug)]
pub struct Seen {
    pub(crate) started_at: SystemTime,
    pub(crate) startup: Option<Box<Started>>,
    pub(crate) requests: Requests,
    pub(crate) history: History,
    pub(crate) recent: Recent,
    pub(crate) guards: Guards,
    pub(crate) month: ThisMonth,
    tally: Tally,
    ring: Ring,
    /// Whether the Python program's counts are in.
    adopted: bool,
}

impl Seen {
    /// Nothing seen yet by a process that started at this moment.
    pub fn new(started: SystemTime) -> Self {
        Self {
            started_at: started,
            startup: None,
            requests: Requests::default(),
            history: History::new(),
            recent: Recent::new(),
            guards: Guards::default(),
            month: ThisMonth::new(started),
            tally: Tally::new(),
            ring: Ring::new(),
            adopted: false,
        }
    }

    /// Takes a fact in.
    pub fn hear(&mut self, event: Event) {
        let step = self.requests.hear(&event);
        self.tally.hear(&event, &step);
        let names = &mut self.tally.labels.providers;
        self.history.hear(&event, &step, names);
        self.recent.hear(&event, &step, names);
        self.guards.hear(&event);
        self.month.hear(&event);
        if let Fact::Started(started) = &event.fact {
            self.startup = Some(started.clone());
        }
        self.ring.push(event);
    }

    /// So many facts were lost on the way here.
    pub fn lost(&mut self, count: u64) {
        self.tally.counters.add(Metric::Lost, &[], count);
    }

    /// So many spans, or readings of metrics, have not reached a collector.
    pub fn untold(&mut self, signal: &'static str, count: u64) {
        self.tally.counters.add(Metric::Untold, &[signal], count);
    }

    /// The number of the latest fact; 0 where none was heard. A reader that begins here misses nothing to come.
    pub fn cursor(&self) -> u64 {
        self.ring.last()
    }

    /// The facts after the one with this number, and how many of them are gone. A reader's next cursor is the number
    /// of the last fact it got, or [`Self::cursor`].
    pub fn since(&self, cursor: u64) -> Since<impl Iterator<Item = (u64, &Event)>> {
        self.ring.since(cursor)
    }

    /// When counting began, which tells one run from another.
    pub fn started_at(&self) -> SystemTime {
        self.started_at
    }

    /// What of a request's facts is still there, oldest first.
    pub fn facts_of(&self, request: RequestId) -> impl Iterator<Item = &Event> {
        self.ring.of(request)
    }

    /// All counts.
    pub(crate) fn counters(&self) -> &Counters {
        &self.tally.counters
    }

    /// The providers that were ever seen, by name.
    pub(crate) fn providers(&self) -> impl Iterator<Item = &str> {
        self.tally.labels.providers.known()
    }
}
