//! A folder as the Python program leaves it, with all that can be odd in it.

use super::{Imported, NAMESPACE, into, read};
use crate::fixture::{Folder, at};
use crate::ledger::from_nanos;
use crate::month::Month;
use crate::prune::Limits;
use crate::request::RequestFilter;
use crate::store::Store;
use rusqlite::{Connection, params};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

const TABLE: &str = "CREATE TABLE kv (namespace TEXT NOT NULL, key TEXT NOT NULL, value TEXT, updated_at TEXT NOT NULL, \
    PRIMARY KEY (namespace, key))";

fn database(folder: &Folder, rows: &[(&str, Option<&str>)]) -> Connection {
    let connection = Connection::open(folder.path().join("coderouter.db")).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.execute(TABLE, []).unwrap();
    for (namespace, value) in rows {
        let insert = "INSERT INTO kv VALUES (?1, 'state', ?2, '2026-01-01T00:00:00+00:00')";
        connection.execute(insert, params![namespace, value]).unwrap();
    }
    connection
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(dir).unwrap().map(|file| file.unwrap());
    files.map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap())).collect()
}

const BUDGET: &str =
    r#"{"month": "2026-01", "totals": {"paid": 1.25, "odd": null, "words": "2", "debt": -1, "b": 3}}"#;

#[test]
fn states_and_budgets_are_read_also_out_of_the_log() {
    let folder = Folder::new();
    // Still open, so that all of it is in the log that precedes the database.
    let _open = database(
        &folder,
        &[
            ("budget", Some(BUDGET)),
            ("health", Some(r#"{"a": {"state": "UNHEALTHY", "count": 3}}"#)),
            ("metrics", Some("{broken")),
            ("self_healing", None),
        ],
    );
    let before = files(folder.path());
    let imported = read(folder.path());
    assert_eq!(files(folder.path()), before, "nothing is written");
    let budget = imported.budget.unwrap();
    assert_eq!(budget.month.to_string(), "2026-01");
    let totals: Vec<_> =
        budget.totals.iter().map(|(name, amount)| (name.as_str(), amount.dollars())).collect();
    assert_eq!(totals, [("b", 3.0), ("paid", 1.25)]);
    assert_eq!(imported.states["health"]["a"]["count"], 3);
    assert_eq!((imported.states.len(), imported.problems.len()), (1, 1), "{:?}", imported.problems);
}

#[test]
fn a_budget_that_makes_no_sense_is_none() {
    for budget in ["null", "[]", r#"{"month": null, "totals": {}}"#, r#"{"month": "2026-01", "totals": [1]}"#]
    {
        let folder = Folder::new();
        drop(database(&folder, &[("budget", Some(budget))]));
        assert_eq!(read(folder.path()), Imported::default(), "{budget}");
    }
}

#[test]
fn what_is_no_database_is_a_problem_and_an_empty_folder_is_none() {
    let folder = Folder::new();
    assert_eq!(read(folder.path()), Imported::default());
    fs::write(folder.path().join("coderouter.db"), "no database at all".repeat(100)).unwrap();
    let imported = read(folder.path());
    assert!(imported.is_empty());
    assert!(imported.problems[0].starts_with("coderouter.db: "), "{:?}", imported.problems);
}

#[test]
fn journals_are_read_with_their_old_generation() {
    let folder = Folder::new();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write(
        "audit.jsonl.1",
        "{\"ts\":\"2026-01-01T00:00:01.000001+00:00\",\"event\":\"drift-detected\",\"level\":\"WARNING\",\"provider\":\"a\"}\n",
    );
    write(
        "audit.jsonl",
        "{\"ts\":\"2026-01-01T00:00:02+00:00\",\"event\":\"fallback-occurred\"}\n{\"event\":\"no time\"}\nbad\n",
    );
    write(
        "requests.jsonl",
        "{\"ts\":\"2026-01-01T00:00:03+00:00\",\"provider\":\"a\",\"input_tokens\":100,\"output_tokens\":null,\
         \"cost_usd\":0.5,\"cost_savings_usd\":\"x\",\"streaming\":null,\"cache_read_input_tokens\":7.0,\"outcome\":\"cache_hit\"}\n\
         {\"ts\":\"2026-01-01T00:00:04+00:00\",\"provider\":null}\n",
    );
    let imported = read(folder.path());
    let events: Vec<_> = imported.audit.iter().map(|row| (row.event.as_str(), row.level.as_str())).collect();
    assert_eq!(events, [("drift-detected", "warning"), ("fallback-occurred", "")]);
    assert_eq!(imported.audit[0].payload, json!({"provider": "a"}));
    let [row] = &imported.requests[..] else { panic!("one request: {:?}", imported.requests) };
    assert_eq!((row.tokens.input, row.tokens.output, row.tokens.cache_read), (Some(100), None, Some(7)));
    assert_eq!((row.at, row.cost.dollars(), row.savings.dollars()), (at(3), 0.5, 0.0));
    assert_eq!(imported.skipped, 3);
}

#[test]
fn it_is_taken_in_once() {
    let python = Folder::new();
    drop(database(&python, &[("budget", Some(BUDGET)), ("health", Some("{\"a\": 1}"))]));
    let line = "{\"ts\":\"2026-01-01T00:00:03+00:00\",\"provider\":\"a\"}\n";
    fs::write(python.path().join("requests.jsonl"), line.repeat(5_000)).unwrap();
    let folder = Folder::new();
    let limits = Limits { age: Duration::from_secs(200 * 365 * 86_400), ..Limits::default() };
    for round in 0..2 {
        let store = Store::open_with(folder.path(), limits).unwrap();
        assert_eq!(into(&store, read(python.path()), at(0)), Ok(round == 0));
        assert_eq!(store.spend(Month::of(at(0))).total, from_nanos(4_250_000_000));
        assert_eq!(store.state(NAMESPACE, "health"), Some(json!({"a": 1})));
        assert_eq!(store.reader().unwrap().requests(&RequestFilter::default()).unwrap().len(), 5_000);
    }
}
