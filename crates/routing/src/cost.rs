//! What an answer cost, can cost, and would have cost. Counting tokens and adding sums up happen elsewhere.

mod bound;
mod language_tax;
mod unreported;

pub use self::bound::{MIN_OUTPUT_TOKENS, affordable_output, worst_case};
pub use self::language_tax::{LanguageTax, language_tax};
pub use self::unreported::{estimated_usage, partial_usage};

use canon::config::Cost;
use canon::money::Usd;
use canon::usage::Usage;

/// The price of one answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// All of it.
    pub cost: Usd,
    /// What the tokens read from a cache would have cost more at the full input price.
    pub savings: Usd,
}

/// Prices the token counts of an answer; a count that the backend did not give costs nothing.
pub fn bill(usage: &Usage, price: &Cost) -> Bill {
    let dollars = |tokens: Option<u64>, per_million: Usd, factor: f64| {
        tokens.unwrap_or(0) as f64 * per_million.dollars() / 1e6 * factor
    };
    let input = dollars(usage.input, price.input_per_million, 1.0);
    let output = dollars(usage.output, price.output_per_million, 1.0);
    let read = dollars(usage.cache_read, price.input_per_million, price.cache_read_factor);
    let written = dollars(usage.cache_write, price.input_per_million, price.cache_write_factor);
    let uncached = dollars(usage.cache_read, price.input_per_million, 1.0);
    Bill {
        cost: Usd::from_dollars(input + output + read + written),
        savings: Usd::from_dollars(uncached - read),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(counts: [u64; 4], price: &Cost, cost: f64, savings: f64) {
        let [input, output, cache_read, cache_write] = counts.map(Some);
        let usage = Usage { input, output, cache_read, cache_write, ..Usage::default() };
        let expect = Bill { cost: Usd::from_dollars(cost), savings: Usd::from_dollars(savings) };
        assert_eq!(bill(&usage, price), expect);
    }

    #[test]
    fn each_class_of_tokens_has_its_price() {
        let price = Cost {
            input_per_million: Usd::from_dollars(3.0),
            output_per_million: Usd::from_dollars(15.0),
            ..Cost::default()
        };
        check([1_000, 500, 2_000, 100], &price, 0.011475, 0.0054);
        check([0, 0, 0, 0], &price, 0.0, 0.0);
        check([1_000, 500, 2_000, 100], &Cost::default(), 0.0, 0.0);
        let dear = Cost { cache_read_factor: 2.0, ..price };
        check([0, 0, 1_000, 0], &dear, 0.006, 0.0);
    }

    #[test]
    fn absent_counts_cost_nothing_and_absurd_ones_do_not_wrap() {
        let price = Cost { output_per_million: Usd::from_dollars(1e6), ..Cost::default() };
        assert_eq!(bill(&Usage::default(), &price), Bill::default());
        let usage = Usage { output: Some(u64::MAX), ..Usage::default() };
        assert!(bill(&usage, &price).cost > Usd::from_dollars(1e9));
    }
}
