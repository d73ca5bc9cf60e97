//! Moves providers that have just broken this conversation in mid-answer to the back, the latest breaker last.
//!
//! Claude Code 2.1 repeats a broken stream at once and without streaming; that repeat has to start elsewhere.

use crate::chain::Chain;
use crate::plan::Situation;
use canon::event::SkipReason;

pub(super) fn judge(situation: &Situation<'_>, chain: &mut Chain<'_>) {
    for breaker in situation.memory.breaks.of(situation.conversation, situation.now.at) {
        chain.later(|provider| (provider.name == *breaker).then_some(SkipReason::JustFailed));
    }
}
