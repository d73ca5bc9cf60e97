//! Names and fields of what is told about a provider that was passed over or moved back.

use super::{Field, Value, row};
use canon::event::{Level, SkipReason};
use canon::id::{ProfileName, ProviderName};
use std::time::Duration;

/// The event's name. Reasons that the Python program knew have its names.
pub(super) fn name(reason: SkipReason, later: bool) -> &'static str {
    match (reason, later) {
        (SkipReason::UnknownProvider, _) => "skip-unknown-provider",
        (SkipReason::PaidGate, _) => "skip-paid-provider",
        (SkipReason::LocalOnly, _) => "skip-remote-provider",
        (SkipReason::BudgetExceeded { .. }, _) => "skip-budget-exceeded",
        (SkipReason::Incapable(_), _) => "skip-incapable-provider",
        (SkipReason::RateLimited { .. }, _) => "skip-rate-limited-provider",
        (SkipReason::MemoryPressure { .. }, _) => "skip-memory-pressure",
        (SkipReason::ContextTooSmall { .. }, _) => "demote-small-context-provider",
        (SkipReason::ContextRefused { .. }, _) => "skip-small-context-provider",
        (SkipReason::Unhealthy, true) => "demote-unhealthy-provider",
        (SkipReason::Unhealthy, false) => "skip-unhealthy-provider",
        (SkipReason::Excluded, _) => "skip-excluded-provider",
        (SkipReason::Adaptive, _) => "demote-slow-provider",
        (SkipReason::Drifting, _) => "demote-drifting-provider",
        (SkipReason::Session, _) => "demote-cold-provider",
        (SkipReason::JustFailed, _) => "demote-just-failed-provider",
    }
}

pub(super) fn level(reason: SkipReason) -> Level {
    match reason {
        SkipReason::UnknownProvider => Level::Warning,
        _ => Level::Info,
    }
}

pub(super) fn fields<'a>(
    profile: &'a ProfileName,
    provider: &'a ProviderName,
    reason: SkipReason,
) -> Vec<Field<'a>> {
    let mut fields = row! {"profile": profile, "provider": provider};
    match reason {
        SkipReason::BudgetExceeded { cap, spent, month } => fields.extend([
            ("monthly_budget_usd", Value::Money(cap)),
            ("current_total_usd", Value::Total(spent)),
            ("month", Value::Month(month)),
        ]),
        SkipReason::RateLimited { wait } | SkipReason::MemoryPressure { wait } => {
            fields.push(("seconds_until_eligible", Value::Count(seconds(wait))));
        }
        SkipReason::ContextTooSmall { window } => {
            fields.push(("max_context_tokens", Value::Count(window)));
        }
        SkipReason::ContextRefused { estimate, limit, window } => fields.extend([
            ("estimated_tokens", Value::Count(estimate)),
            ("limit_tokens", Value::Count(limit)),
            ("max_context_tokens", Value::Count(window)),
        ]),
        SkipReason::Incapable(_) => fields.push(("reason", Value::Text(reason.word()))),
        _ => {}
    }
    fields
}

/// Whole seconds, at least one: nobody is eligible in no time.
fn seconds(wait: Duration) -> u64 {
    (wait.as_secs_f64().ceil() as u64).max(1)
}

/// The event's name where it leaves a whole chain without anybody.
pub(super) fn blocked(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::PaidGate => "chain-paid-gate-blocked",
        SkipReason::BudgetExceeded { .. } => "chain-budget-exceeded",
        SkipReason::MemoryPressure { .. } => "chain-memory-pressure-blocked",
        _ => "chain-blocked",
    }
}

pub(super) fn chain<'a>(
    profile: &'a ProfileName,
    reason: SkipReason,
    providers: &'a Vec<ProviderName>,
) -> Vec<Field<'a>> {
    let mut fields = row! {"profile": profile, "blocked_providers": providers};
    if let SkipReason::BudgetExceeded { month, .. } = reason {
        fields.push(("month", Value::Month(month)));
    }
    fields.push(("hint", Value::Text(cure(reason))));
    fields
}

fn cure(blocked: SkipReason) -> &'static str {
    match blocked {
        SkipReason::PaidGate => "set ALLOW_PAID=true or add a free provider to the profile",
        SkipReason::UnknownProvider => "declare the providers that the profile names",
        SkipReason::LocalOnly => "add a local provider to the profile, or narrow the local_only rule",
        SkipReason::BudgetExceeded { .. } => "raise the budget or add a free provider to the profile",
        SkipReason::ContextRefused { .. } => "add a provider with a larger context window",
        SkipReason::MemoryPressure { .. } => "use a smaller model or context, or add a provider",
        SkipReason::Incapable(_) => "add a provider that can do what the request needs",
        _ => "see why they failed",
    }
}
