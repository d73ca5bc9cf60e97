//! What a language costs beyond what its characters suggest: scripts that a model's tokenizer cuts small are paid
//! for in tokens.

use canon::config::Cost;
use canon::money::Usd;

/// The difference between exact and rough counts of one prompt. It is reported and added to no bill: the bill has
/// the exact counts already.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LanguageTax {
    /// Exact tokens for each rough one; 1 where there are no rough ones.
    pub multiplier: f64,
    /// Tokens beyond the rough count.
    pub extra_tokens: u64,
    /// What those cost as uncached input.
    pub cost: Usd,
}

/// Compares the tokenizer's count of a prompt with a quarter of its characters.
pub fn language_tax(accurate: u64, heuristic: u64, price: &Cost) -> LanguageTax {
    let multiplier = if heuristic == 0 { 1.0 } else { accurate as f64 / heuristic as f64 };
    let extra_tokens = accurate.saturating_sub(heuristic);
    let cost = Usd::from_dollars(extra_tokens as f64 * price.input_per_million.dollars() / 1e6);
    LanguageTax { multiplier, extra_tokens, cost }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tax_is_what_goes_beyond_the_characters() {
        let price = Cost { input_per_million: Usd::from_dollars(3.0), ..Cost::default() };
        let check = |accurate, heuristic, multiplier, extra_tokens, dollars| {
            let cost = Usd::from_dollars(dollars);
            let expect = LanguageTax { multiplier, extra_tokens, cost };
            assert_eq!(language_tax(accurate, heuristic, &price), expect);
        };
        check(2_500, 1_000, 2.5, 1_500, 0.0045);
        check(800, 1_000, 0.8, 0, 0.0);
        check(12, 0, 1.0, 12, 0.000_036);
        check(0, 0, 1.0, 0, 0.0);
    }
}
