//! The page for users, `docs/repair.md`: its tables name every family and every damage, and its examples are calls.

use crate::case::{Block, Case, json, tools};
use crate::outcome::scan;
use repair::cursor::Edge;
use repair::damage::Damage;
use repair::format::Format;
use std::path::Path;

/// Families whose text is, but for a fence or some thinking, that of another, which may be told instead.
const TOLD_AS: &[(&str, &str)] = &[("F28", "F27")];

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/repair.md");
    std::fs::read_to_string(path).expect("docs/repair.md")
}

/// The rows of a table whose first cell is this letter and a number.
fn rows(page: &str, letter: char) -> Vec<Vec<String>> {
    let is_id = |cell: &str| cell.strip_prefix(letter).is_some_and(|rest| rest.parse::<u8>().is_ok());
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    // A bar inside of a cell is written with a backslash before it.
    let cells = rows.map(|row| row.split(" | ").map(|cell| cell.replace("\\|", "|")).collect::<Vec<_>>());
    cells.filter(|cells| is_id(&cells[0])).collect()
}

/// What a cell says between marks of code: two and blanks where it has such marks itself.
fn code(cell: &str) -> String {
    let double = cell.strip_prefix("`` ").and_then(|rest| rest.strip_suffix(" ``"));
    let single = || cell.strip_prefix('`')?.strip_suffix('`');
    double.or_else(single).expect("an example in code").replace('⏎', "\n")
}

#[test]
fn every_family_is_on_the_page() {
    let page = page();
    let rows = rows(&page, 'F');
    let named: Vec<(&str, &str)> = rows.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    let families: Vec<(String, &str)> = Format::all().map(|it| (it.id(), it.name())).collect();
    let families: Vec<(&str, &str)> = families.iter().map(|(id, name)| (id.as_str(), *name)).collect();
    assert_eq!(named, families);
}

#[test]
fn every_damage_is_on_the_page() {
    let page = page();
    let rows = rows(&page, 'C');
    let told: Vec<(&str, &str)> = rows.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    let damages: Vec<(&str, &str)> = Damage::all().map(|it| (it.id(), it.phrase())).collect();
    assert_eq!(told, damages);
}

#[test]
fn the_examples_on_the_page_are_calls_of_their_family() {
    let tools = tools();
    for row in rows(&page(), 'F') {
        let [id, _, _, example] = row.as_slice() else { panic!("{row:?} has not four cells") };
        let case = Case {
            file: id.clone(),
            title: "the example".to_owned(),
            damage: Vec::new(),
            edge: Edge::Stopped,
            thinking: false,
            tools: true,
            raw: code(example),
            expected: Vec::new(),
        };
        let outcome = scan(&case, &tools, []);
        let called = outcome.blocks.iter().filter(|block| !matches!(block, Block::Thinking(_)));
        let called: Vec<&Block> = called.collect();
        let [Block::Call(name, arguments)] = called.as_slice() else { panic!("{id}: {outcome:?}") };
        let file = json(arguments).field("file_path").and_then(|it| it.as_text().map(str::to_owned));
        assert_eq!((name.as_str(), file.as_deref()), ("Read", Some("notes.md")), "{id}");
        let told = outcome.calls[0].format.id();
        assert!(told == *id || TOLD_AS.contains(&(id, &told)), "{id} is told as {told}");
    }
}
