//! Moves providers whose answers got worse behind the others, as long as their cooldown lasts.

use crate::chain::Chain;
use crate::plan::Situation;
use canon::config::DriftAction;
use canon::event::SkipReason;

pub(super) fn judge(situation: &Situation<'_>, chain: &mut Chain<'_>) {
    if situation.profile.drift.action == DriftAction::Off {
        return;
    }
    let windows = &situation.memory.drift;
    chain.later(|provider| {
        let demoted = windows.is_demoted(situation.profile, &provider.name, situation.now.at);
        demoted.then_some(SkipReason::Drifting)
    });
}
