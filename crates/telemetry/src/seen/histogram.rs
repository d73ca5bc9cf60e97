//! How often a measure fell between which bounds.

/// The most bounds that a histogram has.
pub(crate) const BOUNDS: usize = 14;

/// Bounds for what models take, in seconds.
pub(crate) const SECONDS: &[f64] =
    &[0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0];

/// Bounds for tokens a second.
pub(crate) const RATES: &[f64] =
    &[1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 50.0, 75.0, 100.0, 150.0, 200.0, 300.0, 500.0, 1000.0];

/// A histogram. Which bounds it has, its metric says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Histogram {
    /// How often a value was at most the bound of its place and more than the one before; the last place has the rest.
    pub(crate) counts: [u64; BOUNDS + 1],
    /// The sum of all values in millionths, so that it stays exact wherever it is kept.
    pub(crate) sum_millionths: u64,
}

impl Histogram {
    /// Takes a value in; what is no number or negative counts as nothing.
    pub(super) fn observe(&mut self, bounds: &[f64], value: f64) {
        let place = bounds.iter().take(BOUNDS).position(|bound| value <= *bound).unwrap_or(BOUNDS);
        self.counts[place] = self.counts[place].saturating_add(1);
        // The cast takes what is no number, or negative, for zero.
        self.sum_millionths = self.sum_millionths.saturating_add((value * 1e6).round() as u64);
    }

    /// Adds what another one has.
    pub(super) fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(other.counts) {
            *mine = mine.saturating_add(theirs);
        }
        self.sum_millionths = self.sum_millionths.saturating_add(other.sum_millionths);
    }

    /// How many values there were.
    pub(crate) fn count(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The sum of all values.
    pub(crate) fn sum(&self) -> f64 {
        self.sum_millionths as f64 / 1e6
    }
}
