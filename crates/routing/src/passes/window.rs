//! Moves providers whose context window a prompt can't fit behind those that it fits, unless it is trimmed for them,
//! and passes over those whose window it comes too near where the profile refuses that. What becomes of a prompt that
//! is merely close is the context budget's.

use crate::chain::Chain;
use crate::context::{Room, Standing, judge as judged};
use crate::plan::Situation;
use canon::config::{ContextBudgetAction, Provider};
use canon::event::SkipReason;

pub(super) fn judge(situation: &Situation<'_>, chain: &mut Chain<'_>) {
    match situation.profile.context_budget.action {
        ContextBudgetAction::Trim => {}
        ContextBudgetAction::Reject => chain.skip(|provider| refusal(situation, provider)),
        ContextBudgetAction::Off | ContextBudgetAction::Warn => chain.later(|provider| {
            // Where nobody has said how large the window is, an assumption moves nobody.
            let window = u64::from(provider.facts.max_context_tokens?);
            let reaches = tokens(situation, provider, window)?;
            (reaches >= window).then_some(SkipReason::ContextTooSmall { window })
        }),
    }
}

fn refusal(situation: &Situation<'_>, provider: &Provider) -> Option<SkipReason> {
    let budget = &situation.profile.context_budget;
    let room = Room::of(provider, budget);
    let estimate = tokens(situation, provider, room.trim)?;
    let judgement = judged(estimate, None, provider, budget);
    let refused = judgement.standing == Standing::Overflow;
    let limit =
        if judgement.exceeds_window() { room.window } else { room.trim.min(estimate.saturating_sub(1)) };
    refused.then_some(SkipReason::ContextRefused { estimate, limit, window: room.window })
}

/// The prompt in tokens as the provider counts, where it may be as many as `level`. The length alone shows most
/// prompts to be fewer; a correction is fourfold at most.
fn tokens(situation: &Situation<'_>, provider: &Provider, level: u64) -> Option<u64> {
    let needs = situation.needs;
    let is_near = needs.tokens_bound().saturating_mul(4) >= level;
    is_near.then(|| situation.memory.correct(provider, needs.tokens()))
}
