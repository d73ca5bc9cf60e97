//! What is told of the auto router's choice.

use super::{Field, Value, row};
use canon::event::{AutoRouted, AutoRoutedBy, Level, Signals};

pub(super) fn heading(it: &AutoRouted) -> (&'static str, Level) {
    match it.by {
        AutoRoutedBy::Rule(_) => ("auto-router-resolved", Level::Info),
        AutoRoutedBy::NoRule | AutoRoutedBy::Disabled => ("auto-router-fallthrough", Level::Info),
    }
}

pub(super) fn fields(it: &AutoRouted) -> Vec<Field<'_>> {
    let profile = &it.profile;
    let seen = &it.signals;
    match &it.by {
        AutoRoutedBy::Rule(rule) => {
            let mut signals = row! {"has_image": &seen.has_image};
            signals.extend(common_signals(seen));
            row! {"rule_id": rule, "resolved_profile": profile, "signals": Value::Group(signals)}
        }
        AutoRoutedBy::NoRule | AutoRoutedBy::Disabled => {
            let mut signals = common_signals(seen);
            signals.extend(row! {"disabled": &(it.by == AutoRoutedBy::Disabled)});
            row! {"resolved_profile": profile, "signals": Value::Group(signals)}
        }
    }
}

fn common_signals(seen: &Signals) -> Vec<Field<'_>> {
    row! {
        "code_fence_ratio": seen.code_fence_ratio.map_or(Value::Absent, Value::Ratio),
        "content_len": &seen.content_len, "model": &seen.model,
        "estimated_tokens": &seen.estimated_tokens, "has_tools": &seen.has_tools,
    }
}
