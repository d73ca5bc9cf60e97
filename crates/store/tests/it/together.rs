//! Several processes that share a folder.

use crate::child::{Folder, start};
use std::fs;
use std::path::Path;
use std::process;
use std::thread;
use std::time::SystemTime;
use store::journal::{self, Journal, JournalFilter};
use store::{AuditFilter, AuditRow, Reader, Store, Write};

/// Lines of each process, and a size with which all of them fill as many files as are kept.
const LINES: u64 = 300;
const MAX_BYTES: u64 = 9_000;

/// Writes lines that say who wrote them, each by itself, once all are ready.
pub(crate) fn write_a_journal(folder: &Path) {
    let journal = Journal::open(folder, journal::AUDIT, MAX_BYTES).unwrap();
    while !folder.join("go").exists() {
        thread::yield_now();
    }
    for number in 0..LINES {
        journal.append(format!("{{\"n\":{number},\"who\":{},\"event\":\"x\"}}", process::id()).as_bytes());
        journal.flush().unwrap();
    }
}

pub(crate) fn write_a_store(folder: &Path) {
    let store = Store::open(folder).unwrap();
    for number in 0..200 {
        let payload = serde_json::json!({"n": number, "who": process::id()});
        let (event, level) = ("x".to_owned(), "info".to_owned());
        store.remember(Write::Audit(AuditRow {
            at: SystemTime::now(),
            event,
            level,
            request: None,
            payload,
        }));
        store.flush().unwrap();
    }
}

#[test]
fn processes_write_one_journal() {
    for _ in 0..4 {
        let folder = Folder::new();
        let children = [(); 3].map(|()| start("journal", &folder));
        let who: Vec<u64> = children.iter().map(|child| u64::from(child.id())).collect();
        while !folder.path().join(journal::AUDIT).exists() {
            thread::yield_now();
        }
        fs::write(folder.path().join("go"), "").unwrap();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        check(&folder, &who);
    }
}

/// Every line is there, whole, once, and in the order of its writer.
fn check(folder: &Folder, who: &[u64]) {
    let mut lines = Vec::new();
    let filter = JournalFilter::default();
    let report =
        journal::read(folder.path(), journal::AUDIT, &filter, |line| lines.push(line.fields)).unwrap();
    assert_eq!((report.skipped, lines.len() as u64), (0, 3 * LINES));
    assert!(report.files > 3, "it was rotated: {report:?}");
    for one in who {
        let own = lines.iter().filter(|line| line["who"].as_u64() == Some(*one));
        assert!(
            own.map(|line| line["n"].as_u64()).eq((0..LINES).map(Some)),
            "the order of each writer stays"
        );
    }
}

#[test]
fn two_processes_write_one_store() {
    let folder = Folder::new();
    let children = [(); 2].map(|()| start("store", &folder));
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let rows = Reader::open(folder.path()).unwrap().audit(&AuditFilter::default()).unwrap();
    assert_eq!(rows.len(), 400);
}
