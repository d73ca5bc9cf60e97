//! No file names a folder of a machine it was written on.

use super::Finding;
use crate::workspace::{TextFile, Workspace};

/// Each in two halves, so that this file does not name them.
const MACHINES: &[(&str, &str)] =
    &[("/wo", "rk/"), ("/ro", "ot/"), ("/ho", "me/"), ("/Us", "ers/"), ("../sha", "red")];

/// Homes of nobody, for examples.
const NOBODY: &[&str] = &["you", "user", "me"];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    workspace.files.iter().flat_map(judge).collect()
}

fn judge(file: &TextFile) -> Vec<Finding> {
    let lines = file.text.lines().enumerate();
    let named = lines.filter_map(|(number, line)| {
        Some((number + 1, MACHINES.iter().find_map(|machine| named(line, machine))?))
    });
    named
        .map(|(number, path)| {
            Finding::new(&file.path, number, format!("names `{path}`, a path of one machine"))
        })
        .collect()
}

/// The path in `line` that begins as `machine` does, if one does.
fn named(line: &str, (head, tail): &(&str, &str)) -> Option<String> {
    let machine = format!("{head}{tail}");
    let place = line.match_indices(&machine).map(|(at, _)| at).find(|at| {
        let rest = &line[at + machine.len()..];
        let owner = rest
            .split(|mark: char| !mark.is_alphanumeric() && mark != '_' && mark != '-')
            .next()
            .unwrap_or_default();
        let home = matches!(*head, "/ho" | "/Us");
        begins_a_path(&line[..*at]) && !(home && (owner.is_empty() || NOBODY.contains(&owner)))
    })?;
    let end = line[place..].find([' ', '"', '\'', '`', ')', ',']).map_or(line.len(), |end| place + end);
    Some(line[place..end].to_owned())
}

/// Whether what follows stands on its own: not in the middle of a longer path, URL or variable.
fn begins_a_path(before: &str) -> bool {
    !before.ends_with(|mark: char| mark.is_alphanumeric() || "._-~}$/*".contains(mark))
}

#[cfg(test)]
mod tests {
    use super::{MACHINES, check};
    use crate::tidy::expect;
    use crate::workspace::Workspace;

    #[test]
    fn every_machine_is_found_in_every_text() {
        for (head, tail) in MACHINES {
            let text = format!("ok\nsee \"{head}{tail}jo/a.txt\"\n");
            let found = format!("a.md:2: names `{head}{tail}jo/a.txt`, a path of one machine");
            expect(check, &Workspace::of(&[("a.md", &text)]), &[found.as_str()]);
        }
    }

    #[test]
    fn longer_paths_and_homes_of_nobody_pass() {
        let text = "docs/home/jo $HOME/x https://a.example/home/jo ~/home/jo /home/you/x /home/";
        expect(check, &Workspace::of(&[("a.md", text)]), &[]);
    }
}
