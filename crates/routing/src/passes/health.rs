//! Moves back, passes over or leaves out providers that have failed too often in a row, as the profile says. One
//! that has rested keeps its place for one trial, which is taken when it is asked.

use crate::chain::Chain;
use crate::health::HealthState;
use crate::plan::Situation;
use canon::config::{BackendHealthAction, Provider};
use canon::event::SkipReason;

pub(super) fn judge(situation: &Situation<'_>, chain: &mut Chain<'_>) {
    let policy = &situation.profile.backend_health;
    let resting = |provider: &Provider| {
        let record = situation.memory.record(&provider.name)?;
        let may_try = record.health.may_try(policy.threshold, policy.half_open, situation.now.at);
        (!may_try).then_some(SkipReason::Unhealthy)
    };
    let excluded = |provider: &Provider| {
        let record = situation.memory.record(&provider.name)?;
        let state = record.health.state(policy.threshold);
        (state == HealthState::Unhealthy && record.exclusion.binds(state)).then_some(SkipReason::Excluded)
    };
    match policy.action {
        BackendHealthAction::Off | BackendHealthAction::Warn => {}
        BackendHealthAction::Demote => chain.later(resting),
        BackendHealthAction::Exclude => chain.skip(excluded),
        BackendHealthAction::Skip => chain.skip(resting),
    }
}
