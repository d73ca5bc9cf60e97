//! A provider's own limit on requests, which its answers' headers tell.

use crate::dice::Dice;
use routing::rates::{Allowance, Class, RateHeaders, Reset};
use std::time::Duration;

/// The stretch of time that limits are for.
const MINUTE: Duration = Duration::from_secs(60);

/// What is left of a limit. Kept by the provider, and once more by the night from what it was told.
#[derive(Clone, Copy, Debug)]
pub struct Stock {
    limit: u64,
    left: f64,
    /// Until when `left` is worked out; where it comes back at once, when that is.
    at: Duration,
    comes_back: Return,
}

/// How a limit comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Return {
    /// Bit by bit; the most there is of it is told.
    BitByBit,
    /// At once, at the reset; the most is not told.
    AtOnce,
}

impl Stock {
    /// A whole limit; larger than the number of agents, as nobody can know of it before the first headers.
    pub fn rolled(dice: &mut Dice) -> Self {
        let comes_back = dice.pick(&[Return::BitByBit, Return::AtOnce]);
        let limit = dice.within(8..16);
        Self { limit, left: limit as f64, at: Duration::ZERO, comes_back }
    }

    /// One request arrives; whether it is let in.
    pub fn take(&mut self, now: Duration) -> bool {
        self.refill(now);
        let enough = self.left >= 1.0 - ROUNDING;
        self.left -= if enough { 1.0 } else { 0.0 };
        enough
    }

    /// When a request is let in, if nothing else comes.
    pub fn free_at(&self, now: Duration) -> Duration {
        let mut then = *self;
        then.refill(now);
        if then.left >= 1.0 - ROUNDING {
            return now;
        }
        match self.comes_back {
            Return::BitByBit => now + MINUTE.mul_f64((1.0 - then.left) / self.limit as f64),
            Return::AtOnce => then.at + MINUTE,
        }
    }

    /// What the headers of an answer say.
    pub fn headers(&mut self, now: Duration) -> RateHeaders {
        self.refill(now);
        let remaining = self.left.max(0.0).floor();
        let (limit, wait) = match self.comes_back {
            Return::BitByBit => {
                (Some(self.limit), MINUTE.mul_f64((self.limit as f64 - remaining) / self.limit as f64))
            }
            Return::AtOnce => (None, self.at + MINUTE - now),
        };
        let (class, stretch, reset) = (Class::Requests, String::new(), Some(Reset::After(wait)));
        let told = Allowance { class, stretch, limit, remaining: Some(remaining as u64), reset };
        RateHeaders { allowances: vec![told] }
    }

    /// What somebody knows who has just heard the headers.
    pub fn as_told(mut self, now: Duration) -> Self {
        self.refill(now);
        self.left = self.left.max(0.0).floor();
        self
    }

    fn refill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at);
        match self.comes_back {
            Return::BitByBit => {
                let back = self.limit as f64 * passed.as_secs_f64() / MINUTE.as_secs_f64();
                self.left = (self.left + back).min(self.limit as f64);
                self.at = now;
            }
            Return::AtOnce if passed >= MINUTE => {
                self.left = self.limit as f64;
                self.at += MINUTE * (passed.as_nanos() / MINUTE.as_nanos()) as u32;
            }
            Return::AtOnce => {}
        }
    }
}

/// A request is not refused for the last digit of a sum.
const ROUNDING: f64 = 1e-6;
