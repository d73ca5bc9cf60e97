//! Moves providers whose context window a prompt can't fit behind those that it fits, unless it is trimmed for them,
//! and passes over those whose window it comes too near where the profile refuses that. What becomes of a prompt that
//! is merely close is the context budget's.

use crate::chain::Chain;
use crate::context::{Room, Standing, judge as judged};
use crate::needs::Needs;
use crate::plan::Situation;
use canon::config::{Config, ContextBudgetAction, Profile, Provider};
use canon::event::SkipReason;
use std::sync::Arc;

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

/// Counts the prompt where [`judge`] may want to know, before any lock is held: the count goes over all of its text.
pub(crate) fn foresee(config: &Config, profile: &Profile, needs: &Needs<'_>) {
    let budget = &profile.context_budget;
    let level = |provider: &Arc<Provider>| match budget.action {
        ContextBudgetAction::Trim => None,
        ContextBudgetAction::Reject => Some(Room::of(provider, budget).trim),
        ContextBudgetAction::Off | ContextBudgetAction::Warn => {
            provider.facts.max_context_tokens.map(u64::from)
        }
    };
    if config.chain(profile).filter_map(level).any(|level| is_near(needs, level)) {
        let _ = needs.tokens();
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
    is_near(needs, level).then(|| situation.memory.correct(provider, needs.tokens()))
}

/// Whether a prompt may have that many tokens.
fn is_near(needs: &Needs<'_>, level: u64) -> bool {
    needs.tokens_bound().saturating_mul(4) >= level
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::ToolContent;
    use crate::fixture;
    use canon::dialect::Dialect;
    use canon::request::Request;

    #[test]
    fn a_prompt_is_counted_before_the_lock_where_it_is_near_a_window() {
        let mut provider = fixture::provider("a");
        provider.facts.max_context_tokens = Some(8_000);
        let config = fixture::config(&[provider], &[("coding", &["a"])]);
        let request = Request::new(Dialect::Anthropic);
        for (bytes, counted) in [(3_000, false), (30_000, true)] {
            let needs = Needs::of(&request, bytes, ToolContent::Counted);
            foresee(&config, &config.profiles[0], &needs);
            assert_eq!(needs.is_counted(), counted, "{bytes}");
        }
    }
}
