//! `cargo xtask tidy`: what the compiler does not check. Each check is one file
//! under `tidy/`; here is their list and how findings are told. Also run by `cargo test`.

mod arrows;
mod dialects;
mod docs;
mod duplicates;
mod leftovers;
mod licences;
mod names;
mod paths;
mod promises;
mod sizes;
mod unwraps;

use crate::Outcome;
use crate::workspace::{self, Workspace};
use std::fmt;
use std::io::{self, Write};

/// One thing to mend, and where.
#[derive(Debug, PartialEq)]
struct Finding {
    path: String,
    line: usize,
    message: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.path, self.line, self.message)
    }
}

type Check = fn(&Workspace) -> Vec<Finding>;

const CHECKS: &[Check] = &[
    // Rooms import only what the walls allow.
    arrows::check,
    // Every Rust file says what lives in it.
    docs::check,
    // Files and functions stay readable.
    sizes::check,
    // Modules are nouns that mean something.
    names::check,
    // No file speaks two wire dialects.
    dialects::check,
    // Nothing silenced, nothing unfinished.
    leftovers::check,
    // Shipped code does not unwrap.
    unwraps::check,
    // The tree speaks of no machine it was written on.
    paths::check,
    // Invariants and generated pages name tests that exist.
    promises::check,
    // Every package may be shipped with ours.
    licences::check,
    // One version of a crate is enough.
    duplicates::check,
];

/// Prints every finding, then a line of totals.
pub(crate) fn run(_arguments: &[String]) -> Outcome {
    let workspace = Workspace::read(&workspace::root())?;
    let findings = findings(&workspace);
    let mut out = io::stdout().lock();
    for finding in &findings {
        writeln!(out, "{finding}")?;
    }
    let (checks, files, locked) = (CHECKS.len(), workspace.files.len(), duplicates::locked(&workspace));
    writeln!(
        out,
        "tidy: {checks} checks, {files} files, {locked} locked packages, {} findings",
        findings.len()
    )?;
    Ok(findings.is_empty())
}

fn findings(workspace: &Workspace) -> Vec<Finding> {
    CHECKS.iter().flat_map(|check| check(workspace)).collect()
}

/// Asserts that `check` finds exactly `expect`, each as printed, in a small tree.
#[cfg(test)]
#[track_caller]
fn expect(check: Check, workspace: &Workspace, expect: &[&str]) {
    let found: Vec<_> = check(workspace).iter().map(ToString::to_string).collect();
    assert_eq!(found, expect);
}

#[cfg(test)]
mod tests {
    use super::{Workspace, findings, workspace};

    #[test]
    fn the_tree_is_tidy() {
        let workspace = Workspace::read(&workspace::root()).expect("the workspace is readable");
        let findings: Vec<_> = findings(&workspace).iter().map(ToString::to_string).collect();
        assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
    }
}
