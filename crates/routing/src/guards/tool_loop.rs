//! A model that makes the same calls over and over.
//!
//! A loop is a block of 1 to 4 calls that stands `threshold` times or more at the end of the history, whole and without
//! a gap; the smallest block that fits is the loop. The latest `window` calls are looked at, and for a block that does
//! not fit into them `threshold` times, just as many as that takes. A loop is also one call that failed `threshold`
//! times within the window in the same way, whatever was tried in between. Runs that ended are past, and don't count.

use super::arguments::{self, Reading};
use super::history::{self, PastCall};
use super::{Action, Sighting, person};
use canon::config::{Profile, ToolLoop, ToolLoopAction};
use canon::event::{Fact, ToolLoopSeen};
use canon::fault::{Detail, Fault, FaultKind};
use canon::request::{CallResult, Content, PartKind, Request};
use canon::text::Text;

pub(super) fn judge(request: &Request, profile: &Profile) -> Option<Sighting> {
    let ToolLoop { action, window, threshold, .. } = profile.tool_loop;
    let found = find(request, window as usize, threshold as usize)?;
    // Else a person could never lead a conversation out of a loop: it would be refused as it stands.
    let action = match action {
        ToolLoopAction::Break if person::spoke_last(request) => ToolLoopAction::Warn,
        action => action,
    };
    let seen = ToolLoopSeen {
        profile: profile.name.clone(),
        tool: shown(found.tool),
        repeat_count: found.repeats,
        period: found.period,
        threshold,
        window,
        action,
    };
    let action = match action {
        ToolLoopAction::Warn => Action::Go,
        ToolLoopAction::Inject => Action::Hint(hint(&seen)),
        ToolLoopAction::Break => Action::Refuse(Box::new(refusal(&seen))),
    };
    Some(Sighting { fact: Fact::ToolLoopSeen(Box::new(seen)), action })
}

/// The longest block of calls that is looked for.
const LONGEST_PERIOD: usize = 4;

/// A loop at the end of a history.
struct Loop<'a> {
    tool: &'a Text,
    repeats: usize,
    period: Option<usize>,
}

fn find(request: &Request, window: usize, threshold: usize) -> Option<Loop<'_>> {
    let mut trail = Trail { earlier: history::backwards(request), calls: Vec::new() };
    let last = trail.at(0)?;
    let found = |repeats, period| Loop { tool: &last.call.name, repeats, period };
    for period in 1..=LONGEST_PERIOD {
        let reach = window.max(threshold * period);
        let alike = (0..reach - period).take_while(|&back| trail.is_same(back, back + period)).count();
        let repeats = 1 + alike / period;
        if repeats >= threshold {
            return Some(found(repeats, Some(period)));
        }
    }
    let failures = trail.failures(request, window)?;
    (failures >= threshold).then(|| found(failures, None))
}

/// The calls made, latest first, fetched when they are asked for.
struct Trail<'a, I> {
    earlier: I,
    calls: Vec<(PastCall<'a>, Reading<'a>)>,
}

impl<'a, I: Iterator<Item = PastCall<'a>>> Trail<'a, I> {
    /// The call `back` calls before the last one.
    fn at(&mut self, back: usize) -> Option<PastCall<'a>> {
        while self.calls.len() <= back {
            let past = self.earlier.next()?;
            self.calls.push((past, Reading::new(&past.call.arguments)));
        }
        self.calls.get(back).map(|(past, _)| *past)
    }

    /// Whether two calls are the same, the second made no later than the first.
    fn is_same(&mut self, back: usize, further: usize) -> bool {
        if self.at(further).is_none() {
            return false;
        }
        let ((one, with), (other, and_with)) = (&self.calls[back], &self.calls[further]);
        one.call.name == other.call.name && arguments::mean_same(with, and_with)
    }

    /// How often within the window the last call failed as it did last, if it did.
    fn failures(&mut self, request: &Request, window: usize) -> Option<usize> {
        let failure = |call: PastCall<'a>| call.result(request).filter(|result| failed(result));
        let last = failure(self.at(0)?)?;
        let mut count = 1;
        for back in 1..window {
            let Some(call) = self.at(back) else { break };
            if self.is_same(0, back) && failure(call).is_some_and(|result| said(result).eq(said(last))) {
                count += 1;
            }
        }
        Some(count)
    }
}

/// Whether a tool failed. On wires that don't say so, its first word tells.
fn failed(result: &CallResult) -> bool {
    const WORD: &str = "error";
    result.is_error.unwrap_or_else(|| {
        let first = said(result).next().map(Text::stored).map_or(&[][..], |text| text.trim_ascii_start());
        first.get(..WORD.len()).is_some_and(|start| start.eq_ignore_ascii_case(WORD.as_bytes()))
    })
}

/// The texts of a result, without the markers beside them that move from turn to turn.
fn said(result: &CallResult) -> impl Iterator<Item = &Text> {
    let (text, parts) = match &result.content {
        Content::Absent => (None, &[][..]),
        Content::Text(text) => (Some(text), &[][..]),
        Content::Parts(parts) => (None, &parts[..]),
    };
    text.into_iter().chain(parts.iter().filter_map(|part| match &part.kind {
        PartKind::Text(text) => Some(text),
        _ => None,
    }))
}

/// A tool's name as it may stand in a sentence: it comes from the client, and may be anything.
fn shown(tool: &Text) -> String {
    const LIMIT: usize = 128;
    tool.read().chars().filter(|c| !c.is_control()).take(LIMIT).collect()
}

/// What the model is told. It stays the same while the loop goes on, so that the prompt does.
fn hint(seen: &ToolLoopSeen) -> String {
    let complaint = match seen.period {
        Some(2..) => {
            "You keep making the same tool calls in turn, with the same arguments each time.".to_owned()
        }
        _ => format!("You keep calling the tool `{}` with the same arguments.", seen.tool),
    };
    format!(
        "{complaint} Doing so again will not give another result. Use a different tool or different arguments, or tell \
         the user what stops you and ask how to go on."
    )
}

fn refusal(seen: &ToolLoopSeen) -> Fault {
    let ToolLoopSeen { profile, tool, repeat_count, threshold, window, .. } = seen;
    let message = match seen.period {
        Some(period @ 2..) => format!(
            "profile='{profile}': the model made the same {period} tool calls {repeat_count} times in a row, {tool} last"
        ),
        _ => format!(
            "profile='{profile}': the model called the tool {tool} {repeat_count} times with the same arguments"
        ),
    };
    let detail = Detail::new("tool_loop")
        .with_text("profile", profile.as_str())
        .with_text("tool_name", tool)
        .with_number("repeat_count", *repeat_count as u64)
        .with_number("threshold", *threshold)
        .with_number("window", *window);
    let fault = Fault::new(FaultKind::Invalid, message)
        .with_hint("tell the agent what to do instead, or set tool_loop_action: warn in the profile")
        .with_detail(detail);
    Fault { should_retry: Some(false), ..fault }
}
