//! Chance that is the same for the same seed, on every machine.

use std::ops::Range;
use std::time::Duration;

/// A generator of its own for each use, so that one more roll in one place moves nothing in another (SplitMix64).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The dice of one use within one night.
    pub fn of(seed: u64, purpose: u64) -> Self {
        let mut dice = Self(seed ^ purpose.wrapping_mul(0xd134_2543_de82_ef95));
        dice.roll();
        Self(dice.roll())
    }

    /// Any number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number of a range that is not empty.
    pub fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.roll() % (range.end - range.start)
    }

    /// True in so many of a hundred cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.within(0..100) < percent
    }

    /// One of some.
    pub fn pick<T: Copy>(&mut self, some: &[T]) -> T {
        some[self.within(0..some.len() as u64) as usize]
    }

    /// A time of a range of seconds, to the millisecond.
    pub fn seconds(&mut self, range: Range<u64>) -> Duration {
        Duration::from_millis(self.within(range.start * 1_000..range.end * 1_000))
    }

    /// A time that differs from the usual one by up to a tenth.
    pub fn about(&mut self, usual: Duration) -> Duration {
        usual * (900 + self.within(0..201) as u32) / 1_000
    }
}
