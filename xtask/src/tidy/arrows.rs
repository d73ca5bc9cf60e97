//! Crate arrows, from the manifests: who may import whom, and which crates a pure room may not name.

use super::Finding;
use crate::workspace::Workspace;
use serde_json::Value;

/// Each member, the members it may import, and whether it is pure.
const ROOMS: &[(&str, Imports, Walls)] = &[
    ("canon", Imports::Only(&[]), Walls::Pure),
    ("wire", Imports::Only(&["canon"]), Walls::Pure),
    ("repair", Imports::Only(&["canon"]), Walls::Pure),
    ("routing", Imports::Only(&["canon"]), Walls::Pure),
    ("telemetry", Imports::Only(&["canon"]), Walls::Pure),
    ("amend", Imports::Only(&[]), Walls::Pure),
    ("store", Imports::Only(&["canon"]), Walls::Open),
    ("rehearsal", Imports::Only(&[]), Walls::Open),
    ("coderouter", Imports::All, Walls::Open),
    ("xtask", Imports::Only(&[]), Walls::Open),
];

/// What a pure room may not name, by the first part of the crate's name.
const OUTSIDE: &[&str] =
    &["tokio", "hyper", "axum", "http", "tower", "reqwest", "rusqlite", "redis", "sqlx", "smol", "mio"];

#[derive(Clone, Copy)]
enum Imports {
    Only(&'static [&'static str]),
    All,
}

#[derive(Clone, Copy, PartialEq)]
enum Walls {
    Pure,
    Open,
}

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let members = list(&workspace.members, "packages");
    let names: Vec<&str> = members.iter().map(|member| text(member, "name")).collect();
    members.iter().flat_map(|member| judge(workspace, member, &names)).collect()
}

fn judge(workspace: &Workspace, member: &Value, names: &[&str]) -> Vec<Finding> {
    let name = text(member, "name");
    let manifest =
        if name == "xtask" { "xtask/Cargo.toml".to_owned() } else { format!("crates/{name}/Cargo.toml") };
    let Some((_, imports, walls)) = ROOMS.iter().find(|(room, ..)| *room == name) else {
        return vec![Finding::new(
            &manifest,
            1,
            format!("`{name}` has no arrows yet: give it a line in ROOMS"),
        )];
    };
    let mut findings = Vec::new();
    for dependency in list(member, "dependencies").iter().map(|dependency| text(dependency, "name")) {
        let message = if names.contains(&dependency) && !allows(*imports, dependency) {
            format!("`{name}` may not import `{dependency}`")
        } else if *walls == Walls::Pure
            && OUTSIDE.contains(&dependency.split(['-', '_']).next().unwrap_or_default())
        {
            format!("`{name}` is pure and may not name `{dependency}`")
        } else {
            continue;
        };
        findings.push(Finding::new(&manifest, line_of(workspace, &manifest, dependency), message));
    }
    findings
}

fn allows(imports: Imports, name: &str) -> bool {
    match imports {
        Imports::All => true,
        Imports::Only(names) => names.contains(&name),
    }
}

fn line_of(workspace: &Workspace, manifest: &str, dependency: &str) -> usize {
    let text = workspace.file(manifest).map_or("", |file| file.text.as_str());
    text.lines().position(|line| line.starts_with(dependency)).map_or(1, |line| line + 1)
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::expect;
    use crate::workspace::Workspace;
    use serde_json::{Value, json};

    fn workspace(members: &[(&str, &[&str])]) -> Workspace {
        let dependency = |name: &&str| json!({"name": name});
        let member = |(name, imports): &(&str, &[&str])| -> Value {
            json!({"name": name, "dependencies": imports.iter().map(dependency).collect::<Vec<_>>()})
        };
        let manifest = "[dependencies]\nbytes.workspace = true\nwire.workspace = true\n";
        let mut workspace = Workspace::of(&[("crates/canon/Cargo.toml", manifest)]);
        workspace.members = json!({"packages": members.iter().map(member).collect::<Vec<_>>()});
        workspace
    }

    #[test]
    fn allowed_arrows_pass() {
        let all = ["canon", "wire", "tokio"];
        expect(check, &workspace(&[("canon", &["bytes"]), ("wire", &["canon"]), ("coderouter", &all)]), &[]);
    }

    #[test]
    fn a_room_imports_no_sibling() {
        let wrong = workspace(&[("canon", &["bytes", "wire"]), ("wire", &["routing"]), ("routing", &[])]);
        expect(
            check,
            &wrong,
            &[
                "crates/canon/Cargo.toml:3: `canon` may not import `wire`",
                "crates/wire/Cargo.toml:1: `wire` may not import `routing`",
            ],
        );
    }

    #[test]
    fn a_pure_room_names_no_io() {
        let wrong =
            workspace(&[("wire", &["http-body"]), ("store", &["rusqlite"]), ("telemetry", &["hyper"])]);
        expect(
            check,
            &wrong,
            &[
                "crates/wire/Cargo.toml:1: `wire` is pure and may not name `http-body`",
                "crates/telemetry/Cargo.toml:1: `telemetry` is pure and may not name `hyper`",
            ],
        );
    }

    #[test]
    fn a_new_crate_needs_arrows() {
        let wrong = workspace(&[("plugins", &[])]);
        expect(
            check,
            &wrong,
            &["crates/plugins/Cargo.toml:1: `plugins` has no arrows yet: give it a line in ROOMS"],
        );
    }
}
