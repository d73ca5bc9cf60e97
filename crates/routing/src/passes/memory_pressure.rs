//! Passes over providers that ran out of memory a short while ago, where the profile says so.

use crate::chain::Chain;
use crate::plan::Situation;
use canon::config::MemoryPressureAction;
use canon::event::SkipReason;

pub(super) fn judge(situation: &Situation<'_>, chain: &mut Chain<'_>) {
    if situation.profile.memory_pressure.action != MemoryPressureAction::Skip {
        return;
    }
    chain.skip(|provider| {
        let record = situation.memory.record(&provider.name)?;
        let wait = record.pressure.remaining(situation.now.at)?;
        Some(SkipReason::MemoryPressure { wait })
    });
}
