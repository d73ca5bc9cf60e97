//! Moves providers that are at their limits behind those that are not. Where nobody else can answer they are waited
//! for.

use crate::chain::Chain;
use crate::plan::Situation;
use crate::rates::{Ask, Wait};
use canon::event::SkipReason;
use std::time::{Duration, Instant};

/// How long a provider whose slots are all taken is waited for before it is looked at again, where nobody tells that
/// one was given back.
const SLOT_WAIT: Duration = Duration::from_millis(500);

pub(super) fn judge(situation: &Situation<'_>, chain: &mut Chain<'_>) {
    chain.later(|provider| {
        let tokens = situation.needs.tokens_bound();
        let ask = Ask { limits: &provider.limits, tokens, priority: situation.priority };
        let wait = situation.view.rates.check(&provider.name, &ask, situation.now.at).err()?;
        Some(SkipReason::RateLimited { wait: time(wait, situation.now.at) })
    });
}

/// How long to wait.
pub(crate) fn time(wait: Wait, now: Instant) -> Duration {
    match wait {
        Wait::Until(free) => free.saturating_duration_since(now),
        Wait::ForSlot => SLOT_WAIT,
    }
}
