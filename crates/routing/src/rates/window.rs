//! A sliding window over amounts, kept in buckets so that its memory has a bound.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How much happened within the last stretch of time. An amount counts for at least the whole stretch, and for at
/// most one bucket longer: no real window ever holds more than this one admits.
#[derive(Debug)]
pub(super) struct Window {
    /// Where bucket `span` + 1 begins. Lower ones lie before it, which an `Instant` may not be able to.
    start: Instant,
    /// The length of a bucket.
    width: Duration,
    /// The stretch in buckets.
    span: u32,
    /// Buckets with something in them, oldest first: at most `span` + 1 of them.
    buckets: VecDeque<(u32, u64)>,
}

/// Where an amount was put, so that it can be corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(u32);

impl Window {
    /// The last minute, in seconds.
    pub(super) fn minute(start: Instant) -> Self {
        Self::new(start, Duration::from_secs(1), 60)
    }

    /// The last day, in quarters of an hour.
    pub(super) fn day(start: Instant) -> Self {
        Self::new(start, Duration::from_secs(15 * 60), 96)
    }

    fn new(start: Instant, width: Duration, span: u32) -> Self {
        Self { start, width, span, buckets: VecDeque::new() }
    }

    /// When `amount` more fits under the limit; none where it does now. An amount above the limit itself fits once
    /// nothing else is there: waiting longer would not help it.
    pub(super) fn wait(&mut self, limit: u64, amount: u64, now: Instant) -> Option<Instant> {
        self.expire(now);
        let total = self.buckets.iter().fold(0, |sum: u64, (_, amount)| sum.saturating_add(*amount));
        let excess = total.saturating_add(amount.min(limit)).saturating_sub(limit);
        let mut freed: u64 = 0;
        let last = self.buckets.iter().filter(|_| excess > 0).find(|(_, amount)| {
            freed = freed.saturating_add(*amount);
            freed >= excess
        });
        last.map(|(bucket, _)| self.start + self.width * *bucket)
    }

    /// Puts an amount in.
    pub(super) fn add(&mut self, amount: u64, now: Instant) -> Slot {
        self.expire(now);
        let bucket = self.bucket(now);
        self.put(bucket, amount);
        Slot(bucket)
    }

    /// Puts an amount of an earlier run in, that was added so long ago.
    pub(super) fn add_past(&mut self, amount: u64, ago: Duration, now: Instant) {
        let back = u32::try_from(ago.as_nanos() / self.width.as_nanos()).unwrap_or(u32::MAX);
        if back <= self.span {
            self.put(self.bucket(now).saturating_sub(back), amount);
        }
    }

    /// Takes back a part of what was put in, unless that is past already.
    pub(super) fn take_back(&mut self, slot: Slot, amount: u64) {
        if let Ok(place) = self.place(slot.0) {
            let (_, sum) = &mut self.buckets[place];
            *sum = sum.saturating_sub(amount);
        }
    }

    /// What still counts: each amount, and how long ago it was added at the latest.
    pub(super) fn amounts(&mut self, now: Instant) -> Vec<(Duration, u64)> {
        self.expire(now);
        let elapsed = now.saturating_duration_since(self.start) + self.width * (self.span + 1);
        let ago = |bucket: u32| elapsed.saturating_sub(self.width * (bucket + 1));
        self.buckets.iter().map(|(bucket, amount)| (ago(*bucket), *amount)).collect()
    }

    fn bucket(&self, now: Instant) -> u32 {
        let passed = now.saturating_duration_since(self.start).as_nanos() / self.width.as_nanos();
        u32::try_from(passed).unwrap_or(u32::MAX).saturating_add(self.span + 1)
    }

    /// Forgets what is past: a bucket ends to count `span` buckets after its own end.
    fn expire(&mut self, now: Instant) {
        let current = self.bucket(now);
        while self.buckets.front().is_some_and(|(bucket, _)| bucket + self.span < current) {
            self.buckets.pop_front();
        }
    }

    fn put(&mut self, bucket: u32, amount: u64) {
        match self.place(bucket) {
            Ok(place) => self.buckets[place].1 = self.buckets[place].1.saturating_add(amount),
            Err(place) => self.buckets.insert(place, (bucket, amount)),
        }
    }

    fn place(&self, bucket: u32) -> Result<usize, usize> {
        self.buckets.binary_search_by_key(&bucket, |(known, _)| *known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);
    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn an_amount_counts_for_the_whole_stretch() {
        let start = Instant::now();
        let mut window = Window::minute(start);
        window.add(3, start + SECOND / 2);
        assert_eq!(window.wait(5, 2, start + SECOND), None);
        let free = window.wait(5, 3, start + SECOND).unwrap();
        assert_eq!(free, start + 61 * SECOND);
        assert!(window.wait(5, 3, free - SECOND / 1000).is_some());
        assert_eq!(window.wait(5, 3, free), None);
    }

    #[test]
    fn too_large_an_amount_waits_for_an_empty_window() {
        let start = Instant::now();
        let mut window = Window::minute(start);
        assert_eq!(window.wait(5, 50, start), None);
        window.add(1, start);
        assert_eq!(window.wait(5, 50, start), Some(start + 61 * SECOND));
    }

    #[test]
    fn what_is_taken_back_counts_no_more() {
        let start = Instant::now();
        let mut window = Window::minute(start);
        let slot = window.add(5, start);
        window.take_back(slot, 2);
        assert_eq!(window.wait(5, 2, start), None);
        window.take_back(slot, 9);
        window.take_back(Slot(9999), 9);
        assert_eq!(window.wait(5, 5, start), None);
    }

    #[test]
    fn amounts_outlive_a_run() {
        let start = Instant::now();
        let mut before = Window::minute(start);
        for second in [0, 10, 20, 30] {
            before.add(1, start + second * SECOND);
        }
        let now = start + 35 * SECOND;
        let mut after = Window::minute(start);
        for (ago, amount) in before.amounts(now) {
            after.add_past(amount, ago, start);
        }
        for seconds in 0..70 {
            let later = seconds * SECOND;
            let (was, is) = (before.wait(4, 1, now + later), after.wait(4, 1, start + later));
            assert!(was.is_none() || is.is_some(), "forgotten early after {seconds} s");
        }
        assert_eq!(after.wait(4, 4, start + 62 * SECOND), None);
        after.add_past(9, 2 * MINUTE, start);
        assert_eq!(after.wait(1, 1, start + 62 * SECOND), None);
    }

    proptest! {
        /// No real minute holds more than the limit; the wait that is told suffices and is a minute and a second
        /// at most; memory is bounded.
        #[test]
        fn no_real_minute_holds_more(
            limit in 1u64..40,
            steps in prop::collection::vec((0u64..4_000, 1u64..10), 1..300),
        ) {
            let start = Instant::now();
            let (mut window, mut now, mut admitted) = (Window::minute(start), start, Vec::new());
            for (millis, amount) in steps {
                now += Duration::from_millis(millis);
                let amount = amount.min(limit);
                match window.wait(limit, amount, now) {
                    None => {
                        window.add(amount, now);
                        admitted.push((now, amount));
                    }
                    Some(free) => {
                        prop_assert!(free > now && free <= now + MINUTE + SECOND);
                        let copy = &mut Window { buckets: window.buckets.clone(), ..Window::minute(start) };
                        prop_assert_eq!(copy.wait(limit, amount, free), None);
                    }
                }
                let recent = admitted.iter().filter(|(at, _)| *at + MINUTE > now);
                prop_assert!(recent.map(|(_, amount)| amount).sum::<u64>() <= limit);
                prop_assert!(window.buckets.len() <= 61);
            }
        }
    }
}
