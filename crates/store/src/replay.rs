//! What requests have cost and done, by provider: sums, averages and ratios of rows that were remembered. Rows are
//! read elsewhere, and tables drawn elsewhere.

use crate::request::RequestRow;
use canon::money::Usd;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// What one provider did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ProviderStatistics {
    /// Its name.
    pub provider: String,
    /// Requests it answered.
    pub requests: u64,
    /// Requests that it was asked for and others had to answer, or nobody did.
    pub failures: u64,
    /// Of those it answered, how many were streams.
    pub streaming: u64,
    /// Prompt tokens read in full.
    pub input_tokens: u64,
    /// Tokens generated.
    pub output_tokens: u64,
    /// Prompt tokens found in a cache.
    pub cache_read_tokens: u64,
    /// Prompt tokens written into a cache.
    pub cache_write_tokens: u64,
    /// What it cost, in dollars.
    pub cost_usd: f64,
    /// What prompt caches saved, in dollars.
    pub savings_usd: f64,
    /// What the answers took together, in milliseconds.
    pub took_ms: u64,
}

impl ProviderStatistics {
    /// Prompt tokens of an answer, cached ones included, on average.
    pub fn average_prompt(&self) -> f64 {
        ratio(self.prompt_tokens() as f64, self.requests as f64)
    }

    /// Prompt tokens read in full, of an answer, on average.
    pub fn average_input(&self) -> f64 {
        ratio(self.input_tokens as f64, self.requests as f64)
    }

    /// Generated tokens of an answer, on average.
    pub fn average_output(&self) -> f64 {
        ratio(self.output_tokens as f64, self.requests as f64)
    }

    /// Cost of an answer in dollars, on average.
    pub fn average_cost(&self) -> f64 {
        ratio(self.cost_usd, self.requests as f64)
    }

    /// Time of an answer in milliseconds, on average.
    pub fn average_took_ms(&self) -> f64 {
        ratio(self.took_ms as f64, self.requests as f64)
    }

    /// The part of all prompt tokens that a cache had, from 0 to 1. Those written into it had to be read first, so
    /// they count as missed.
    pub fn cache_hit_ratio(&self) -> f64 {
        ratio(self.cache_read_tokens as f64, self.prompt_tokens() as f64)
    }

    /// The part of answers that were streams, from 0 to 1.
    pub fn streaming_ratio(&self) -> f64 {
        ratio(self.streaming as f64, self.requests as f64)
    }

    /// The part of times it was asked and did not answer, from 0 to 1.
    pub fn failure_rate(&self) -> f64 {
        ratio(self.failures as f64, self.asked() as f64)
    }

    /// How often it was asked.
    pub fn asked(&self) -> u64 {
        self.requests + self.failures
    }

    /// Prompt tokens of all classes.
    pub fn prompt_tokens(&self) -> u64 {
        self.input_tokens.saturating_add(self.cache_read_tokens).saturating_add(self.cache_write_tokens)
    }

    fn answered(&mut self, row: &RequestRow) {
        self.requests += 1;
        self.streaming += u64::from(row.streaming);
        for (sum, tokens) in [
            (&mut self.input_tokens, row.tokens.input),
            (&mut self.output_tokens, row.tokens.output),
            (&mut self.cache_read_tokens, row.tokens.cache_read),
            (&mut self.cache_write_tokens, row.tokens.cache_write),
        ] {
            *sum = sum.saturating_add(tokens.unwrap_or(0));
        }
        self.took_ms = self.took_ms.saturating_add(u64::try_from(row.took.as_millis()).unwrap_or(u64::MAX));
    }
}

/// What all of them did in one stretch of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// By provider, the dearest first, then by name.
    pub providers: Vec<ProviderStatistics>,
    /// All requests.
    pub requests: u64,
    /// Those that nobody answered.
    pub unanswered: u64,
    /// What all of it cost.
    pub cost: Usd,
    /// What prompt caches saved.
    pub savings: Usd,
    /// When the first of them ended.
    pub first: Option<SystemTime>,
    /// When the last of them ended.
    pub last: Option<SystemTime>,
}

impl Summary {
    /// A provider's part; upper and lower case are one.
    pub fn of(&self, provider: &str) -> Option<&ProviderStatistics> {
        self.providers.iter().find(|one| one.provider.eq_ignore_ascii_case(provider))
    }
}

/// Sums up rows one at a time, so that not all of them need be in memory.
#[derive(Clone, Debug, Default)]
pub struct Summing {
    providers: BTreeMap<String, (ProviderStatistics, Usd, Usd)>,
    summary: Summary,
}

impl Summing {
    /// Takes in a row.
    pub fn add(&mut self, row: &RequestRow) {
        let summary = &mut self.summary;
        summary.requests += 1;
        summary.cost += row.cost;
        summary.savings += row.savings;
        summary.first = Some(summary.first.map_or(row.at, |first| first.min(row.at)));
        summary.last = Some(summary.last.map_or(row.at, |last| last.max(row.at)));
        for hop in row.fallbacks.iter().filter(|hop| hop.attempted) {
            self.provider(&hop.provider).0.failures += 1;
        }
        match &row.provider {
            Some(provider) => {
                let (statistics, cost, savings) = self.provider(provider.as_str());
                statistics.answered(row);
                *cost += row.cost;
                *savings += row.savings;
            }
            None => self.summary.unanswered += 1,
        }
    }

    /// What came of it.
    pub fn finish(self) -> Summary {
        let providers = self.providers.into_values().map(|(statistics, cost, savings)| ProviderStatistics {
            cost_usd: cost.dollars(),
            savings_usd: savings.dollars(),
            ..statistics
        });
        let mut summary = Summary { providers: providers.collect(), ..self.summary };
        summary.providers.sort_by(|one, other| other.cost_usd.total_cmp(&one.cost_usd));
        summary
    }

    fn provider(&mut self, name: &str) -> &mut (ProviderStatistics, Usd, Usd) {
        self.providers.entry(name.to_owned()).or_insert_with(|| {
            (ProviderStatistics { provider: name.to_owned(), ..Default::default() }, Usd::ZERO, Usd::ZERO)
        })
    }
}

/// Sums up rows.
pub fn summarize<'a>(rows: impl IntoIterator<Item = &'a RequestRow>) -> Summary {
    let mut summing = Summing::default();
    rows.into_iter().for_each(|row| summing.add(row));
    summing.finish()
}

/// How one number differs between two providers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Change {
    /// What is compared.
    pub name: &'static str,
    /// The first provider's.
    pub before: f64,
    /// The second provider's.
    pub after: f64,
}

impl Change {
    /// The second less the first.
    pub fn delta(&self) -> f64 {
        self.after - self.before
    }

    /// The same in parts of the first; none where that is 0.
    pub fn relative(&self) -> Option<f64> {
        (self.before != 0.0).then(|| self.delta() / self.before)
    }
}

/// Compares two providers: how it would be with `after` in the place of `before`.
pub fn compare(before: &ProviderStatistics, after: &ProviderStatistics) -> Vec<Change> {
    type Number = fn(&ProviderStatistics) -> f64;
    const NUMBERS: &[(&str, Number)] = &[
        ("requests", |one| one.requests as f64),
        ("average input", ProviderStatistics::average_input),
        ("average output", ProviderStatistics::average_output),
        ("average cost", ProviderStatistics::average_cost),
        ("total cost", |one| one.cost_usd),
        ("average time", ProviderStatistics::average_took_ms),
        ("cache ratio", ProviderStatistics::cache_hit_ratio),
        ("streaming ratio", ProviderStatistics::streaming_ratio),
        ("failure rate", ProviderStatistics::failure_rate),
    ];
    let numbers = NUMBERS.iter();
    numbers.map(|(name, number)| Change { name, before: number(before), after: number(after) }).collect()
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{at, request};
    use crate::request::{Hop, Tokens};

    fn row(number: u64, provider: &str, tokens: [u64; 4], cost: f64) -> RequestRow {
        let [input, output, cache_read, cache_write] = tokens.map(Some);
        let tokens = Tokens { input, output, cache_read, cache_write };
        RequestRow { tokens, cost: Usd::from_dollars(cost), ..request(number, provider) }
    }

    fn failed(row: RequestRow, provider: &str, attempted: bool) -> RequestRow {
        let hop = Hop { provider: provider.into(), reason: "timeout".into(), attempted };
        RequestRow { fallbacks: vec![hop], ..row }
    }

    #[test]
    fn the_dearest_stands_first_and_the_window_is_told() {
        let rows = [row(5, "cheap", [1; 4], 0.1), row(3, "dear", [1; 4], 2.0), row(9, "cheap", [1; 4], 0.1)];
        let summary = summarize(&rows);
        let names: Vec<_> = summary.providers.iter().map(|one| one.provider.as_str()).collect();
        assert_eq!(names, ["dear", "cheap"]);
        assert_eq!((summary.requests, summary.cost), (3, Usd::from_dollars(2.2)));
        assert_eq!((summary.first, summary.last), (Some(at(3)), Some(at(9))));
        assert_eq!(summary.of("CHEAP").unwrap().requests, 2);
    }

    #[test]
    fn tokens_written_into_a_cache_count_as_missed() {
        let summary = summarize(&[row(1, "a", [100, 10, 300, 600], 1.0)]);
        assert_eq!(summary.providers[0].cache_hit_ratio(), 0.3);
        assert_eq!(summary.providers[0].average_prompt(), 1_000.0);
        assert_eq!(summarize(&[row(1, "a", [0; 4], 1.0)]).providers[0].cache_hit_ratio(), 0.0);
    }

    #[test]
    fn failures_are_those_of_who_was_asked() {
        let nobody = RequestRow { provider: None, ..request(2, "-") };
        let rows = [
            failed(row(1, "b", [1; 4], 0.0), "a", true),
            failed(row(3, "b", [1; 4], 0.0), "c", false),
            failed(nobody, "a", true),
            row(4, "a", [1; 4], 0.0),
        ];
        let summary = summarize(&rows);
        let rate = |name: &str| summary.of(name).map(ProviderStatistics::failure_rate);
        assert_eq!((rate("a"), rate("b"), rate("c")), (Some(2.0 / 3.0), Some(0.0), None));
        assert_eq!(summary.unanswered, 1);
    }

    #[test]
    fn absent_counts_are_nothing() {
        let silent = RequestRow { tokens: Tokens::default(), ..request(1, "a") };
        let summary = summarize(&[silent]);
        assert_eq!(
            (summary.providers[0].average_input(), summary.providers[0].average_took_ms()),
            (0.0, 1_500.0)
        );
        assert_eq!(summarize(&[]), Summary::default());
    }

    #[test]
    fn two_providers_are_compared() {
        let rows = [row(1, "a", [100, 10, 0, 0], 2.0), row(2, "b", [50, 30, 0, 0], 0.0)];
        let summary = summarize(&rows);
        let (a, b) = (summary.of("a").unwrap(), summary.of("b").unwrap());
        let change = |changes: &[Change], name: &str| *changes.iter().find(|one| one.name == name).unwrap();
        let there = compare(a, b);
        assert_eq!(change(&there, "average input").relative(), Some(-0.5));
        assert_eq!(change(&there, "average output").delta(), 20.0);
        assert_eq!(change(&there, "total cost").relative(), Some(-1.0));
        assert_eq!(change(&compare(b, a), "total cost").relative(), None);
    }
}
