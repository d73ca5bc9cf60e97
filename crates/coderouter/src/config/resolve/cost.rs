//! A provider's prices: its own before those of the table.

use canon::config::Cost;
use canon::money::Usd;

use super::super::file::CostKeys;
use super::super::prices::Listing;

/// Merges both. A block that names one price is taken at its word about both; a table without a price, or none at
/// all, leaves everything as the block has it.
pub(super) fn merge(own: &CostKeys, listed: Option<&Listing>) -> Cost {
    let Some(listed) = listed.filter(|listed| !own.has_prices && listed.has_prices()) else {
        return own.prices;
    };
    let input = listed.input.unwrap_or_default();
    let factor = |price: Option<f64>| price.filter(|_| input > 0.0).map_or(1.0, |price| price / input);
    Cost {
        input_per_million: Usd::from_dollars(input),
        output_per_million: Usd::from_dollars(listed.output.unwrap_or_default()),
        cache_read_factor: if own.has_cache_read {
            own.prices.cache_read_factor
        } else {
            factor(listed.cache_read)
        },
        cache_write_factor: if own.has_cache_write {
            own.prices.cache_write_factor
        } else {
            factor(listed.cache_write)
        },
    }
}
