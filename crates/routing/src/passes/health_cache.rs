//! Moves back or passes over providers that the health cache counts as unhealthy, as the configuration says. It holds
//! for all profiles alike.

use crate::chain::Chain;
use crate::plan::Situation;
use canon::config::{HealthCacheAction, Provider};
use canon::event::SkipReason;

pub(super) fn judge(situation: &Situation<'_>, chain: &mut Chain<'_>) {
    let unhealthy = |provider: &Provider| {
        let is_healthy = situation.view.health_cache.is_healthy(&provider.name, situation.now.at);
        (!is_healthy).then_some(SkipReason::Unhealthy)
    };
    match situation.config.health_cache.action {
        HealthCacheAction::Off => {}
        HealthCacheAction::Demote => chain.later(unhealthy),
        HealthCacheAction::Skip => chain.skip(unhealthy),
    }
}
