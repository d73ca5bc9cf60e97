//! What the guards say to conversations written as short lines: one step a line, one call or result a word.

mod count;
mod loops;

use super::*;
use crate::fixture::{self, sourced, turn};
use canon::config::{ToolLoop, ToolLoopAction};
use canon::dialect::Dialect;
use canon::request::{Arguments, Call, CallResult, Content, Part, PartKind, Role};
use canon::text::{Json, Text};

const DIALECTS: [Dialect; 2] = [Dialect::Anthropic, Dialect::OpenAi];

/// A conversation of steps: `> words` is a person's, `! words` the harness's, and else one reply with its results.
///
/// In a reply `Bash:ls` is a call with its arguments, and `Bash:ls=no` one that failed with that word. Ids are used again
/// in every reply, as some clients do.
fn conversation(dialect: Dialect, steps: &[&str]) -> Request {
    let mut request = fixture::request(dialect, &[], &[]);
    for step in steps {
        let turns = request.messages.edit();
        match step.split_at(1) {
            (">", words) => turns.push(turn(Role::User, Content::Text(words.into()))),
            ("!", words) => {
                let words = format!("<system-reminder>{words}</system-reminder>");
                turns.push(turn(Role::User, Content::Parts(vec![Part::text(words)])));
            }
            _ => {
                let calls = step.split(' ').enumerate();
                let (calls, results): (Vec<_>, Vec<_>) =
                    calls.map(|(place, word)| exchange(dialect, place, word)).unzip();
                turns.push(turn(Role::Assistant, Content::Parts(calls)));
                if dialect == Dialect::Anthropic {
                    turns.push(turn(Role::User, Content::Parts(results)));
                } else {
                    let results =
                        results.into_iter().map(|part| turn(Role::Tool, Content::Parts(vec![part])));
                    turns.extend(results);
                }
            }
        }
    }
    request.messages = sourced(std::mem::take(request.messages.edit()));
    request
}

/// A call and its result as the dialect has them.
fn exchange(dialect: Dialect, place: usize, word: &str) -> (Part, Part) {
    let (call, error) = word.split_once('=').map_or((word, None), |(call, error)| (call, Some(error)));
    let (name, arguments) = call.split_once(':').unwrap_or((call, ""));
    let json = format!(r#"{{"command":"{arguments}","why":"secret"}}"#);
    let id = Text::from(format!("call_{place}"));
    let (arguments, is_error) = match dialect {
        Dialect::Anthropic => (Arguments::Value(Json::raw(json.into())), Some(error.is_some())),
        _ => (Arguments::Text(json.into()), None),
    };
    let text = match (dialect, error) {
        (_, None) => "fine".to_owned(),
        (Dialect::Anthropic, Some(error)) => error.to_owned(),
        (_, Some(error)) => format!("Error: {error}"),
    };
    let content = Content::Text(text.into());
    let result = CallResult { call_id: id.clone(), name: None, content, is_error };
    let call = Call { id, name: name.into(), arguments };
    (Part::new(PartKind::Call(call)), Part::new(PartKind::CallResult(result)))
}

fn profile(action: ToolLoopAction) -> Profile {
    Profile {
        tool_loop: ToolLoop { action, window: 5, threshold: 3, max_tool_calls: 50 },
        ..fixture::profile("coding", &[])
    }
}

/// The fault of a refusal; there is none if the request went on.
fn refusal(verdict: Verdict) -> Option<Fault> {
    match verdict.action {
        Action::Refuse(fault) => Some(*fault),
        Action::Go | Action::Hint(_) => None,
    }
}

#[test]
fn a_refusal_ends_the_list() {
    let mut profile = profile(ToolLoopAction::Break);
    profile.tool_loop.max_tool_calls = 2;
    for dialect in DIALECTS {
        let verdict = judge(&conversation(dialect, &[">go", "A", "A", "A"]), &profile);
        assert!(matches!(verdict.facts[..], [Fact::ToolCountSeen(_)]), "{:?}", verdict.facts);
        assert_eq!(refusal(verdict).unwrap().detail.unwrap().name(), "tool_count");
        profile.tool_loop.action = ToolLoopAction::Inject;
        let verdict = judge(&conversation(dialect, &[">go", "A", "A", "A"]), &profile);
        assert!(matches!(verdict.facts[..], [Fact::ToolCountSeen(_), Fact::ToolLoopSeen(_)]));
        assert!(matches!(verdict.action, Action::Hint(_)));
        profile.tool_loop.action = ToolLoopAction::Break;
    }
}
