//! What a provider's latest answers were like: how soon they came, and how many failed. Nothing is compared here.

use super::latencies::{Latencies, Latency, Live, Numbered, p95_place};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long a sample counts. One of exactly this age still does.
pub const WINDOW: Duration = Duration::from_secs(60);

/// The most samples of a provider that are kept; the oldest is forgotten first.
pub const SAMPLES_LIMIT: usize = 256;

/// How long a first token counts for hedging: far longer than [`WINDOW`], as rare tails need many samples.
pub const HORIZON: Duration = Duration::from_secs(3600);

/// The most first tokens that are kept for hedging; the oldest is forgotten first.
pub const FIRST_TOKENS_LIMIT: usize = 64;

/// The first tokens that a 95th percentile for hedging needs. With fewer it would be the slowest one seen.
pub const HEDGE_SAMPLES: usize = 20;

/// How an answer is asked for. The times of the two are never compared with one another: a stream's ends at its
/// first token, a whole answer's where everything is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As a stream.
    Stream,
    /// In one piece.
    Whole,
}

/// How an attempt went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered.
    Answered {
        /// How it was asked for.
        mode: Mode,
        /// To the first token of a stream, to the end of a whole answer.
        latency: Duration,
    },
    /// It failed. How long that took says nothing about how fast answers are.
    Failed,
}

/// One of something for each [`Mode`].
#[derive(Clone, Debug, Default)]
pub(super) struct ByMode<T> {
    stream: T,
    whole: T,
}

impl<T> ByMode<T> {
    pub(super) fn of(&self, mode: Mode) -> &T {
        match mode {
            Mode::Stream => &self.stream,
            Mode::Whole => &self.whole,
        }
    }

    pub(super) fn of_mut(&mut self, mode: Mode) -> &mut T {
        match mode {
            Mode::Stream => &mut self.stream,
            Mode::Whole => &mut self.whole,
        }
    }
}

/// The latest samples of one provider.
///
/// Reading never changes anything: what is too old by then is left out of the count, and forgotten with the next
/// sample. Totals run on and latencies are kept sorted, so that a reading does not go through the samples.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// Oldest first, and no time before the one in front of it.
    recent: VecDeque<Sample>,
    /// Everything ever recorded.
    totals: Totals,
    /// The latencies of those of `recent` that were answered.
    latencies: ByMode<Latencies>,
    /// Of streams, with the time of each; oldest first, at most [`FIRST_TOKENS_LIMIT`].
    first_tokens: VecDeque<(Instant, Duration)>,
}

#[derive(Clone, Copy, Debug)]
struct Sample {
    at: Instant,
    outcome: Outcome,
    /// All that came before it.
    before: Totals,
}

/// Counts of samples.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    count: u64,
    failures: u64,
    streams: u64,
    wholes: u64,
}

impl Totals {
    fn add(&mut self, outcome: Outcome) {
        self.count += 1;
        match outcome {
            Outcome::Failed => self.failures += 1,
            Outcome::Answered { mode: Mode::Stream, .. } => self.streams += 1,
            Outcome::Answered { mode: Mode::Whole, .. } => self.wholes += 1,
        }
    }
}

/// A provider's window as a person reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// All samples.
    pub count: usize,
    /// Those that failed.
    pub failures: usize,
    /// Times to the first token of streams; absent where there are none.
    pub stream: Option<Latency>,
    /// Times of whole answers; absent where there are none.
    pub whole: Option<Latency>,
}

impl Stats {
    /// The share of samples that failed, from 0 to 1; 0 where there are none.
    pub fn error_rate(&self) -> f64 {
        share(self.failures, self.count)
    }
}

/// What an order is decided by.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Recent {
    pub(super) count: usize,
    pub(super) failures: usize,
    /// Timed answers of the mode that is asked for.
    pub(super) answers: usize,
    /// Their median, where there are any.
    pub(super) median: Option<Duration>,
}

impl Recent {
    pub(super) fn error_rate(&self) -> f64 {
        share(self.failures, self.count)
    }
}

impl Samples {
    /// Takes in how an attempt went. Times go forward only: an earlier `now` than the last one counts as that.
    pub fn record(&mut self, outcome: Outcome, now: Instant) {
        let at = self.recent.back().map_or(now, |last| last.at.max(now));
        self.forget(at);
        let before = self.totals;
        self.totals.add(outcome);
        self.recent.push_back(Sample { at, outcome, before });
        if let Outcome::Answered { mode, latency } = outcome {
            self.latencies.of_mut(mode).insert(Numbered { latency, number: before.count });
            if mode == Mode::Stream {
                if self.first_tokens.len() == FIRST_TOKENS_LIMIT {
                    self.first_tokens.pop_front();
                }
                self.first_tokens.push_back((at, latency));
            }
        }
    }

    /// Counts `steps` failures that no attempt had, so that a provider found wanting elsewhere moves back. They
    /// are failures like any other: with too few samples beside them, nothing follows.
    pub fn demote(&mut self, steps: usize, now: Instant) {
        for _ in 0..steps.min(SAMPLES_LIMIT) {
            self.record(Outcome::Failed, now);
        }
    }

    /// The window as of `now`.
    pub fn stats(&self, now: Instant) -> Stats {
        let gone = self.gone(now);
        let latency = |mode| self.latencies.of(mode).summary(self.live(mode, &gone));
        Stats {
            count: (self.totals.count - gone.count) as usize,
            failures: (self.totals.failures - gone.failures) as usize,
            stream: latency(Mode::Stream),
            whole: latency(Mode::Whole),
        }
    }

    /// The 95th percentile of the first tokens of the last hour; none under [`HEDGE_SAMPLES`] of them.
    pub fn hedge_delay(&self, now: Instant) -> Option<Duration> {
        let recent = self.first_tokens.iter().filter(|(at, _)| !is_over(*at, HORIZON, now));
        let mut latencies: Vec<Duration> = recent.map(|(_, latency)| *latency).collect();
        latencies.sort_unstable();
        let enough = latencies.len() >= HEDGE_SAMPLES;
        enough.then(|| latencies[p95_place(latencies.len())])
    }

    /// What an order is decided by, as of `now`.
    pub(super) fn recent(&self, mode: Mode, now: Instant) -> Recent {
        let gone = self.gone(now);
        let live = self.live(mode, &gone);
        Recent {
            count: (self.totals.count - gone.count) as usize,
            failures: (self.totals.failures - gone.failures) as usize,
            answers: live.count,
            median: self.latencies.of(mode).median(live),
        }
    }

    /// What came at `start` or later and still counts: the slowest answer of a mode, none where there was none or
    /// an attempt failed.
    pub(super) fn slowest_since(&self, start: Instant, mode: Mode, now: Instant) -> Option<Duration> {
        let counts = |sample: &&Sample| sample.at >= start && !is_over(sample.at, WINDOW, now);
        let mut slowest = None;
        for sample in self.recent.iter().rev().take_while(counts) {
            match sample.outcome {
                Outcome::Failed => return None,
                Outcome::Answered { mode: its, latency } if its == mode => {
                    slowest = slowest.max(Some(latency));
                }
                Outcome::Answered { .. } => {}
            }
        }
        slowest
    }

    /// All samples before the first that counts.
    fn gone(&self, now: Instant) -> Totals {
        let old = |sample: &Sample| is_over(sample.at, WINDOW, now);
        let first = match self.recent.front() {
            Some(front) if old(front) => self.recent.get(self.recent.partition_point(old)),
            front => front,
        };
        first.map_or(self.totals, |first| first.before)
    }

    fn live(&self, mode: Mode, gone: &Totals) -> Live {
        let count = match mode {
            Mode::Stream => self.totals.streams - gone.streams,
            Mode::Whole => self.totals.wholes - gone.wholes,
        };
        Live { count: count as usize, first: gone.count }
    }

    /// Makes room for one more sample at `now`.
    fn forget(&mut self, now: Instant) {
        while let Some(&Sample { at, outcome, before }) = self.recent.front() {
            if self.recent.len() < SAMPLES_LIMIT && !is_over(at, WINDOW, now) {
                return;
            }
            self.recent.pop_front();
            if let Outcome::Answered { mode, latency } = outcome {
                self.latencies.of_mut(mode).remove(Numbered { latency, number: before.count });
            }
        }
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn is_over(at: Instant, limit: Duration, now: Instant) -> bool {
    now.saturating_duration_since(at) > limit
}
