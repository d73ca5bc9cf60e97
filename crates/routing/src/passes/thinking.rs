//! Moves providers that are known not to think behind those that can, where a request wants it. They are asked
//! without it.
//!
//! Agents ask for thinking all the time, so it is never worth money: where some providers are free and some are
//! not, nobody moves.

use crate::chain::Chain;
use crate::plan::Situation;
use canon::config::Support;
use canon::event::{Capability, SkipReason};

pub(super) fn judge(situation: &Situation<'_>, chain: &mut Chain<'_>) {
    let mut paid = chain.standing.iter().filter_map(|link| link.provider).map(|provider| provider.paid);
    let alike = paid.next().is_none_or(|first| paid.all(|other| other == first));
    if alike && situation.needs.thinking() {
        chain.later(|provider| {
            let unable = provider.facts.thinking == Support::No;
            unable.then_some(SkipReason::Incapable(Capability::Thinking))
        });
    }
}
