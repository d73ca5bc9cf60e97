//! The shapes of objects that mean calls.

use super::Written;
use crate::markup::fold;
use crate::toolbox::{Arguments, Toolbox};
use crate::value::Value;

const NAMES: &[&str] =
    &["name", "tool", "tool_name", "function", "action", "function_name", "toolName", "recipient_name"];

const ARGUMENTS: &[&str] = &[
    "arguments",
    "parameters",
    "input",
    "args",
    "action_input",
    "tool_input",
    "params",
    "kwargs",
    "Arguments",
    "argument",
];

/// Keys that may stand beside those of a call.
const BESIDE: &[&str] =
    &["id", "type", "index", "tool_call_id", "call_id", "thought", "thoughts", "reasoning", "explanation"];

/// Keys whose value holds calls.
const HOLDERS: &[&str] =
    &["tool_calls", "function_call", "tool_call", "tool_use", "calls", "function", "toolCalls"];

/// How much of a call must be written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Markup vouches for it: arguments may be left out.
    Name,
    /// Name and arguments, and nothing that does not belong to a call.
    Both,
}

/// Whether a field at the top of an object may belong to a call; its value is absent where only the key was read.
pub fn may_belong(tools: &Toolbox, key: &str, value: Option<&Value>) -> bool {
    let is_tool = || tools.declares(key);
    let Some(value) = value else {
        let known = [NAMES, ARGUMENTS, BESIDE, HOLDERS].iter().any(|list| list.contains(&key));
        return known || is_tool();
    };
    match value {
        Value::Text(name) if NAMES.contains(&key) => tools.may_mean(name),
        Value::Text(kind) if key == "type" => {
            matches!(
                fold(kind).as_str(),
                "function" | "tooluse" | "toolcall" | "functioncall" | "custom" | "tool"
            )
        }
        Value::Object(_) => !NAMES.contains(&key) || HOLDERS.contains(&key) || is_tool(),
        Value::List(_) => !NAMES.contains(&key) && key != "type",
        _ => !NAMES.contains(&key) || is_tool(),
    }
}

/// The calls that a value means: one, or a list of nothing but calls.
pub fn calls(value: &Value, tools: &Toolbox, demand: Demand) -> Option<Vec<Written>> {
    match value {
        Value::List(items) if !items.is_empty() => {
            let lists: Option<Vec<Vec<Written>>> =
                items.iter().map(|item| calls(item, tools, demand)).collect();
            lists.map(|lists| lists.concat())
        }
        Value::Object(fields) => object(value, fields, tools, demand),
        _ => None,
    }
}

fn object(
    value: &Value,
    fields: &[(String, Value)],
    tools: &Toolbox,
    demand: Demand,
) -> Option<Vec<Written>> {
    let id = ["id", "tool_call_id", "call_id"]
        .iter()
        .find_map(|key| value.field(key)?.as_text())
        .map(str::to_owned);
    for holder in HOLDERS {
        match value.field(holder) {
            Some(held @ (Value::List(_) | Value::Object(_))) if value.field("name").is_none() => {
                let mut found = calls(held, tools, demand)?;
                if let [only] = found.as_mut_slice() {
                    only.id = only.id.take().or(id);
                }
                return Some(found);
            }
            _ => {}
        }
    }
    let name = NAMES.iter().find_map(|key| value.field(key)?.as_text());
    let arguments = ARGUMENTS.iter().find_map(|key| value.field(key));
    match (name, arguments) {
        (Some(name), Some(arguments)) => {
            let arguments = Arguments::Value(arguments.clone());
            Some(vec![Written { name: name.to_owned(), arguments, id }])
        }
        (Some(name), None) if demand == Demand::Name => {
            Some(vec![Written { name: name.to_owned(), arguments: Arguments::Absent, id }])
        }
        _ => match fields {
            [(name, arguments @ (Value::Object(_) | Value::Text(_)))]
                if demand == Demand::Name && tools.knows(name) =>
            {
                Some(vec![Written {
                    name: name.clone(),
                    arguments: Arguments::Value(arguments.clone()),
                    id: None,
                }])
            }
            [(name, arguments @ Value::Object(_))] if tools.declares(name) => Some(vec![Written {
                name: name.clone(),
                arguments: Arguments::Value(arguments.clone()),
                id: None,
            }]),
            _ => None,
        },
    }
}
