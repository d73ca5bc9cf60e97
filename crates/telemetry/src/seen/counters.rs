//! Everything that is counted, by metric and labels. What counts as what is not known here.

use super::histogram::Histogram;
use super::metric::{METRICS, Metric};
use super::sorted::Sorted;

/// What stands between the labels of a key. It sorts before everything that a name has.
const BETWEEN: char = '\u{1f}';

/// All counts.
#[derive(Debug)]
pub(crate) struct Counters {
    families: Vec<Family>,
    key: String,
}

/// The counts of one metric, by its labels in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Family {
    counts: Sorted<u64>,
    histograms: Sorted<Histogram>,
}

impl Counters {
    /// Nothing counted.
    pub(super) fn new() -> Self {
        Self { families: vec![Family::default(); METRICS.len()], key: String::new() }
    }

    /// Adds to a counter. Nothing leaves no trace.
    pub(super) fn add(&mut self, metric: Metric, labels: &[&str], count: u64) {
        if count == 0 {
            return;
        }
        let number = self.number(metric, labels);
        *number = number.saturating_add(count);
    }

    /// Sets what is no counter.
    pub(super) fn set(&mut self, metric: Metric, labels: &[&str], value: u64) {
        *self.number(metric, labels) = value;
    }

    /// Takes a value into a histogram.
    pub(super) fn observe(&mut self, metric: Metric, labels: &[&str], value: f64) {
        let bounds = metric.row().bounds().unwrap_or_default();
        self.histogram(metric, labels).observe(bounds, value);
    }

    /// Adds a whole histogram to another one.
    pub(super) fn add_histogram(&mut self, metric: Metric, labels: &[&str], other: &Histogram) {
        self.histogram(metric, labels).add(other);
    }

    /// One count; zero where there is none.
    pub(crate) fn get(&self, metric: Metric, labels: &[&str]) -> u64 {
        let mut key = String::new();
        join(&mut key, labels);
        self.family(metric).counts.get(&key).copied().unwrap_or(0)
    }

    /// All counts of a metric together.
    pub(crate) fn sum(&self, metric: Metric) -> u64 {
        self.family(metric).counts.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }

    /// The counts of a metric with their labels, in the labels' order.
    pub(crate) fn all(&self, metric: Metric) -> impl Iterator<Item = (Vec<&str>, u64)> {
        self.family(metric).counts.iter().map(move |(key, count)| (split(metric, key), *count))
    }

    /// The histograms of a metric with their labels, in the labels' order.
    pub(crate) fn histograms(&self, metric: Metric) -> impl Iterator<Item = (Vec<&str>, &Histogram)> {
        self.family(metric).histograms.iter().map(move |(key, histogram)| (split(metric, key), histogram))
    }

    fn family(&self, metric: Metric) -> &Family {
        &self.families[metric as usize]
    }

    fn number(&mut self, metric: Metric, labels: &[&str]) -> &mut u64 {
        join(&mut self.key, labels);
        self.families[metric as usize].counts.entry(&self.key, u64::default)
    }

    fn histogram(&mut self, metric: Metric, labels: &[&str]) -> &mut Histogram {
        join(&mut self.key, labels);
        self.families[metric as usize].histograms.entry(&self.key, Histogram::default)
    }
}

/// Whether everything is counted the same.
impl PartialEq for Counters {
    fn eq(&self, other: &Self) -> bool {
        self.families == other.families
    }
}

fn join(key: &mut String, labels: &[&str]) {
    key.clear();
    for (place, label) in labels.iter().enumerate() {
        if place > 0 {
            key.push(BETWEEN);
        }
        key.push_str(label);
    }
}

fn split(metric: Metric, key: &str) -> Vec<&str> {
    match metric.row().labels.len() {
        0 => Vec::new(),
        count => key.splitn(count, BETWEEN).collect(),
    }
}
