//! Moves providers whose context window a prompt can't fit behind those that it fits, unless it is trimmed for them.
//! What becomes of a prompt that is merely close is the context budget's.

use crate::chain::Chain;
use crate::plan::Situation;
use canon::config::ContextBudgetAction;
use canon::event::SkipReason;

pub(super) fn judge(situation: &Situation<'_>, chain: &mut Chain<'_>) {
    if situation.profile.context_budget.action == ContextBudgetAction::Trim {
        return;
    }
    chain.later(|provider| {
        // Where nobody has said how large the window is, an assumption moves nobody.
        let window = u64::from(provider.facts.max_context_tokens?);
        situation.needs.reaches(window).then_some(SkipReason::ContextTooSmall { window })
    });
}
