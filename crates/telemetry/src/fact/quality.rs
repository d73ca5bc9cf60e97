//! Names and fields of what is told about falling quality and long prompts.

use super::{Field, Value, row};
use canon::event::{Level, QualityFact};

pub(super) fn heading(fact: &QualityFact) -> (&'static str, Level) {
    use Level::{Info, Warning};
    match fact {
        QualityFact::DriftDetected { .. } => ("drift-detected", Warning),
        QualityFact::DriftPromoted { .. } => ("drift-promoted", Info),
        QualityFact::DriftReloaded { .. } => ("drift-reload-attempted", Info),
        QualityFact::DriftRecovered { .. } => ("drift-recovered", Info),
        QualityFact::ContextWarning { .. } => ("context-budget-warning", Warning),
        QualityFact::ContextTrimmed { .. } => ("context-budget-trimmed", Info),
    }
}

pub(super) fn fields(fact: &QualityFact) -> Vec<Field<'_>> {
    match fact {
        QualityFact::DriftDetected { provider, profile, severity, reason, action, signals } => row! {
            "provider": provider, "profile": profile, "severity": severity, "reason": reason,
            "action": action, "signals": Value::Group(signals.iter().map(|(name, value)| (*name, Value::Ratio(*value))).collect()),
        },
        QualityFact::DriftPromoted { provider, profile, rank, cooldown } => row! {
            "provider": provider, "profile": profile, "demoted_to_rank": rank,
            "cooldown_s": Value::Seconds(*cooldown),
        },
        QualityFact::DriftReloaded { provider, success } => {
            row! {"provider": provider, "success": success}
        }
        QualityFact::DriftRecovered { provider, profile, after } => {
            row! {"provider": provider, "profile": profile, "after_s": Value::Seconds(*after)}
        }
        QualityFact::ContextWarning { provider, profile, estimated, window, ratio, action } => row! {
            "provider": provider, "profile": profile, "estimated_tokens": estimated,
            "max_context_tokens": window, "usage_ratio": Value::Ratio(*ratio), "action": action,
        },
        QualityFact::ContextTrimmed { provider, profile, messages, estimated, window, missed_target } => {
            let removed = messages.0.saturating_sub(messages.1);
            row! {
                "provider": provider, "profile": profile, "messages_removed": &removed,
                "messages_before": &messages.0, "messages_after": &messages.1,
                "estimated_tokens_before": &estimated.0, "estimated_tokens_after": &estimated.1,
                "max_context_tokens": window, "target_missed": missed_target,
            }
        }
    }
}
