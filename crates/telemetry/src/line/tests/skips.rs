//! What is told of providers that were passed over or moved back, and of chains that nobody is left in.

use super::check;
use canon::event::{Capability, Fact, SkipReason};
use canon::moment::Month;
use canon::money::Usd;
use std::time::Duration;

const MONTH: Month = Month { year: 2026, month: 2 };

fn budget() -> SkipReason {
    let (cap, spent) = (Usd::from_dollars(1.5), Usd::from_dollars(1.500_000_4));
    SkipReason::BudgetExceeded { cap, spent, month: MONTH }
}

/// A provider of the profile `coding`; `fields` are those behind the profile and the provider.
#[track_caller]
fn check_skip(reason: SkipReason, later: bool, name: &str, fields: &str, words: &str) {
    let (level, grave) = match reason {
        SkipReason::UnknownProvider => ("WARNING", "warning: "),
        _ => ("INFO", ""),
    };
    let fact = Fact::ProviderSkipped { profile: "coding".into(), provider: "a".into(), reason, later };
    let payload = format!(r#""{name}","profile":"coding","provider":"a"{fields}"#);
    check(fact, level, &payload, &format!("{grave}{words}"));
}

#[test]
fn skip_paid_provider() {
    check_skip(SkipReason::PaidGate, false, "skip-paid-provider", "", "passed over a: it costs money");
}

#[test]
fn skip_unknown_provider() {
    let words = "passed over a: nobody declared it";
    check_skip(SkipReason::UnknownProvider, false, "skip-unknown-provider", "", words);
}

#[test]
fn skip_budget_exceeded() {
    let fields = r#","monthly_budget_usd":1.5,"current_total_usd":1.5,"month":"2026-02""#;
    let words = "passed over a: $1.5000 of $1.5000 are spent in 2026-02";
    check_skip(budget(), false, "skip-budget-exceeded", fields, words);
}

#[test]
fn skip_memory_pressure() {
    for (millis, seconds) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (119_999, 120)] {
        let reason = SkipReason::MemoryPressure { wait: Duration::from_millis(millis) };
        let fields = format!(r#","seconds_until_eligible":{seconds}"#);
        let words = format!("passed over a: it ran out of memory, {seconds} s to go");
        check_skip(reason, false, "skip-memory-pressure", &fields, &words);
    }
}

#[test]
fn demote_and_skip_unhealthy_provider() {
    let words = "a goes last: it has failed too often";
    check_skip(SkipReason::Unhealthy, true, "demote-unhealthy-provider", "", words);
    let words = "passed over a: it has failed too often";
    check_skip(SkipReason::Unhealthy, false, "skip-unhealthy-provider", "", words);
}

#[test]
fn skip_excluded_provider() {
    let words = "passed over a: it is out until a probe succeeds";
    check_skip(SkipReason::Excluded, false, "skip-excluded-provider", "", words);
}

#[test]
fn skip_remote_provider() {
    let words = "passed over a: the request must stay here";
    check_skip(SkipReason::LocalOnly, false, "skip-remote-provider", "", words);
}

#[test]
fn skip_incapable_provider() {
    let table = [
        (Capability::Tools, false, "no-tools", "passed over a: it can't call tools"),
        (Capability::Vision, false, "no-vision", "passed over a: it can't see pictures"),
        (Capability::Thinking, true, "no-thinking", "a goes last: it can't think"),
    ];
    for (capability, later, reason, words) in table {
        let fields = format!(r#","reason":"{reason}""#);
        check_skip(SkipReason::Incapable(capability), later, "skip-incapable-provider", &fields, words);
    }
}

#[test]
fn skip_rate_limited_provider() {
    let reason = SkipReason::RateLimited { wait: Duration::from_secs(30) };
    let words = "a goes last: it is at its limits for 30 s";
    check_skip(reason, true, "skip-rate-limited-provider", r#","seconds_until_eligible":30"#, words);
}

#[test]
fn demote_small_context_provider() {
    let reason = SkipReason::ContextTooSmall { window: 8_192 };
    let words = "a goes last: the prompt does not fit its 8192 tokens";
    check_skip(reason, true, "demote-small-context-provider", r#","max_context_tokens":8192"#, words);
}

#[test]
fn demotions_by_what_the_past_says() {
    let table = [
        (SkipReason::Adaptive, "demote-slow-provider", "a goes later: others are quicker or fail less"),
        (SkipReason::Drifting, "demote-drifting-provider", "a goes last: its answers got worse"),
        (SkipReason::Session, "demote-cold-provider", "a goes later: the prompt is cached elsewhere"),
        (SkipReason::JustFailed, "demote-just-failed-provider", "a goes last: it has just failed"),
    ];
    for (reason, name, words) in table {
        check_skip(reason, true, name, "", words);
    }
}

/// A chain of two, blocked as a whole; `fields` are those between the providers and the hint.
#[track_caller]
fn check_chain(reason: SkipReason, name: &str, fields: &str, hint: &str) {
    let providers = vec!["a".into(), "b".into()];
    let payload =
        format!(r#""{name}","profile":"coding","blocked_providers":["a","b"]{fields},"hint":"{hint}""#);
    check(
        Fact::ChainBlocked { profile: "coding".into(), reason, providers },
        "WARNING",
        &payload,
        &format!("warning: nobody in profile coding may be tried (a, b): {hint}"),
    );
}

#[test]
fn chain_paid_gate_blocked() {
    let hint = "set ALLOW_PAID=true or add a free provider to the profile";
    check_chain(SkipReason::PaidGate, "chain-paid-gate-blocked", "", hint);
}

#[test]
fn chain_budget_exceeded() {
    let hint = "raise the budget or add a free provider to the profile";
    check_chain(budget(), "chain-budget-exceeded", r#","month":"2026-02""#, hint);
}

#[test]
fn chain_memory_pressure_blocked() {
    let reason = SkipReason::MemoryPressure { wait: Duration::ZERO };
    let hint = "use a smaller model or context, or add a provider";
    check_chain(reason, "chain-memory-pressure-blocked", "", hint);
}

#[test]
fn chain_blocked() {
    let table = [
        (SkipReason::LocalOnly, "add a local provider to the profile, or narrow the local_only rule"),
        (SkipReason::UnknownProvider, "declare the providers that the profile names"),
        (SkipReason::Incapable(Capability::Tools), "add a provider that can do what the request needs"),
        (SkipReason::Unhealthy, "see why they failed"),
    ];
    for (reason, hint) in table {
        check_chain(reason, "chain-blocked", "", hint);
    }
}

#[test]
fn mode_alias_resolved() {
    check(
        Fact::ModeResolved { mode: "think".to_owned(), profile: "coding".into() },
        "INFO",
        r#""mode-alias-resolved","mode":"think","profile":"coding""#,
        "mode think is profile coding",
    );
}

#[test]
fn tool_search_request() {
    check(
        Fact::ToolSearch { action: "reject", profile: "coding".into() },
        "INFO",
        r#""tool-search-request","action":"reject","profile":"coding""#,
        "tool search: reject",
    );
}
