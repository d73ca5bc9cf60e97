//! `.envrc` for direnv: our lines stand in a block of their own, and nothing outside of it is touched.

use super::Plan;
use super::variables::{Value, Variables};
use crate::editing::Change;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The lines around our block.
const BEGIN: &str = "# BEGIN coderouter-managed";
const END: &str = "# END coderouter-managed";

pub(super) fn path(target: &Path) -> PathBuf {
    target.join(".envrc")
}

/// What is to become of the file.
pub(super) fn plan(path: &Path, before: Option<String>, variables: &Variables, force: bool) -> Plan {
    let text = before.as_deref().unwrap_or_default();
    match amended(text, &lines(variables), force) {
        Ok(after) => Plan::Write(Change::new(path, before, after).private()),
        Err(Refusal { reasons, forced }) => {
            let change = forced.map(|after| Change::new(path, before.clone(), after).private());
            Plan::Conflict { change, reasons }
        }
    }
}

/// Why the file is not changed, and what it would be with `--force`.
#[derive(Debug, PartialEq, Eq)]
struct Refusal {
    reasons: Vec<String>,
    forced: Option<String>,
}

/// The text with our block in it.
fn amended(text: &str, lines: &[Line], force: bool) -> Result<String, Refusal> {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let ours: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
    let block = [&[BEGIN], ours.as_slice(), &[END]].concat().join(end) + end;
    let range = block_of(text).map_err(|reason| Refusal { reasons: vec![reason], forced: None })?;
    let bare = ours.join(end);
    if range.is_none() && (text.trim().is_empty() || text.trim_end() == bare) {
        return Ok(block);
    }
    let outside = match &range {
        Some(range) => [&text[..range.start], &text[range.end..]].concat(),
        None => text.to_owned(),
    };
    let twice: Vec<_> = lines.iter().filter(|line| sets(&outside, line.name)).collect();
    if !twice.is_empty() {
        let reason = |line: &&Line| format!("{} is set outside of the coderouter block too", line.name);
        return Err(Refusal { reasons: twice.iter().map(reason).collect(), forced: None });
    }
    match range {
        Some(range) => Ok([&text[..range.start], &block, &text[range.end..]].concat()),
        None => {
            let gap = if text.ends_with('\n') { end.to_owned() } else { end.repeat(2) };
            let appended = [text, &gap, &block].concat();
            if force {
                return Ok(appended);
            }
            Err(Refusal {
                reasons: vec!["the file has no coderouter block".to_owned()],
                forced: Some(appended),
            })
        }
    }
}

/// Where our block is, its last line end included.
fn block_of(text: &str) -> Result<Option<Range<usize>>, String> {
    let (mut begins, mut ends, mut at) = (Vec::new(), Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        match line.trim() {
            BEGIN => begins.push(at),
            END => ends.push(at + line.len()),
            _ => {}
        }
        at += line.len();
    }
    match (begins.as_slice(), ends.as_slice()) {
        ([], []) => Ok(None),
        ([begin], [end]) if begin < end => Ok(Some(*begin..*end)),
        _ => Err(format!("the lines `{BEGIN}` and `{END}` do not make one block")),
    }
}

/// Whether a line of the text sets a variable.
fn sets(text: &str, name: &str) -> bool {
    text.lines().any(|line| {
        let mut words = line.split_whitespace().peekable();
        while words.next_if(|word| ["export", "declare", "typeset", "-x", "-gx"].contains(word)).is_some() {}
        words
            .take_while(|word| !word.starts_with('#'))
            .any(|word| word.strip_prefix(name).is_some_and(|rest| rest.starts_with('=')))
    })
}

/// A line of our block.
struct Line {
    name: &'static str,
    text: String,
}

fn lines(variables: &Variables) -> Vec<Line> {
    let line = |(name, value): (&'static str, Value)| {
        let value = match value {
            Value::Text(text) => format!("'{}'", text.replace('\'', "'\\''")),
            Value::Variable(variable) => format!("\"${variable}\""),
        };
        Line { name, text: format!("export {name}={value}") }
    };
    variables.all().into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &'static str) -> Line {
        Line { name, text: format!("export {name}='1'") }
    }

    #[track_caller]
    fn check(before: &str, force: bool, after: Result<&str, &str>) {
        let amended = amended(before, &[line("A"), line("B")], force);
        assert_eq!(amended.as_deref().map_err(|refusal| refusal.reasons[0].as_str()), after);
    }

    const BLOCK: &str = "# BEGIN coderouter-managed\nexport A='1'\nexport B='1'\n# END coderouter-managed\n";

    #[test]
    fn only_the_block_is_rewritten() {
        check("", false, Ok(BLOCK));
        check(BLOCK, false, Ok(BLOCK));
        let old = BLOCK.replace("'1'", "'0'");
        check(&format!("x\n{old}y"), false, Ok(&format!("x\n{BLOCK}y")));
        check(
            &format!("x\r\n{}", old.replace('\n', "\r\n")),
            false,
            Ok(&format!("x\n{BLOCK}").replace('\n', "\r\n")),
        );
    }

    #[test]
    fn own_lines_without_a_block_get_one() {
        check("export A='1'\nexport B='1'\n", false, Ok(BLOCK));
    }

    #[test]
    fn a_file_of_theirs_is_added_to_on_demand() {
        check("dotenv\n", false, Err("the file has no coderouter block"));
        check("dotenv\n", true, Ok(&format!("dotenv\n\n{BLOCK}")));
        check("dotenv", true, Ok(&format!("dotenv\n\n{BLOCK}")));
    }

    #[test]
    fn no_variable_is_set_twice() {
        for theirs in ["export A=2\n", "A=2\n", "export C=1 A=2\n", "  declare -x A=2\n"] {
            check(&format!("{theirs}{BLOCK}"), true, Err("A is set outside of the coderouter block too"));
        }
        for theirs in ["# export A=2\n", "export AA=2\n", "echo $A\n"] {
            check(&format!("{theirs}{BLOCK}"), false, Ok(&format!("{theirs}{BLOCK}")));
        }
    }

    #[test]
    fn half_a_block_is_nobodys() {
        let reason =
            "the lines `# BEGIN coderouter-managed` and `# END coderouter-managed` do not make one block";
        check("# BEGIN coderouter-managed\nx\n", true, Err(reason));
        check(&BLOCK.repeat(2), true, Err(reason));
    }
}
