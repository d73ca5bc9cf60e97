//! A provider's `cost:` block.

use canon::config::Cost;
use canon::money::Usd;

use super::super::reader::{Block, Setting, number, share};

/// Prices and budget. A price table fills in what the block does not say.
#[derive(Default)]
pub(crate) struct CostKeys {
    pub(crate) prices: Cost,
    /// Whether it names a price; one that it leaves out is then zero.
    pub(crate) has_prices: bool,
    /// Whether it says what reading from the cache costs.
    pub(crate) has_cache_read: bool,
    /// Whether it says what writing into the cache costs.
    pub(crate) has_cache_write: bool,
    pub(crate) monthly_budget: Option<Usd>,
}

impl Setting for CostKeys {
    fn read(block: &mut Block<'_, '_>) -> Self {
        let default = Cost::default();
        let any = || number(0.0..=f64::INFINITY);
        let input = block.optional(
            "input_tokens_per_million",
            any(),
            "US dollars for a million input tokens that were not cached.",
        );
        let output =
            block.optional("output_tokens_per_million", any(), "US dollars for a million output tokens.");
        let cache_read_factor = block.or(
            "cache_read_discount",
            share(),
            default.cache_read_factor,
            "The factor on the input price for tokens read from the cache.",
        );
        let cache_write_factor = block.or(
            "cache_creation_premium",
            any(),
            default.cache_write_factor,
            "The factor on the input price for tokens written to the cache.",
        );
        Self {
            has_prices: input.is_some() || output.is_some(),
            has_cache_read: block.has("cache_read_discount"),
            has_cache_write: block.has("cache_creation_premium"),
            prices: Cost {
                input_per_million: Usd::from_dollars(input.unwrap_or_default()),
                output_per_million: Usd::from_dollars(output.unwrap_or_default()),
                cache_read_factor,
                cache_write_factor,
            },
            monthly_budget: monthly_budget(
                block,
                "US dollars it may cost in a calendar month (UTC); 0 blocks it always.",
            ),
        }
    }
}

/// The key of a provider's `cost:`, of a profile and of the top level.
pub(super) fn monthly_budget(block: &mut Block<'_, '_>, meaning: &'static str) -> Option<Usd> {
    block.optional("monthly_budget_usd", number(0.0..=f64::INFINITY), meaning).map(Usd::from_dollars)
}
