//! Latencies kept sorted, so that a median is a look. Which of them still count is told by the caller.

use std::time::Duration;

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

/// A latency and the number of its sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Numbered {
    pub(super) latency: Duration,
    pub(super) number: u64,
}

/// Answers of one mode, fastest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Latencies(Vec<Numbered>);

/// Those of a provider's latencies that count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Live {
    /// How many they are.
    pub(super) count: usize,
    /// The number of the first sample that counts; all later ones do.
    pub(super) first: u64,
}

impl Latencies {
    pub(super) fn insert(&mut self, numbered: Numbered) {
        let (Ok(place) | Err(place)) = self.0.binary_search(&numbered);
        self.0.insert(place, numbered);
    }

    pub(super) fn remove(&mut self, numbered: Numbered) {
        if let Ok(place) = self.0.binary_search(&numbered) {
            self.0.remove(place);
        }
    }

    pub(super) fn median(&self, live: Live) -> Option<Duration> {
        let middle = live.count.checked_sub(1)? / 2;
        let (lower, upper) = self.pair(middle, live)?;
        Some(if live.count % 2 == 1 { lower } else { (lower + upper) / 2 })
    }

    pub(super) fn summary(&self, live: Live) -> Option<Latency> {
        let median = self.median(live)?;
        let (p95, _) = self.pair(p95_place(live.count), live)?;
        Some(Latency { count: live.count, median, p95 })
    }

    /// The latency at a place among those that count, and the next one, which is itself at the end.
    fn pair(&self, place: usize, live: Live) -> Option<(Duration, Duration)> {
        let (first, second) = if live.count == self.0.len() {
            (self.0.get(place), self.0.get(place + 1))
        } else {
            let mut counting = self.0.iter().filter(|numbered| numbered.number >= live.first);
            (counting.nth(place), counting.next())
        };
        let first = first?.latency;
        Some((first, second.map_or(first, |second| second.latency)))
    }
}

/// The place of the 95th percentile among `count` sorted values, at least one.
pub(super) fn p95_place(count: usize) -> usize {
    (count * 95).div_ceil(100).saturating_sub(1)
}
