//! The warning about budgets that hold nobody back, because nobody knows what the provider costs.

use std::sync::Arc;

use canon::config::{Profile, Provider};
use canon::money::Usd;

use super::super::notice::Notice;

pub(super) fn check(
    providers: &[Arc<Provider>],
    profiles: &[Arc<Profile>],
    overall: Option<Usd>,
    notices: &mut Vec<Notice>,
) {
    let unpriced = providers.iter().filter(|provider| provider.paid && is_free(provider));
    for provider in unpriced {
        let mut asking = profiles.iter().filter(|profile| profile.providers.contains(&provider.name));
        // A provider's own cap of zero blocks whatever it costs.
        let own = provider.monthly_budget.is_some_and(|cap| cap > Usd::ZERO);
        if own || overall.is_some() || asking.any(|profile| profile.monthly_budget.is_some()) {
            let (provider, model) = (provider.name.to_string(), provider.model.to_string());
            notices.push(Notice::BudgetWithoutPrice { provider, model });
        }
    }
}

fn is_free(provider: &Provider) -> bool {
    provider.cost.input_per_million == Usd::ZERO && provider.cost.output_per_million == Usd::ZERO
}
