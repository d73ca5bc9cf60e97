//! What the guards over a whole request tell.

use super::*;
use canon::config::ToolLoopAction;
use canon::event::{ToolChoiceEmulated, ToolCountSeen, ToolLoopSeen};

#[test]
fn loops_and_counts_of_calls() {
    let seen = ToolLoopSeen {
        profile: "coding".into(),
        tool: "Bash".to_owned(),
        repeat_count: 4,
        period: Some(1),
        threshold: 3,
        window: 5,
        action: ToolLoopAction::Inject,
    };
    check(
        Fact::ToolLoopSeen(Box::new(seen.clone())),
        "WARNING",
        r#""tool-loop-detected","profile":"coding","tool_name":"Bash","repeat_count":4,"threshold":3,"window":5,"action":"inject","period":1"#,
        "warning: Bash was called 4 times with the same arguments (inject)",
    );
    check(
        Fact::ToolLoopSeen(Box::new(ToolLoopSeen { period: Some(2), ..seen.clone() })),
        "WARNING",
        r#""tool-loop-detected","profile":"coding","tool_name":"Bash","repeat_count":4,"threshold":3,"window":5,"action":"inject","period":2"#,
        "warning: the same 2 calls were made 4 times, Bash last (inject)",
    );
    check(
        Fact::ToolLoopSeen(Box::new(ToolLoopSeen { period: None, action: ToolLoopAction::Warn, ..seen })),
        "WARNING",
        r#""tool-loop-detected","profile":"coding","tool_name":"Bash","repeat_count":4,"threshold":3,"window":5,"action":"warn","period":null"#,
        "warning: Bash was called 4 times with the same arguments (warn)",
    );
    let action = ToolLoopAction::Break;
    let counted = ToolCountSeen { profile: "coding".into(), total_count: 51, max_allowed: 50, action };
    check(
        Fact::ToolCountSeen(Box::new(counted)),
        "WARNING",
        r#""tool-count-exceeded","profile":"coding","total_count":51,"max_allowed":50,"action":"break""#,
        "warning: 51 tool calls without a word of yours, more than 50 (break)",
    );
}

#[test]
fn a_forced_choice_that_became_words() {
    let emulated = |tool: Option<&str>, mode| ToolChoiceEmulated {
        provider: "a".into(),
        tool: tool.map(Into::into),
        mode,
    };
    check(
        Fact::ToolChoiceEmulated(Box::new(emulated(Some("Bash"), "tool"))),
        "INFO",
        r#""tool-choice-emulated","provider":"a","tool_name":"Bash","mode":"tool""#,
        "a is told in words to call Bash",
    );
    check(
        Fact::ToolChoiceEmulated(Box::new(emulated(None, "any"))),
        "INFO",
        r#""tool-choice-emulated","provider":"a","tool_name":null,"mode":"any""#,
        "a is told in words to call a tool",
    );
    let dropped = vec!["tool_choice".to_owned()];
    check(
        Fact::Degraded { provider: "a".into(), dropped, reason: "unsupported-backend" },
        "INFO",
        r#""capability-degraded","provider":"a","dropped":["tool_choice"],"reason":"unsupported-backend""#,
        "a goes without tool_choice (unsupported-backend)",
    );
}
