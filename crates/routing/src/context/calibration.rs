//! How far the estimates for one provider are off, learned from the token counts in its answers.
//!
//! Scripts, code and tokenizers differ: a quarter of the characters is half of the truth for some and a third too
//! much for others.

/// Answers that must have been seen before estimates are corrected.
pub const LEAST_SAMPLES: u32 = 3;

/// The lowest and the highest factor that is believed.
pub const BOUNDS: (f64, f64) = (0.5, 4.0);

/// Estimates below this many tokens teach nothing: what a template adds is most of so short a prompt.
pub const LEAST_ESTIMATE: u64 = 256;

/// The factor on the estimates for one provider's model: two numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    /// Real tokens for each estimated one, within [`BOUNDS`].
    factor: f64,
    samples: u32,
}

impl Default for Calibration {
    fn default() -> Self {
        Self::UNTAUGHT
    }
}

impl Calibration {
    /// Knows nothing, and corrects nothing.
    pub const UNTAUGHT: Self = Self { factor: 1.0, samples: 0 };

    /// An answer told how long its prompt really was, parts read from a cache included; `estimate` is the
    /// uncorrected estimate of the prompt as it was sent. The latest answers count most.
    pub fn observe(&mut self, estimate: u64, prompt_tokens: u64) {
        const LATEST: f64 = 0.25;
        if estimate < LEAST_ESTIMATE || prompt_tokens == 0 {
            return;
        }
        let seen = (prompt_tokens as f64 / estimate as f64).clamp(BOUNDS.0, BOUNDS.1);
        self.samples = self.samples.saturating_add(1);
        let weight = LATEST.max(1.0 / f64::from(self.samples));
        self.factor = (self.factor + (seen - self.factor) * weight).clamp(BOUNDS.0, BOUNDS.1);
    }

    /// An estimate as this provider's model would count it; as it is while too little was seen.
    pub fn correct(&self, estimate: u64) -> u64 {
        if self.samples < LEAST_SAMPLES || estimate == 0 {
            return estimate;
        }
        ((estimate as f64 * self.factor) as u64).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn taught(samples: &[(u64, u64)]) -> Calibration {
        let mut calibration = Calibration::default();
        samples.iter().for_each(|(estimate, real)| calibration.observe(*estimate, *real));
        calibration
    }

    #[test]
    fn three_answers_teach() {
        assert_eq!(taught(&[(1_000, 2_000); 2]).correct(1_000), 1_000);
        assert_eq!(taught(&[(1_000, 2_000); 3]).correct(1_000), 2_000);
        assert_eq!(taught(&[(1_000, 2_000); 3]).correct(0), 0);
    }

    #[test]
    fn what_teaches_nothing_is_passed_over() {
        assert_eq!(taught(&[(10, 500); 9]), Calibration::default());
        assert_eq!(taught(&[(1_000, 0); 9]), Calibration::default());
    }

    #[test]
    fn one_odd_answer_moves_a_little_and_many_move_all() {
        let mut calibration = taught(&[(1_000, 1_000); 8]);
        calibration.observe(1_000, 900_000);
        assert_eq!(calibration.correct(1_000), 1_750);
        for _ in 0..40 {
            calibration.observe(1_000, 1_300);
        }
        assert_eq!(calibration.correct(10_000), 13_000);
    }

    proptest! {
        #[test]
        fn corrections_are_bounded_and_rise(
            samples in proptest::collection::vec((any::<u32>(), any::<u32>()), 0..12),
            (one, more) in (0..10_000_000_u64, 0..10_000_u64),
        ) {
            let mut calibration = Calibration::default();
            for (estimate, real) in samples {
                calibration.observe(estimate.into(), real.into());
            }
            let corrected = calibration.correct(one);
            prop_assert!(corrected >= one / 2 && corrected <= one * 4);
            prop_assert!(calibration.correct(one + more) >= corrected);
        }
    }
}
