//! `.vscode/settings.json`: variables of the integrated terminal, one set a system. Comments and all other keys stay.

use super::Plan;
use super::variables::{Value, Variables};
use crate::editing::Change;
use amend::{Edit, Step, edit_json, read_json};
use std::path::{Path, PathBuf};

/// The systems whose terminals VS Code knows.
const SYSTEMS: [&str; 3] = ["osx", "linux", "windows"];

pub(super) fn path(target: &Path) -> PathBuf {
    target.join(".vscode").join("settings.json")
}

/// What is to become of the file.
pub(super) fn plan(path: &Path, before: Option<String>, variables: &Variables, force: bool) -> Plan {
    let text = before.as_deref().unwrap_or_default();
    let edits = edits(variables);
    let data = match read_json(text) {
        Ok(data) => data,
        Err(error) => return Plan::Skip { reason: error.to_string() },
    };
    let reasons: Vec<_> = edits.iter().filter_map(|edit| differs(&data, edit)).collect();
    match edit_json(text, &edits) {
        Ok(after) => {
            let change = Change::new(path, before, after);
            if reasons.is_empty() || force {
                Plan::Write(change)
            } else {
                Plan::Conflict { change: Some(change), reasons }
            }
        }
        Err(error) => Plan::Conflict { change: None, reasons: vec![error.to_string()] },
    }
}

fn edits(variables: &Variables) -> Vec<Edit> {
    let for_system = |system: &&str| {
        let key = format!("terminal.integrated.env.{system}");
        let edit = move |(name, value): (&'static str, Value)| {
            let value = match value {
                Value::Text(text) => text,
                Value::Variable(variable) => format!("${{env:{variable}}}"),
            };
            Edit::new([Step::key(key.as_str()), Step::key(name)], value)
        };
        variables.all().into_iter().map(edit).collect::<Vec<_>>()
    };
    SYSTEMS.iter().flat_map(for_system).collect()
}

/// Why an edit would overwrite something of theirs.
fn differs(data: &serde_json::Value, edit: &Edit) -> Option<String> {
    let [Step::Key(system), Step::Key(name)] = edit.path.as_slice() else { return None };
    let theirs = data.get(system)?.get(name)?;
    (*theirs != edit.value).then(|| format!("{system} sets {name} to something else"))
}
