//! Names of modules: no drawers where anything may lie, and no `mod.rs`.

use super::Finding;
use crate::rust::{Lines, skip_blank, word_at, words};
use crate::workspace::{TextFile, Workspace};

const DRAWERS: &[&str] = &[
    "util",
    "utils",
    "utilities",
    "helper",
    "helpers",
    "common",
    "misc",
    "manager",
    "managers",
    "service",
    "services",
];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    workspace.rust().flat_map(|file| place(file).into_iter().chain(inline(file))).collect()
}

fn place(file: &TextFile) -> Vec<Finding> {
    let folders = file.path.rsplit_once('/').map_or("", |(folders, _)| folders).split('/');
    let drawers = folders.chain([file.stem()]).filter(|part| DRAWERS.contains(part));
    let mut findings: Vec<_> = drawers.map(|drawer| Finding::new(&file.path, 1, blame(drawer))).collect();
    if file.stem() == "mod" {
        findings.push(Finding::new(&file.path, 1, "no `mod.rs`: name the file after its folder, beside it"));
    }
    findings
}

fn inline(file: &TextFile) -> Vec<Finding> {
    let (code, lines) = (&file.rust.code, Lines::of(&file.text));
    let modules = words(code, "mod").map(|at| (at, word_at(code, skip_blank(code, at + "mod".len()))));
    let drawers = modules.filter(|(_, name)| DRAWERS.contains(name));
    drawers.map(|(at, name)| Finding::new(&file.path, lines.at(at), blame(name))).collect()
}

fn blame(drawer: &str) -> String {
    format!("`{drawer}` says nothing: name the module after the noun it holds")
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::expect;
    use crate::workspace::Workspace;

    #[test]
    fn drawers_and_mod_files_are_found() {
        let tree = [
            ("a/src/utils.rs", ""),
            ("a/src/gate/mod.rs", ""),
            ("a/src/service/http.rs", ""),
            ("a/src/lib.rs", "// mod utils\npub(crate) mod helpers { }\nmod serviced;"),
        ];
        expect(
            check,
            &Workspace::of(&tree),
            &[
                "a/src/utils.rs:1: `utils` says nothing: name the module after the noun it holds",
                "a/src/gate/mod.rs:1: no `mod.rs`: name the file after its folder, beside it",
                "a/src/service/http.rs:1: `service` says nothing: name the module after the noun it holds",
                "a/src/lib.rs:2: `helpers` says nothing: name the module after the noun it holds",
            ],
        );
    }
}
