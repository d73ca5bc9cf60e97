//! What an attempt can cost at most, and how much output an amount of money still buys.

use canon::config::Cost;
use canon::money::Usd;

/// Output is not lowered under this many tokens: an agent gets nowhere with less.
pub const MIN_OUTPUT_TOKENS: u64 = 1_024;

/// The most that an attempt can cost whose prompt has at most so many tokens, and its answer too. Every prompt
/// token is taken to fall into the dearest class, cache writes included.
pub fn worst_case(input_tokens_bound: u64, max_output: u64, price: &Cost) -> Usd {
    let dearest = price.cache_read_factor.max(price.cache_write_factor).max(1.0);
    let input = input_tokens_bound as f64 * price.input_per_million.dollars() / 1e6 * dearest;
    let output = max_output as f64 * price.output_per_million.dollars() / 1e6;
    let sum = input + output;
    if sum > 0.0 { Usd::from_dollars(sum * (1.0 + ROUNDING) + NANO) } else { Usd::ZERO }
}

/// The output tokens that `remaining` buys behind a prompt of at most so many tokens, but never fewer than
/// [`MIN_OUTPUT_TOKENS`]: where not even those fit, the reservation is what refuses the attempt. No limit where
/// output costs nothing.
pub fn affordable_output(remaining: Usd, input_tokens_bound: u64, price: &Cost) -> u64 {
    let fits = |output| worst_case(input_tokens_bound, output, price) <= remaining;
    if price.output_per_million == Usd::ZERO {
        return u64::MAX;
    }
    let (mut low, mut high) = (MIN_OUTPUT_TOKENS, u64::MAX);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if fits(middle) { low = middle } else { high = middle - 1 }
    }
    low
}

/// A bill adds its parts in another order and rounds at the end; so much it may come out higher, relatively.
const ROUNDING: f64 = 1e-12;

/// The smallest amount, in dollars.
const NANO: f64 = 1e-9;

#[cfg(test)]
mod tests {
    use super::super::bill;
    use super::*;
    use canon::usage::Usage;
    use proptest::prelude::*;

    fn price(input: f64, output: f64) -> Cost {
        let (input_per_million, output_per_million) = (Usd::from_dollars(input), Usd::from_dollars(output));
        Cost { input_per_million, output_per_million, ..Cost::default() }
    }

    #[test]
    fn the_worst_case_writes_the_whole_prompt_into_the_cache() {
        let bound = worst_case(1_000_000, 1_000, &price(3.0, 15.0));
        assert!(bound >= Usd::from_dollars(3.75 + 0.015) && bound < Usd::from_dollars(3.7651));
        assert_eq!(worst_case(u64::MAX, u64::MAX, &Cost::default()), Usd::ZERO);
        assert_eq!(worst_case(1_000, 0, &price(0.0, 15.0)), Usd::ZERO);
    }

    #[test]
    fn output_is_lowered_to_what_the_cap_buys() {
        let check = |remaining: f64, expect: std::ops::RangeInclusive<u64>| {
            let output = affordable_output(Usd::from_dollars(remaining), 10_000, &price(3.0, 15.0));
            assert!(expect.contains(&output), "{remaining} USD buy {output}");
        };
        check(0.0375 + 0.15, 9_998..=10_000);
        check(1.0375, 66_665..=66_667);
        check(0.0375 + 0.01, 1_024..=1_024);
        check(0.01, 1_024..=1_024);
        check(0.0, 1_024..=1_024);
        assert_eq!(affordable_output(Usd::ZERO, 10, &price(3.0, 0.0)), u64::MAX);
    }

    proptest! {
        /// No bill is higher than the worst case it was reserved with.
        #[test]
        fn no_bill_passes_its_worst_case(
            counts in prop::array::uniform4(0u64..5_000_000),
            prices in prop::array::uniform2(0.0f64..200.0),
            factors in prop::array::uniform2(0.0f64..2.5),
            slack in 0u64..1_000,
        ) {
            let [input, cache_read, cache_write, output] = counts.map(Some);
            let usage = Usage { input, cache_read, cache_write, output, ..Usage::default() };
            let price = Cost {
                cache_read_factor: factors[0],
                cache_write_factor: factors[1],
                ..price(prices[0], prices[1])
            };
            let bound = worst_case(usage.prompt() + slack, counts[3] + slack, &price);
            prop_assert!(bill(&usage, &price).cost <= bound);
        }

        /// What is called affordable is, and a little more is not.
        #[test]
        fn affordable_output_is_tight(remaining in 0.0f64..50.0, input in 0u64..2_000_000, output in 0.01f64..200.0) {
            let (remaining, price) = (Usd::from_dollars(remaining), price(1.0, output));
            let tokens = affordable_output(remaining, input, &price);
            prop_assert!(tokens >= MIN_OUTPUT_TOKENS);
            prop_assert!(tokens == MIN_OUTPUT_TOKENS || worst_case(input, tokens, &price) <= remaining);
            prop_assert!(worst_case(input, tokens + 1, &price) > remaining);
        }
    }
}
