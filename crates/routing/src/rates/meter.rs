//! Everything that is counted about one provider, without the lock.

use super::cooling::Cooling;
use super::forecast::Forecast;
use super::window::{Slot, Window};
use super::{Ask, MAX_WAIT, Priority, RateSnapshot, Wait};
use canon::config::Limits;
use std::num::NonZeroU32;
use std::time::{Duration, Instant, SystemTime};

/// One provider's counts.
#[derive(Debug)]
pub(super) struct Meter {
    requests: Window,
    requests_of_day: Window,
    tokens: Window,
    under_way: u32,
    /// What the provider's own headers told.
    pub(super) forecast: Forecast,
    /// Its pause after a refusal.
    pub(super) cooling: Cooling,
}

/// What an attempt put into the windows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// When it began.
    pub(super) at: Instant,
    tokens: u64,
    slot: Slot,
    request: Slot,
    request_of_day: Slot,
}

impl Meter {
    /// Nothing has happened yet. No time before `start` is ever asked about.
    pub(super) fn new(start: Instant) -> Self {
        Self {
            requests: Window::minute(start),
            requests_of_day: Window::day(start),
            tokens: Window::minute(start),
            under_way: 0,
            forecast: Forecast::default(),
            cooling: Cooling::default(),
        }
    }

    /// The longest of all waits. One for a slot comes last: nobody needs a slot before the others are over.
    pub(super) fn judge(&mut self, ask: &Ask<'_>, now: Instant) -> Result<(), Wait> {
        let Limits { rpm, rpd, tpm, concurrency } = *ask.limits;
        let over = |window: &mut Window, limit: Option<NonZeroU32>, amount: u64| {
            limit.and_then(|limit| window.wait(u64::from(limit.get()), amount, now))
        };
        let until = [
            self.cooling.until(now),
            self.forecast.wait(ask.tokens, now),
            over(&mut self.requests, rpm, 1),
            over(&mut self.requests_of_day, rpd, 1),
            over(&mut self.tokens, tpm, ask.tokens),
        ];
        match until.into_iter().flatten().max() {
            Some(until) => Err(Wait::Until(until)),
            None if self.under_way < slots(concurrency, ask.priority) => Ok(()),
            None => Err(Wait::ForSlot),
        }
    }

    pub(super) fn enter(&mut self, tokens: u64, now: Instant) -> Entry {
        self.under_way += 1;
        self.forecast.spend(tokens, now);
        Entry {
            at: now,
            tokens,
            slot: self.tokens.add(tokens, now),
            request: self.requests.add(1, now),
            request_of_day: self.requests_of_day.add(1, now),
        }
    }

    /// Nothing was sent after all. Its slot is given back by [`Self::leave`].
    pub(super) fn withdraw(&mut self, entry: &Entry) {
        self.forecast.give_back(entry.tokens);
        self.tokens.take_back(entry.slot, entry.tokens);
        self.requests.take_back(entry.request, 1);
        self.requests_of_day.take_back(entry.request_of_day, 1);
    }

    pub(super) fn leave(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// Replaces the tokens that were claimed. What was too little is counted from now on: it was used just before.
    pub(super) fn correct(&mut self, entry: &Entry, used: u64, now: Instant) {
        if used < entry.tokens {
            self.tokens.take_back(entry.slot, entry.tokens - used);
        } else if used > entry.tokens {
            self.tokens.add(used - entry.tokens, now);
        }
    }

    /// Attempts under way, and how long the pause after a refusal still lasts.
    pub(super) fn occupancy(&mut self, now: Instant) -> (u32, Option<Duration>) {
        let rest = self.cooling.until(now).map(|until| until.saturating_duration_since(now));
        (self.under_way, rest)
    }

    /// None where there is nothing to keep.
    pub(super) fn snapshot(&mut self, now: Instant, wall: SystemTime) -> Option<RateSnapshot> {
        let at = |(ago, amount): (Duration, u64)| wall.checked_sub(ago).map(|at| (at, amount));
        let requests: Vec<_> = self.requests_of_day.amounts(now).into_iter().filter_map(at).collect();
        let rests_until = self.cooling.until(now).and_then(|until| wall.checked_add(until - now));
        let kept = RateSnapshot { requests, rests_until };
        (kept != RateSnapshot::default()).then_some(kept)
    }

    /// Requests of a time that is still to come happened just now: some clock is wrong.
    pub(super) fn restore(&mut self, kept: &RateSnapshot, now: Instant, wall: SystemTime) {
        for (at, amount) in &kept.requests {
            let ago = wall.duration_since(*at).unwrap_or_default();
            self.requests_of_day.add_past(*amount, ago, now);
        }
        if let Some(rest) = kept.rests_until.and_then(|until| until.duration_since(wall).ok()) {
            self.cooling.rest(now + rest.min(MAX_WAIT));
        }
    }
}

/// The slots there are for somebody.
fn slots(concurrency: Option<NonZeroU32>, priority: Priority) -> u32 {
    let all = concurrency.map_or(u32::MAX, NonZeroU32::get);
    match priority {
        Priority::Background if all > 1 => all - (all / 4).max(1),
        Priority::Main | Priority::Background => all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn background_work_leaves_a_quarter_of_the_slots() {
        let check = |all: u32, expect: u32| {
            assert_eq!(slots(NonZeroU32::new(all), Priority::Background), expect);
            assert_eq!(slots(NonZeroU32::new(all), Priority::Main), all);
        };
        [(1, 1), (2, 1), (3, 2), (4, 3), (7, 6), (8, 6), (100, 75)]
            .into_iter()
            .for_each(|(all, left)| check(all, left));
        assert_eq!(slots(None, Priority::Main), u32::MAX);
    }
}
