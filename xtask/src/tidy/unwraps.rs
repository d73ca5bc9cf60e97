//! Shipped code does not unwrap: what can fail there is a fault with a name. Tests may.

use super::Finding;
use crate::rust::{Lines, tests_in};
use crate::workspace::{TextFile, Workspace};

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let tests = test_files(workspace);
    let shipped = workspace.rust().filter(|file| file.path.contains("/src/"));
    shipped
        .filter(|file| !tests.iter().any(|test| file.path.starts_with(test.as_str())))
        .flat_map(judge)
        .collect()
}

fn judge(file: &TextFile) -> Vec<Finding> {
    let (code, lines) = (&file.rust.code, Lines::of(&file.text));
    let tests = tests_in::ranges(code);
    let places = code.match_indices(".unwrap()").map(|(at, _)| at);
    let shipped = places.filter(|at| !tests.iter().any(|range| range.contains(at)));
    shipped
        .map(|at| Finding::new(&file.path, lines.at(at), "`unwrap` outside tests: give the failure a name"))
        .collect()
}

/// Beginnings of the paths of files that a gated `mod name;` brings in.
fn test_files(workspace: &Workspace) -> Vec<String> {
    let declared = workspace.rust().flat_map(|file| {
        let folder = module_folder(file);
        tests_in::modules(&file.rust.code).into_iter().map(move |name| (folder.clone(), name))
    });
    declared.flat_map(|(folder, name)| [format!("{folder}/{name}.rs"), format!("{folder}/{name}/")]).collect()
}

/// Where a file's own modules lie.
fn module_folder(file: &TextFile) -> String {
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    match file.stem() {
        "lib" | "main" => folder.to_owned(),
        stem => format!("{folder}/{stem}"),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::expect;
    use crate::workspace::Workspace;

    #[test]
    fn only_shipped_code_is_judged() {
        let gated = "fn a() { x.unwrap_or(1) }\n#[cfg(test)]\nmod tests { fn b() { x.unwrap() } }\nfn c() { x.unwrap() }";
        let tree = [
            ("a/src/gate.rs", gated),
            ("a/src/lib.rs", "//! `x.unwrap()`\n#[cfg(test)]\nmod laws;\nmod lawyer;"),
            ("a/src/laws.rs", "fn a() { x.unwrap() }"),
            ("a/src/lawyer.rs", "fn a() { x.unwrap() }"),
            ("a/tests/whole.rs", "fn a() { x.unwrap() }"),
        ];
        expect(
            check,
            &Workspace::of(&tree),
            &[
                "a/src/gate.rs:4: `unwrap` outside tests: give the failure a name",
                "a/src/lawyer.rs:1: `unwrap` outside tests: give the failure a name",
            ],
        );
    }
}
