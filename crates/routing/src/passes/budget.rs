//! Passes over providers whose budget, or that of the profile or of everything, is spent.
//!
//! What an attempt may really cost is reserved when it is claimed; here only what is certain by now is said.

use crate::chain::Chain;
use crate::plan::Situation;
use crate::spend::{Caps, Payer};
use canon::config::{Cost, Provider};
use canon::event::SkipReason;
use canon::money::Usd;

pub(super) fn judge(situation: &Situation<'_>, chain: &mut Chain<'_>) {
    chain.skip(|provider| {
        let caps = Caps::of(situation.config, situation.profile, provider);
        if caps == Caps::default() {
            return None;
        }
        let payer = Payer { provider: provider.name.clone(), profile: situation.profile.name.clone() };
        let exceeded = situation.view.spend.check(&payer, least(provider), caps, situation.now.wall).err()?;
        let month = situation.now.month();
        Some(SkipReason::BudgetExceeded { cap: exceeded.limit, spent: exceeded.spent, month })
    });
}

/// The smallest amount there is where an answer costs anything at all.
fn least(provider: &Provider) -> Usd {
    let Cost { input_per_million, output_per_million, .. } = provider.cost;
    let is_free = input_per_million == Usd::ZERO && output_per_million == Usd::ZERO;
    if is_free { Usd::ZERO } else { Usd::from_dollars(1e-9) }
}
