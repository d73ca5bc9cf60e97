//! What the guards over a whole request tell, and what a forced tool choice became.

use super::{Field, Value, row};
use canon::config::Word;
use canon::event::{ToolChoiceEmulated, ToolCountSeen, ToolLoopSeen};

pub(super) fn tool_loop(it: &ToolLoopSeen) -> Vec<Field<'_>> {
    row! {
        "profile": &it.profile, "tool_name": &it.tool, "repeat_count": &it.repeat_count,
        "threshold": &it.threshold, "window": &it.window, "action": it.action.word(), "period": &it.period,
    }
}

pub(super) fn tool_count(it: &ToolCountSeen) -> Vec<Field<'_>> {
    row! {
        "profile": &it.profile, "total_count": &it.total_count, "max_allowed": &it.max_allowed,
        "action": it.action.word(),
    }
}

pub(super) fn tool_choice(it: &ToolChoiceEmulated) -> Vec<Field<'_>> {
    row! {"provider": &it.provider, "tool_name": &it.tool, "mode": it.mode}
}
