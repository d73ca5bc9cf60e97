//! Two versions of one crate in the default build, and how many packages are locked in all.

use super::Finding;
use crate::workspace::Workspace;
use std::collections::{BTreeMap, BTreeSet};

/// More locked packages than this want an argument, not a habit.
const LOCKED_LIMIT: usize = 330;

/// Crates that may be there twice, with the reason.
const TWICE: &[(&str, &str)] = &[
    ("getrandom", "ring has stayed on 0.2, the randomness of property tests is on 0.4"),
    ("itertools", "benchmarks are on 0.13, the terminal's widgets on 0.14"),
    ("syn", "macros move to 3 one by one; it is not linked"),
];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let versions = versions(workspace);
    let twice = versions.iter().filter(|(name, found)| found.len() > 1 && !is_expected(name));
    let mut findings: Vec<_> = twice
        .map(|(name, found)| {
            let found: Vec<_> = found.iter().copied().collect();
            lock(format!("`{name}` is there {} times: {}", found.len(), found.join(", ")))
        })
        .collect();
    let locked = locked(workspace);
    if locked > LOCKED_LIMIT {
        findings.push(lock(format!("{locked} locked packages, {LOCKED_LIMIT} is the end")));
    }
    findings.extend(
        outdated(workspace).into_iter().map(|name| lock(format!("`{name}` is there once: it leaves TWICE"))),
    );
    findings
}

/// Packages in the lock file, those of all features and platforms included.
pub(super) fn locked(workspace: &Workspace) -> usize {
    lock_text(workspace).matches("[[package]]").count()
}

/// Cargo locks one version of those that could replace each other, so any two are incompatible.
fn versions(workspace: &Workspace) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in workspace.built["packages"].as_array().map_or(&[][..], Vec::as_slice) {
        if let (Some(name), Some(version)) = (package["name"].as_str(), package["version"].as_str()) {
            versions.entry(name).or_default().insert(version);
        }
    }
    versions
}

fn is_expected(name: &str) -> bool {
    TWICE.iter().any(|(expected, _)| *expected == name)
}

/// Names on the list that the lock file holds at most once.
fn outdated(workspace: &Workspace) -> Vec<&'static str> {
    let text = lock_text(workspace);
    let once = TWICE.iter().filter(|(name, _)| text.matches(&format!("name = \"{name}\"\n")).count() < 2);
    once.map(|(name, _)| *name).collect()
}

fn lock_text(workspace: &Workspace) -> &str {
    workspace.file("Cargo.lock").map_or("", |file| file.text.as_str())
}

fn lock(message: String) -> Finding {
    Finding::new("Cargo.lock", 1, message)
}

#[cfg(test)]
mod tests {
    use super::{LOCKED_LIMIT, TWICE, check};
    use crate::workspace::Workspace;
    use serde_json::json;

    /// Findings in a workspace whose lock file holds what the list expects, so that only the given packages count.
    fn found(packages: &[(&str, &str)], locked: usize) -> Vec<String> {
        let expected: String =
            TWICE.iter().map(|(name, _)| format!("name = \"{name}\"\n").repeat(2)).collect();
        let text = format!("{expected}{}", "[[package]]\n".repeat(locked));
        let mut workspace = Workspace::of(&[("Cargo.lock", &text)]);
        let packages: Vec<_> =
            packages.iter().map(|(name, version)| json!({"name": name, "version": version})).collect();
        workspace.built = json!({"packages": packages});
        check(&workspace).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn two_versions_are_found() {
        let packages = [("left-pad", "1.0.0"), ("left-pad", "2.0.0"), ("right-pad", "1.0.0")];
        assert_eq!(found(&packages, 1), ["Cargo.lock:1: `left-pad` is there 2 times: 1.0.0, 2.0.0"]);
    }

    #[test]
    fn the_number_of_packages_has_an_end() {
        assert!(found(&[], LOCKED_LIMIT).is_empty());
        assert_eq!(found(&[], LOCKED_LIMIT + 1), ["Cargo.lock:1: 331 locked packages, 330 is the end"]);
    }
}
