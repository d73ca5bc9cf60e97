//! What the client hears when everybody has failed: the one fault it can do most with.

use crate::context::overflow;
use crate::plan::{Plan, Verdict};
use canon::event::SkipReason;
use canon::fault::{Fault, FaultKind};
use canon::id::ProviderName;

/// The most useful of the faults a chain ended with.
///
/// A context overflow makes a client compact; a rate limit tells when to come back; a refused request is told in
/// its own words; all else is one summary. A provider's 401 or 403 never gets through as such: Claude Code 2.1
/// would send its user to the login page.
pub fn most_useful(plan: &Plan, faults: &[(ProviderName, Fault)]) -> Fault {
    if faults.is_empty() {
        return nobody(plan);
    }
    let overflow = || widest_overflow(faults);
    let limited = || earliest_reset(faults);
    let refused = || first_refusal(faults);
    overflow().or_else(limited).or_else(refused).unwrap_or_else(|| summary(plan, faults))
}

/// The status with which every attempt had its credentials refused, if they all were: most likely a mistake in
/// the configuration.
pub fn uniform_auth(faults: &[(ProviderName, Fault)]) -> Option<u16> {
    let status = faults.first()?.1.status.filter(|status| matches!(status, 401 | 403))?;
    faults.iter().all(|(_, fault)| fault.status == Some(status)).then_some(status)
}

/// Of several overflows the one with the largest window: that far the conversation has to shrink.
fn widest_overflow(faults: &[(ProviderName, Fault)]) -> Option<Fault> {
    let window = |fault: &Fault| match fault.kind {
        FaultKind::Overflow { limit, .. } => Some(limit.unwrap_or(0)),
        _ => None,
    };
    let overflows = faults.iter().filter_map(|(_, fault)| Some((window(fault)?, fault)));
    // `max_by_key` takes the last of equals, so the first is put last.
    let (_, widest) = overflows.rev().max_by_key(|(window, _)| *window)?;
    Some(Fault { should_retry: Some(false), ..widest.clone() })
}

fn earliest_reset(faults: &[(ProviderName, Fault)]) -> Option<Fault> {
    let limited = || faults.iter().map(|(_, fault)| fault).filter(|fault| fault.kind == FaultKind::RateLimit);
    let told = limited().filter(|fault| fault.retry_after.is_some()).min_by_key(|fault| fault.retry_after);
    let earliest = told.or_else(|| limited().next())?;
    Some(Fault { should_retry: Some(true), ..earliest.clone() })
}

fn first_refusal(faults: &[(ProviderName, Fault)]) -> Option<Fault> {
    let refused = |kind: &FaultKind| matches!(kind, FaultKind::Rejected | FaultKind::TooLarge);
    let (_, first) = faults.iter().find(|(_, fault)| refused(&fault.kind))?;
    Some(Fault { should_retry: Some(may_pass(faults)), ..first.clone() })
}

fn summary(plan: &Plan, faults: &[(ProviderName, Fault)]) -> Fault {
    let each: Vec<String> = faults.iter().map(|(name, fault)| line(name, fault)).collect();
    let profile = &plan.profile.name;
    let message = format!("profile='{profile}': all providers failed: {}", each.join(" | "));
    let mut fault = Fault::new(FaultKind::Backend, message);
    fault.should_retry = Some(may_pass(faults));
    let refused: Vec<&str> = faults
        .iter()
        .filter(|(_, fault)| fault.kind == FaultKind::Auth)
        .map(|(name, _)| name.as_str())
        .collect();
    if refused.len() == faults.len() {
        fault.hint = Some(format!("check the credentials configured for {}", refused.join(", ")));
    } else if let [(_, only)] = faults {
        fault.hint.clone_from(&only.hint);
    }
    fault
}

/// One provider's part of the summary. Neither text nor number of a refusal of credentials is in it: clients look
/// for both.
fn line(name: &ProviderName, fault: &Fault) -> String {
    const LIMIT: usize = 200;
    if is_auth(fault) {
        return format!("[{name}] its credentials were refused");
    }
    let text: String = fault.message.chars().take(LIMIT).collect();
    match fault.status {
        Some(status) => format!("[{name} status={status}] {text}"),
        None => format!("[{name}] {text}"),
    }
}

fn is_auth(fault: &Fault) -> bool {
    fault.kind == FaultKind::Auth || matches!(fault.status, Some(401 | 403))
}

/// Whether at least one of the faults may be gone when the client comes again.
fn may_pass(faults: &[(ProviderName, Fault)]) -> bool {
    faults.iter().any(|(_, fault)| !is_auth(fault) && is_transient(&fault.kind))
}

fn is_transient(kind: &FaultKind) -> bool {
    match kind {
        FaultKind::Invalid | FaultKind::Rejected | FaultKind::TooLarge | FaultKind::Overflow { .. } => false,
        FaultKind::Auth | FaultKind::Billing | FaultKind::NotFound | FaultKind::NoProvider => false,
        FaultKind::RateLimit | FaultKind::Overloaded | FaultKind::Backend | FaultKind::Malformed => true,
        FaultKind::Connect | FaultKind::Cut | FaultKind::Timeout(_) => true,
        FaultKind::Empty | FaultKind::EmptyStream | FaultKind::Truncated => true,
        FaultKind::ClientGone | FaultKind::Internal => true,
    }
}

/// Nobody was tried.
fn nobody(plan: &Plan) -> Fault {
    let profile = &plan.profile.name;
    if let Some(SkipReason::ContextRefused { .. }) = plan.blocked()
        && let Some(fault) = too_long(plan)
    {
        return fault;
    }
    let message = format!("profile='{profile}': all providers failed: no providers eligible");
    let add = format!("add a provider to the profile '{profile}' in providers.yaml");
    let hint = match plan.blocked() {
        Some(reason @ SkipReason::PaidGate) => format!(
            "set ALLOW_PAID=true to use {}, or add a free provider to the profile '{profile}'",
            listed(&plan.skipped_for(reason))
        ),
        Some(reason @ SkipReason::BudgetExceeded { cap, month, .. }) => format!(
            "the budget of ${:.2} for {month} is spent on {}: raise it, or add a free provider to the profile '{profile}'",
            cap.dollars(),
            listed(&plan.skipped_for(reason))
        ),
        Some(SkipReason::LocalOnly) => {
            format!(
                "a `local_only` rule keeps this request here: add a local provider to the profile '{profile}'"
            )
        }
        _ => add,
    };
    Fault { should_retry: Some(false), ..Fault::new(FaultKind::NoProvider, message).with_hint(hint) }
}

/// In the words that make a client compact. The widest window speaks: that far the conversation has to shrink.
fn too_long(plan: &Plan) -> Option<Fault> {
    let refused = plan.verdicts.iter().filter_map(|(name, verdict)| match verdict {
        Verdict::Skip(SkipReason::ContextRefused { estimate, limit, window }) => {
            Some((*window, *estimate, *limit, name))
        }
        _ => None,
    });
    let (window, estimate, limit, name) = refused.max_by_key(|(window, ..)| *window)?;
    Some(overflow(estimate, limit, window, name, &plan.profile))
}

fn listed(names: &[ProviderName]) -> String {
    names.iter().map(ProviderName::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
