//! What a provider's latest answers were like: how soon they came, and how many failed. Nothing is compared here.

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
/// sample. Latencies are kept sorted, so that a median costs a look while nothing has expired.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// Oldest first, and no time before the one in front of it.
    recent: VecDeque<Sample>,
    /// How many of `recent` failed.
    failures: usize,
    /// The latencies of those of `recent` that were answered.
    latencies: ByMode<Latencies>,
    /// Oldest first, at most [`FIRST_TOKENS_LIMIT`].
    first_tokens: VecDeque<Timed>,
}

#[derive(Clone, Copy, Debug)]
struct Sample {
    at: Instant,
    outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Timed {
    latency: Duration,
    at: Instant,
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

/// How long answers of one mode took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latency {
    /// The answers that were timed; at least 1.
    pub count: usize,
    /// Half of them were at least this fast; between two middle ones, their mean.
    pub median: Duration,
    /// Nineteen of twenty were at least this fast.
    pub p95: Duration,
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
        self.recent.push_back(Sample { at, outcome });
        match outcome {
            Outcome::Failed => self.failures += 1,
            Outcome::Answered { mode, latency } => {
                let timed = Timed { latency, at };
                self.latencies.of_mut(mode).insert(timed);
                if mode == Mode::Stream {
                    push_bounded(&mut self.first_tokens, timed);
                }
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
        let old = self.expired(now);
        let latency = |mode| self.latencies.of(mode).summary(old.cutoff);
        Stats {
            count: self.recent.len() - old.count,
            failures: self.failures - old.failures,
            stream: latency(Mode::Stream),
            whole: latency(Mode::Whole),
        }
    }

    /// The 95th percentile of the first tokens of the last hour; none under [`HEDGE_SAMPLES`] of them.
    pub fn hedge_delay(&self, now: Instant) -> Option<Duration> {
        let recent = self.first_tokens.iter().filter(|timed| !is_over(timed.at, HORIZON, now));
        let mut latencies: Vec<Duration> = recent.map(|timed| timed.latency).collect();
        latencies.sort_unstable();
        let enough = latencies.len() >= HEDGE_SAMPLES;
        enough.then(|| latencies[p95_place(latencies.len())])
    }

    /// What an order is decided by, as of `now`.
    pub(super) fn recent(&self, mode: Mode, now: Instant) -> Recent {
        let old = self.expired(now);
        let latencies = self.latencies.of(mode);
        let answers = latencies.count(old.cutoff);
        Recent {
            count: self.recent.len() - old.count,
            failures: self.failures - old.failures,
            answers,
            median: latencies.median(answers, old.cutoff),
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

    /// Makes room for one more sample at `now`.
    fn forget(&mut self, now: Instant) {
        while self
            .recent
            .front()
            .is_some_and(|first| self.recent.len() == SAMPLES_LIMIT || is_over(first.at, WINDOW, now))
        {
            let Some(Sample { at, outcome }) = self.recent.pop_front() else { return };
            match outcome {
                Outcome::Failed => self.failures -= 1,
                Outcome::Answered { mode, latency } => {
                    self.latencies.of_mut(mode).remove(Timed { latency, at });
                }
            }
        }
    }

    fn expired(&self, now: Instant) -> Expired {
        let mut old = Expired::default();
        for sample in self.recent.iter().take_while(|sample| is_over(sample.at, WINDOW, now)) {
            old.count += 1;
            old.failures += usize::from(sample.outcome == Outcome::Failed);
            old.cutoff = now.checked_sub(WINDOW);
        }
        old
    }
}

/// The samples at the front that no longer count.
#[derive(Default)]
struct Expired {
    count: usize,
    failures: usize,
    /// The earliest time that still counts; none where everything does.
    cutoff: Option<Instant>,
}

/// Timed answers of one mode, fastest first.
#[derive(Clone, Debug, Default)]
struct Latencies(Vec<Timed>);

impl Latencies {
    fn insert(&mut self, timed: Timed) {
        let (Ok(place) | Err(place)) = self.0.binary_search(&timed);
        self.0.insert(place, timed);
    }

    fn remove(&mut self, timed: Timed) {
        if let Ok(place) = self.0.binary_search(&timed) {
            self.0.remove(place);
        }
    }

    fn count(&self, cutoff: Option<Instant>) -> usize {
        match cutoff {
            None => self.0.len(),
            Some(cutoff) => self.0.iter().filter(|timed| timed.at >= cutoff).count(),
        }
    }

    /// The latency at a place among those that count.
    fn at(&self, place: usize, cutoff: Option<Instant>) -> Option<Duration> {
        let timed = match cutoff {
            None => self.0.get(place),
            Some(cutoff) => self.0.iter().filter(|timed| timed.at >= cutoff).nth(place),
        };
        timed.map(|timed| timed.latency)
    }

    fn median(&self, count: usize, cutoff: Option<Instant>) -> Option<Duration> {
        let upper = self.at(count / 2, cutoff)?;
        if count % 2 == 1 {
            return Some(upper);
        }
        Some((self.at(count / 2 - 1, cutoff)? + upper) / 2)
    }

    fn summary(&self, cutoff: Option<Instant>) -> Option<Latency> {
        let count = self.count(cutoff);
        let median = self.median(count, cutoff)?;
        Some(Latency { count, median, p95: self.at(p95_place(count), cutoff)? })
    }
}

fn push_bounded(ring: &mut VecDeque<Timed>, timed: Timed) {
    if ring.len() == FIRST_TOKENS_LIMIT {
        ring.pop_front();
    }
    ring.push_back(timed);
}

/// The place of the 95th percentile among `count` sorted values, at least one.
fn p95_place(count: usize) -> usize {
    (count * 95).div_ceil(100).saturating_sub(1)
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn is_over(at: Instant, limit: Duration, now: Instant) -> bool {
    now.saturating_duration_since(at) > limit
}
