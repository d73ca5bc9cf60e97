//! Several processes that share a folder.

use crate::child::{Folder, start};
use std::path::Path;
use std::process;
use std::time::SystemTime;
use store::journal::{self, Journal, JournalFilter};
use store::{AuditFilter, AuditRow, Reader, Store, Write};

const LINES: u64 = 2_000;
const MAX_BYTES: u64 = 100_000;

/// Writes lines that say who wrote them, through many rotations.
pub(crate) fn write_a_journal(folder: &Path) {
    let journal = Journal::open(folder, journal::AUDIT, MAX_BYTES).unwrap();
    for number in 0..LINES {
        journal.append(format!("{{\"n\":{number},\"who\":{},\"event\":\"x\"}}", process::id()).as_bytes());
        if number % 20 == 0 {
            journal.flush().unwrap();
        }
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
fn two_processes_write_one_journal() {
    let folder = Folder::new();
    let children = [(); 3].map(|()| start("journal", &folder));
    let who: Vec<u64> = children.iter().map(|child| u64::from(child.id())).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let mut lines = Vec::new();
    let filter = JournalFilter::default();
    let report =
        journal::read(folder.path(), journal::AUDIT, &filter, |line| lines.push(line.fields)).unwrap();
    assert_eq!(report.skipped, 0, "no line was torn");
    assert_eq!(lines.len() as u64, 3 * LINES, "no line was lost");
    assert!(report.files > 2, "it was rotated");
    for one in who {
        let numbers =
            lines.iter().filter(|line| line["who"].as_u64() == Some(one)).map(|line| line["n"].as_u64());
        assert!(numbers.eq((0..LINES).map(Some)), "the order of each writer stays");
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
