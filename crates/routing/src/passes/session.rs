//! Puts the provider that answered a conversation last in front, as long as nothing speaks against it: reading a
//! long prompt anew costs seconds to minutes.
//!
//! It never overtakes somebody of another kind: a session that once had to be paid for, or to leave this machine,
//! goes back as soon as it can.

use crate::chain::Chain;
use crate::plan::{Situation, Verdict};
use canon::config::{BackendHealthAction, HealthCacheAction, Provider};

pub(super) fn judge(situation: &Situation<'_>, chain: &mut Chain<'_>) {
    let Some(home) = situation.memory.homes.of(situation.conversation, situation.now.at) else { return };
    let Some(place) = chain.standing.iter().position(|link| link.name == home) else { return };
    let link = chain.standing[place];
    let Some(provider) = link.provider.filter(|_| link.verdict == Verdict::Keep) else { return };
    let overtaken = chain.standing[..place].iter().filter_map(|link| link.provider);
    if overtaken.into_iter().all(|other| is_like(other, provider) && !is_due(situation, other)) {
        chain.first(place);
    }
}

fn is_like(one: &Provider, other: &Provider) -> bool {
    one.paid == other.paid && one.local == other.local
}

/// Whether a provider stands where it does so that one request finds out whether it is back.
fn is_due(situation: &Situation<'_>, provider: &Provider) -> bool {
    let policy = &situation.profile.backend_health;
    let record = situation.memory.record(&provider.name);
    let watched = matches!(policy.action, BackendHealthAction::Demote | BackendHealthAction::Skip);
    let is_rested = record
        .is_some_and(|it| it.health.is_due_for_trial(policy.threshold, policy.half_open, situation.now.at));
    let flagged = situation.config.health_cache.action != HealthCacheAction::Off
        && situation.view.health_cache.state(&provider.name).is_some_and(|state| !state.healthy);
    (watched && is_rested) || flagged
}
