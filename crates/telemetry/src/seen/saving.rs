//! Counts between two runs: all of them, so that totals agree with each other afterwards. Whoever reads them trusts
//! nothing: what is unknown, odd or too much is passed over.

use super::Seen;
use super::histogram::{BOUNDS, Histogram};
use super::metric::{Kind, METRICS, Metric, Row};
use super::month::Sums;
use super::tally::{Tally, nano};
use canon::moment::Month;
use canon::money::Usd;
use serde_json::{Map, Value, json};

/// The most numbers that are taken over of one metric.
const LIMIT: usize = 65_536;

impl Seen {
    /// All counts as they are kept between two runs.
    pub fn saved(&self) -> Value {
        let (mut counts, mut histograms) = (Map::new(), Map::new());
        for row in METRICS {
            match row.kind {
                Kind::Counter(_) => {
                    let samples =
                        self.counters().all(row.metric).map(|(labels, count)| json!([labels, count]));
                    counts.insert(row.name.to_owned(), samples.collect());
                }
                Kind::Gauge(_) => {}
                Kind::Histogram(bounds) => {
                    let samples = self.counters().histograms(row.metric);
                    let samples: Vec<Value> =
                        samples.map(|(labels, it)| json!([labels, it.counts, it.sum_millionths])).collect();
                    histograms.insert(row.name.to_owned(), json!({"bounds": bounds, "samples": samples}));
                }
            }
        }
        let Sums { spent, savings, tax } = self.month.sums;
        json!({
            "counts": counts,
            "histograms": histograms,
            "month": {
                "month": self.month.month.to_string(),
                "spent": nano(spent), "savings": nano(savings), "tax": nano(tax),
            },
            "adopted": self.adopted,
        })
    }

    /// Adds the counts of an earlier run. What is unknown or odd in them is passed over.
    pub fn restored(&mut self, saved: &Value) {
        for row in METRICS {
            let samples = match row.kind {
                Kind::Counter(_) => &saved["counts"][row.name],
                Kind::Gauge(_) => continue,
                Kind::Histogram(bounds) if saved["histograms"][row.name]["bounds"] == json!(bounds) => {
                    &saved["histograms"][row.name]["samples"]
                }
                Kind::Histogram(_) => continue,
            };
            for sample in samples.as_array().into_iter().flatten().take(LIMIT) {
                let _ = self.tally.restore(row, sample);
            }
        }
        self.tally.level();
        let month = &saved["month"];
        if let Some(name) = month["month"].as_str().and_then(Month::parse) {
            let amount = |name: &str| Usd::from_dollars(month[name].as_u64().unwrap_or(0) as f64 / 1e9);
            let sums = Sums { spent: amount("spent"), savings: amount("savings"), tax: amount("tax") };
            self.month.add(name, sums);
        }
        self.adopted |= saved["adopted"] == true;
    }

    /// Adds the counts that the Python program has left (its state `metrics`), unless that was done before, in this
    /// run or in one whose counts were restored. Whether it was done now.
    pub fn adopted(&mut self, metrics: &Value) -> bool {
        if self.adopted || !metrics.is_object() {
            return false;
        }
        self.adopted = true;
        // As they are in `/metrics.json`, by themselves or where they stand there.
        let counters = if metrics["counters"].is_object() { &metrics["counters"] } else { metrics };
        for (name, metric) in TOTALS {
            self.tally.counters.add(*metric, &[], counters[name].as_u64().unwrap_or(0));
        }
        for (name, metric) in BY_NAME {
            for (label, value) in counters[name].as_object().into_iter().flatten().take(LIMIT) {
                self.tally.adopt(metric.row(), label, value);
            }
        }
        for (provider, outcomes) in
            counters["provider_outcomes"].as_object().into_iter().flatten().take(LIMIT)
        {
            self.tally.adopt_outcomes(provider, outcomes);
        }
        self.tally.level();
        true
    }
}

/// What the Python program keeps as one number.
const TOTALS: &[(&str, Metric)] = &[
    ("requests_total", Metric::Attempts),
    ("chain_paid_gate_blocked_total", Metric::PaidGateBlocked),
    ("chain_budget_exceeded_total", Metric::BudgetBlocked),
    ("chain_memory_pressure_blocked_total", Metric::MemoryBlocked),
    ("chain_uniform_auth_failure_total", Metric::UniformAuth),
    ("probe_rounds_total", Metric::ProbeRounds),
];

/// What it keeps by name. Its sums over all names are the sums of these.
const BY_NAME: &[(&str, Metric)] = &[
    ("provider_attempts", Metric::ProviderAttempts),
    ("cost_total_usd", Metric::Cost),
    ("cost_savings_usd", Metric::Savings),
    ("language_tax_usd", Metric::LanguageTax),
    ("tokens_saved_by_mechanism", Metric::TokensSaved),
];

impl Tally {
    /// Adds one sample: `[labels, count]`, or `[labels, counts, sum]` of a histogram.
    fn restore(&mut self, row: &Row, sample: &Value) -> Option<()> {
        let labels: Vec<&str> = sample[0].as_array()?.iter().filter_map(Value::as_str).collect();
        if labels.len() != row.labels.len() || labels.iter().any(|label| label.len() > 200) {
            return None;
        }
        let labels = self.bounded(row, &labels);
        match row.kind {
            Kind::Histogram(_) => {
                let counts: Vec<u64> = sample[1].as_array()?.iter().filter_map(Value::as_u64).collect();
                let counts = <[u64; BOUNDS + 1]>::try_from(counts).ok()?;
                let other = Histogram { counts, sum_millionths: sample[2].as_u64()? };
                self.counters.add_histogram(row.metric, &labels, &other);
            }
            _ => self.counters.add(row.metric, &labels, sample[1].as_u64()?),
        }
        Some(())
    }

    /// Labels under the names that are counted.
    fn bounded<'l>(&mut self, row: &Row, labels: &[&'l str]) -> Vec<&'l str> {
        let mut provider = "";
        let mut bounded = Vec::with_capacity(labels.len());
        for (name, label) in row.labels.iter().zip(labels) {
            bounded.push(match *name {
                "provider" => {
                    provider = self.labels.providers.label(label);
                    provider
                }
                "profile" => self.labels.profiles.label(label),
                "model" => self.labels.model(provider, Some(label)),
                "capability" => self.labels.fields.label(label),
                _ => label,
            });
        }
        bounded
    }

    fn adopt(&mut self, row: &Row, label: &str, value: &Value) {
        let count = match row.kind {
            Kind::Counter(super::Unit::Usd) => nano(Usd::from_dollars(value.as_f64().unwrap_or(0.0))),
            _ => value.as_u64().unwrap_or(0),
        };
        if count > 0 && label.len() <= 200 {
            let labels = self.bounded(row, &[label]);
            self.counters.add(row.metric, &labels, count);
        }
    }

    /// The Python program counted a stream as `ok` at its first event, and once more where it broke.
    fn adopt_outcomes(&mut self, provider: &str, outcomes: &Value) {
        let count = |name: &str| outcomes[name].as_u64().unwrap_or(0);
        let provider = self.labels.providers.label(provider);
        let broken = count("failed_midstream");
        let counts = [
            ("ok", count("ok").saturating_sub(broken)),
            ("failed", count("failed")),
            ("failed_midstream", broken),
        ];
        for (outcome, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            self.counters.add(Metric::ProviderOutcomes, &[provider, outcome], count);
        }
    }

    /// Sees to it that no provider has more outcomes than attempts, nor all together more than there were.
    fn level(&mut self) {
        let providers: Vec<String> = self.labels.providers.known().map(str::to_owned).collect();
        for provider in &providers {
            let outcomes = ["ok", "failed", "failed_midstream"]
                .map(|outcome| self.counters.get(Metric::ProviderOutcomes, &[provider, outcome]));
            let ended = outcomes.into_iter().fold(0, u64::saturating_add);
            let attempts = self.counters.get(Metric::ProviderAttempts, &[provider]);
            if ended > attempts {
                self.counters.add(Metric::ProviderAttempts, &[provider], ended - attempts);
            }
        }
        let (all, attempts) =
            (self.counters.sum(Metric::ProviderAttempts), self.counters.sum(Metric::Attempts));
        self.counters.add(Metric::Attempts, &[], all.saturating_sub(attempts));
    }
}
