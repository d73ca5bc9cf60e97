//! The pause a provider takes after it has refused.

use super::MAX_WAIT;
use std::time::{Duration, Instant};

/// The first pause where a provider does not say how long it should be.
const FIRST: Duration = Duration::from_secs(1);

/// The longest such pause.
const LONGEST: Duration = Duration::from_secs(60);

/// Whether a provider rests, and how often it has refused in a row.
#[derive(Clone, Debug, Default)]
pub(super) struct Cooling {
    until: Option<Instant>,
    /// Refusals in a row; those of attempts that were under way together count once.
    strikes: u32,
    /// The latest refusal that counted.
    struck: Option<Instant>,
}

impl Cooling {
    /// Until when it rests; none where it does not.
    pub(super) fn until(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|until| *until > now)
    }

    /// An attempt that began at `begun` was refused. A hint of nothing is no hint. Gives the end of the pause.
    pub(super) fn strike(&mut self, begun: Instant, hint: Option<Duration>, now: Instant) -> Instant {
        if self.struck.is_none_or(|struck| begun >= struck) {
            self.strikes = self.strikes.saturating_add(1);
            self.struck = Some(now);
        }
        let pause = match hint.filter(|hint| !hint.is_zero()) {
            // Who was asked again when it said, and refused again, has said too little.
            Some(hint) if self.strikes > 1 => hint.clamp(FIRST, MAX_WAIT),
            Some(hint) => hint.min(MAX_WAIT),
            None => (FIRST * 2u32.saturating_pow(self.strikes.saturating_sub(1).min(10))).min(LONGEST),
        };
        self.rest(now + pause)
    }

    /// Rests until then at least.
    pub(super) fn rest(&mut self, until: Instant) -> Instant {
        let until = self.until.map_or(until, |known| known.max(until));
        self.until = Some(until);
        until
    }

    /// An attempt that began at `begun` was answered. One that was under way before the refusal says nothing about
    /// what holds since.
    pub(super) fn relent(&mut self, begun: Instant) {
        if self.struck.is_none_or(|struck| begun >= struck) {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_double_up_to_a_minute_and_end_with_an_answer() {
        let (mut cooling, mut now) = (Cooling::default(), Instant::now());
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            let until = cooling.strike(now, None, now);
            assert_eq!(until, now + seconds * SECOND);
            assert_eq!((cooling.until(now), cooling.until(until)), (Some(until), None));
            now = until;
        }
        cooling.relent(now);
        assert_eq!(cooling.strike(now, None, now), now + SECOND);
    }

    #[test]
    fn attempts_that_were_under_way_together_are_refused_once() {
        let (mut cooling, start) = (Cooling::default(), Instant::now());
        for number in 0..10u32 {
            cooling.strike(start, None, start + SECOND + SECOND / 100 * number);
        }
        let again = start + 5 * SECOND;
        assert_eq!(cooling.strike(again, None, again), again + 2 * SECOND);
    }

    #[test]
    fn hints_are_obeyed_and_clamped() {
        let check = |hint: Duration, expect: Duration| {
            let now = Instant::now();
            assert_eq!(Cooling::default().strike(now, Some(hint), now), now + expect);
        };
        check(30 * SECOND, 30 * SECOND);
        check(SECOND / 5, SECOND / 5);
        check(Duration::ZERO, SECOND);
        check(Duration::MAX, MAX_WAIT);
    }

    /// A provider that says "at once" and refuses again would be asked a thousand times a minute.
    #[test]
    fn hints_that_were_too_short_are_not_believed_again() {
        let (mut cooling, mut now) = (Cooling::default(), Instant::now());
        let tiny = Duration::from_millis(1);
        for pause in [tiny, SECOND, SECOND] {
            let until = cooling.strike(now, Some(tiny), now);
            assert_eq!(until, now + pause);
            now = until;
        }
        assert_eq!(cooling.strike(now, Some(30 * SECOND), now), now + 30 * SECOND, "longer ones are obeyed");
    }

    #[test]
    fn a_shorter_hint_ends_no_longer_pause() {
        let (mut cooling, now) = (Cooling::default(), Instant::now());
        cooling.strike(now, Some(30 * SECOND), now);
        assert_eq!(cooling.strike(now, Some(2 * SECOND), now), now + 30 * SECOND);
    }

    #[test]
    fn an_answer_to_an_earlier_attempt_ends_no_pause() {
        let (mut cooling, start) = (Cooling::default(), Instant::now());
        let refused = start + SECOND;
        let until = cooling.strike(start, Some(30 * SECOND), refused);
        cooling.relent(start);
        assert_eq!(cooling.until(refused), Some(until));
        cooling.relent(refused);
        assert_eq!(cooling.until(refused), None);
    }
}
