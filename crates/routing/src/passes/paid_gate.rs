//! Passes over providers that cost money unless the configuration allows paying.

use crate::chain::Chain;
use crate::plan::Situation;
use canon::event::SkipReason;

pub(super) fn judge(situation: &Situation<'_>, chain: &mut Chain<'_>) {
    if !situation.config.allow_paid {
        chain.skip(|provider| provider.paid.then_some(SkipReason::PaidGate));
    }
}
