//! The cap on calls since a person last spoke: what an agent does on its own has an end, and a long session that goes
//! well is never over it.
//!
//! It is told when the cap is passed and whenever the count over it has doubled, not with every request. Whether that
//! has just happened is told from the request alone: the calls of its newest reply were not in the request before.

use super::history::calls;
use super::{Action, Sighting, person};
use canon::config::{Profile, ToolLoop, ToolLoopAction};
use canon::event::{Fact, ToolCountSeen};
use canon::fault::{Detail, Fault, FaultKind};
use canon::request::{Request, Role};

pub(super) fn judge(request: &Request, profile: &Profile) -> Option<Sighting> {
    let ToolLoop { action, max_tool_calls: cap, .. } = profile.tool_loop;
    let count = (cap > 0).then(|| Count::of(request))?;
    let level = |calls| level(calls, cap as usize);
    let refuses = action == ToolLoopAction::Break && level(count.all) > 0;
    if !refuses && level(count.all) == level(count.all - count.newest) {
        return None;
    }
    let seen =
        ToolCountSeen { profile: profile.name.clone(), total_count: count.all, max_allowed: cap, action };
    let action = if refuses { Action::Refuse(Box::new(refusal(&seen))) } else { Action::Go };
    Some(Sighting { fact: Fact::ToolCountSeen(Box::new(seen)), action })
}

/// The calls since a person last spoke.
#[derive(Clone, Copy)]
struct Count {
    all: usize,
    /// Those of the newest reply; not above `all`.
    newest: usize,
}

impl Count {
    fn of(request: &Request) -> Self {
        let mut count = Self { all: 0, newest: 0 };
        let mut later = None;
        let mut replies = 0;
        for message in request.messages.iter().rev() {
            if person::speaks_in(message) {
                break;
            }
            if message.role == Role::Assistant {
                // A reply may lie in several turns, one behind the other.
                replies += usize::from(later != Some(Role::Assistant));
                let calls = calls(message).count();
                count.all += calls;
                count.newest += if replies == 1 { calls } else { 0 };
            }
            later = Some(message.role);
        }
        count
    }
}

/// 0 up to the cap, then one more at each doubling.
fn level(calls: usize, cap: usize) -> u32 {
    if calls <= cap { 0 } else { 1 + ((calls - 1) / cap).ilog2() }
}

fn refusal(seen: &ToolCountSeen) -> Fault {
    let ToolCountSeen { profile, total_count, max_allowed, .. } = seen;
    let message = format!(
        "profile='{profile}': {total_count} tool calls since the last message of the user, more than {max_allowed}"
    );
    let detail = Detail::new("tool_count")
        .with_number("total_count", *total_count as u64)
        .with_number("max_allowed", *max_allowed)
        .with_text("profile", profile.as_str());
    let fault = Fault::new(FaultKind::Invalid, message)
        .with_hint("answer the agent to let it go on, or raise max_tool_calls in the profile")
        .with_detail(detail);
    Fault { should_retry: Some(false), ..fault }
}
