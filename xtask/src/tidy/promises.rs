//! Pages that promise something name the test that keeps it, as `test: name`: each
//! invariant of ARCHITECTURE.md, and each page marked as generated.

use super::Finding;
use crate::rust::{is_word, skip_blank, word_at, words};
use crate::workspace::{TextFile, Workspace};
use std::collections::HashSet;

const PROMISE: &str = "test: ";
const INVARIANTS: &str = "ARCHITECTURE.md";
/// Stands in one of the first lines of a page that a command writes. In two halves, as this file is none.
const GENERATED: (&str, &str) = ("@gene", "rated");
const HEAD_LINES: usize = 5;

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let tests = tests(workspace);
    let invariants = workspace.file(INVARIANTS).into_iter().flat_map(|page| broken_invariants(page, &tests));
    // Lock files carry the mark too, and cargo keeps those fresh.
    let pages = workspace.files.iter().filter(|file| !file.path.ends_with(".lock"));
    let pages = pages.filter_map(|page| stale(page, &tests));
    invariants.chain(pages).collect()
}

/// Names of all functions in Rust files, tests among them.
fn tests(workspace: &Workspace) -> HashSet<&str> {
    let names = workspace.rust().flat_map(|file| {
        let code = file.rust.code.as_str();
        words(code, "fn").map(move |at| word_at(code, skip_blank(code, at + "fn".len())))
    });
    names.filter(|name| !name.is_empty()).collect()
}

fn broken_invariants(page: &TextFile, tests: &HashSet<&str>) -> Vec<Finding> {
    let (mut findings, mut among_invariants) = (Vec::new(), false);
    for item in items(&page.text) {
        if item.text.starts_with('#') {
            among_invariants = item.text.to_lowercase().contains("invariant");
        }
        let promised = promised(item.text);
        if among_invariants && item.text.starts_with("- ") && promised.is_empty() {
            findings.push(Finding::new(
                &page.path,
                item.line,
                "an invariant names no test: end it with `test: name`",
            ));
        }
        let missing = promised.into_iter().filter(|name| !tests.contains(name));
        findings.extend(missing.map(|name| no_such(page, item.line, name)));
    }
    findings
}

fn stale(page: &TextFile, tests: &HashSet<&str>) -> Option<Finding> {
    let mark = format!("{}{}", GENERATED.0, GENERATED.1);
    let (line, head) =
        page.text.lines().take(HEAD_LINES).enumerate().find(|(_, line)| line.contains(&mark))?;
    match promised(head).first() {
        None => {
            Some(Finding::new(&page.path, line + 1, "a generated page names no test that keeps it fresh"))
        }
        Some(name) if !tests.contains(name) => Some(no_such(page, line + 1, name)),
        Some(_) => None,
    }
}

fn no_such(page: &TextFile, line: usize, name: &str) -> Finding {
    Finding::new(&page.path, line, format!("promises test `{name}`, and there is none"))
}

/// A list item with the lines that continue it, or any other line alone.
struct Item<'a> {
    line: usize,
    text: &'a str,
}

fn items(text: &str) -> Vec<Item<'_>> {
    let mut items: Vec<Item<'_>> = Vec::new();
    let mut start = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let end = start + line.len();
        match items.last_mut() {
            Some(last) if last.text.starts_with("- ") && line.starts_with("  ") => {
                last.text = &text[end - line.len() - last.text.len()..end];
            }
            _ => items.push(Item { line: number + 1, text: &text[start..end] }),
        }
        start = end;
    }
    items
}

/// The names in `text` that follow the promise, without their modules.
fn promised(text: &str) -> Vec<&str> {
    let places = text.match_indices(PROMISE).map(|(at, _)| &text[at + PROMISE.len()..]);
    let paths = places.map(|rest| {
        let rest = rest.trim_start_matches('`');
        rest[..rest.bytes().position(|byte| !is_word(byte) && byte != b':').unwrap_or(rest.len())]
            .trim_end_matches(':')
    });
    paths.map(|path| path.rsplit("::").next().unwrap_or(path)).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::{GENERATED, check};
    use crate::tidy::expect;
    use crate::workspace::Workspace;

    const TEST: (&str, &str) = ("crates/a/src/lib.rs", "#[test]\nfn walls_hold() {}");

    #[test]
    fn an_invariant_names_a_test_that_exists() {
        let page = "# House\n- free\n## Invariants\n- Walls hold, `test: a::walls_hold`.\n- Doors\n  close (`test: doors_close`).\n- Roofs stay.\n## Map\n- x\n";
        expect(
            check,
            &Workspace::of(&[TEST, ("ARCHITECTURE.md", page)]),
            &[
                "ARCHITECTURE.md:5: promises test `doors_close`, and there is none",
                "ARCHITECTURE.md:7: an invariant names no test: end it with `test: name`",
            ],
        );
    }

    #[test]
    fn a_generated_page_names_a_test_that_exists() {
        let mark = format!("{}{}", GENERATED.0, GENERATED.1);
        let fresh = format!("<!-- {mark} by `coderouter schema`; test: walls_hold -->\n");
        let (silent, wrong) = (format!("# {mark}\n"), format!("# {mark}, test: `gone`\n"));
        let late = format!("{}{mark}\n", "\n".repeat(9));
        let tree = [
            TEST,
            ("a.md", &fresh),
            ("b.md", &silent),
            ("c.md", &wrong),
            ("d.md", &late),
            ("e.lock", &silent),
        ];
        expect(
            check,
            &Workspace::of(&tree),
            &[
                "b.md:1: a generated page names no test that keeps it fresh",
                "c.md:1: promises test `gone`, and there is none",
            ],
        );
    }
}
