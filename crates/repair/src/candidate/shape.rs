//! The shapes of objects that mean calls.

use super::Written;
use crate::markup::fold;
use crate::toolbox::{Arguments, Toolbox};
use crate::value::{Fields, Value};

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
pub fn may_belong(tools: &Toolbox, key: &str, value: Option<&Value<'_>>) -> bool {
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
pub fn calls<'a>(value: Value<'a>, tools: &Toolbox, demand: Demand) -> Option<Vec<Written<'a>>> {
    let mut found = Vec::new();
    collect(value, tools, demand, &mut found)?;
    Some(found)
}

/// Collects them, up to the first value that is none.
pub fn collect<'a>(
    value: Value<'a>,
    tools: &Toolbox,
    demand: Demand,
    found: &mut Vec<Written<'a>>,
) -> Option<()> {
    match value {
        Value::List(items) if !items.is_empty() => {
            items.into_iter().try_for_each(|item| collect(item, tools, demand, found))
        }
        Value::Object(fields) => object(fields, tools, demand, found),
        _ => None,
    }
}

fn object<'a>(
    mut fields: Fields<'a>,
    tools: &Toolbox,
    demand: Demand,
    found: &mut Vec<Written<'a>>,
) -> Option<()> {
    let place = |key: &str| fields.iter().position(|(name, _)| name == key);
    let text = |key: &&str| place(key).filter(|at| matches!(fields[*at].1, Value::Text(_)));
    let id = ["id", "tool_call_id", "call_id"].iter().find_map(text);
    if place("name").is_none()
        && let Some(held) = HOLDERS.iter().find_map(|key| {
            place(key).filter(|at| matches!(fields[*at].1, Value::List(_) | Value::Object(_)))
        })
    {
        let before = found.len();
        let id = id.and_then(|at| taken(&mut fields, at).into_text());
        collect(taken(&mut fields, held), tools, demand, found)?;
        if let [only] = &mut found[before..] {
            only.id = only.id.take().or(id);
        }
        return Some(());
    }
    let name = NAMES.iter().find_map(text);
    let arguments = ARGUMENTS.iter().find_map(|key| place(key));
    if let Some(name) = name
        && (arguments.is_some() || demand == Demand::Name)
    {
        let arguments = arguments.map_or(Arguments::Absent, |at| Arguments::Value(taken(&mut fields, at)));
        let name = taken(&mut fields, name).into_text()?;
        let id = id.and_then(|at| taken(&mut fields, at).into_text());
        found.push(Written { name, arguments, id });
        return Some(());
    }
    let (name, arguments) = fields.pop().filter(|_| fields.is_empty())?;
    let meant = match &arguments {
        Value::Object(_) => tools.declares(&name) || (demand == Demand::Name && tools.knows(&name)),
        Value::Text(_) => demand == Demand::Name && tools.knows(&name),
        _ => false,
    };
    meant.then(|| found.push(Written { name, arguments: Arguments::Value(arguments), id: None }))
}

/// Takes the value of a field out.
fn taken<'a>(fields: &mut Fields<'a>, at: usize) -> Value<'a> {
    std::mem::replace(&mut fields[at].1, Value::Null)
}
