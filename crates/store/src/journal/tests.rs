//! Journals as a whole: what is in the files when, rotation, and what readers make of damage.

use super::{GENERATIONS, Journal, JournalFilter, JournalLine, ReadReport, read};
use crate::fixture::{Folder, at};
use proptest::prelude::*;
use std::fs;
use std::time::{Duration, Instant};

const NAME: &str = "audit.jsonl";

fn all(folder: &Folder, filter: &JournalFilter) -> (Vec<JournalLine>, ReadReport) {
    let mut lines = Vec::new();
    let report = read(folder.path(), NAME, filter, |line| lines.push(line)).unwrap();
    (lines, report)
}

fn numbers(folder: &Folder, filter: &JournalFilter) -> Vec<u64> {
    all(folder, filter).0.iter().map(|line| line.fields["n"].as_u64().unwrap()).collect()
}

fn line(number: u64) -> Vec<u8> {
    format!("{{\"n\":{number},\"padding\":\"{}\"}}", "x".repeat(80)).into_bytes()
}

#[test]
fn an_idle_journal_is_written_by_itself() {
    let folder = Folder::new();
    let journal = Journal::open(folder.path(), NAME, 1 << 20).unwrap();
    let started = Instant::now();
    journal.append(&line(1));
    while fs::read(folder.path().join(NAME)).unwrap().is_empty() {
        assert!(started.elapsed() < Duration::from_secs(5), "nothing came to write it");
        std::thread::park_timeout(Duration::from_millis(5));
    }
    assert_eq!(numbers(&folder, &JournalFilter::default()), [1]);
}

#[test]
fn rotation_keeps_so_many_files_and_the_order() {
    let folder = Folder::new();
    let journal = Journal::open(folder.path(), NAME, 1_000).unwrap();
    for number in 0..200 {
        journal.append(&line(number));
        if number % 7 == 0 {
            journal.flush().unwrap();
        }
    }
    drop(journal);
    let kept = numbers(&folder, &JournalFilter::default());
    assert!(kept.len() >= 10 * GENERATIONS && kept.len() < 80, "{}", kept.len());
    assert_eq!(kept, (200 - kept.len() as u64..200).collect::<Vec<_>>());
    assert!(folder.path().join(format!("{NAME}.{GENERATIONS}")).exists());
    assert!(!folder.path().join(format!("{NAME}.{}", GENERATIONS + 1)).exists());
}

#[test]
fn every_size_of_file_keeps_every_line_whole() {
    for max_bytes in [1, 2, 100, 101, 102, 103, 104, 205] {
        let folder = Folder::new();
        let journal = Journal::open(folder.path(), NAME, max_bytes).unwrap();
        (0..5).for_each(|number| journal.append(&line(number)));
        drop(journal);
        assert_eq!(numbers(&folder, &JournalFilter::default()), [0, 1, 2, 3, 4], "{max_bytes}");
    }
}

#[test]
fn a_torn_line_spoils_no_other() {
    let folder = Folder::new();
    fs::write(folder.path().join(NAME), b"{\"n\":1}\n{\"n\":2,\"cut").unwrap();
    let journal = Journal::open(folder.path(), NAME, 1 << 20).unwrap();
    journal.append(&line(3));
    drop(journal);
    let (lines, report) = all(&folder, &JournalFilter::default());
    assert_eq!((lines.len(), report.skipped), (2, 1));
    assert_eq!(lines[1].fields["n"], 3);
}

#[test]
fn bad_lines_are_skipped_and_counted() {
    let folder = Folder::new();
    let bad: &[u8] = b"\n[1]\nnull\n\xff\xfe\n{\"n\":7,\"ts\":null}\r\n   \n{\"n\":8}";
    fs::write(folder.path().join(format!("{NAME}.1")), bad).unwrap();
    let (lines, report) = all(&folder, &JournalFilter::default());
    assert_eq!(report, ReadReport { files: 1, lines: 2, skipped: 3 });
    assert_eq!(lines[0].at, None);
}

#[test]
fn lines_are_filtered_by_real_time_name_and_count() {
    let folder = Folder::new();
    let text = "{\"n\":1,\"ts\":\"2026-01-01T00:00:10+00:00\",\"event\":\"drift-detected\",\"provider\":\"A\"}\n\
                {\"n\":2,\"ts\":\"2026-01-01T01:00:20+01:00\",\"event\":\"drift-recovered\",\"provider\":\"b\"}\n\
                {\"n\":3,\"ts\":1767225630.5,\"event\":\"coderouter-startup\"}\n\
                {\"n\":4}\n";
    fs::write(folder.path().join(NAME), text).unwrap();
    let filter = JournalFilter::default;
    assert_eq!(numbers(&folder, &JournalFilter { since: Some(at(15)), ..filter() }), [2, 3]);
    assert_eq!(numbers(&folder, &JournalFilter { until: Some(at(30)), ..filter() }), [1, 2]);
    assert_eq!(numbers(&folder, &JournalFilter { event: Some("DRIFT".into()), ..filter() }), [1, 2]);
    assert_eq!(numbers(&folder, &JournalFilter { provider: Some("a".into()), ..filter() }), [1]);
    assert_eq!(numbers(&folder, &JournalFilter { limit: Some(2), ..filter() }), [3, 4]);
    assert_eq!(all(&folder, &JournalFilter { limit: Some(2), ..filter() }).1.lines, 2);
}

#[test]
fn a_journal_that_is_not_there_is_empty() {
    let folder = Folder::new();
    let filter = JournalFilter::default();
    assert_eq!(all(&folder, &filter).1, ReadReport::default());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_journal_that_cannot_be_written_catches_up() {
    let folder = Folder::new();
    let dir = folder.path().join("state");
    let journal = Journal::open(&dir, NAME, 1 << 20).unwrap();
    fs::remove_dir_all(&dir).unwrap();
    journal.append(&line(1));
    assert!(journal.flush().is_err());
    assert_eq!(journal.health().failures, 1);
    journal.append(&line(2));
    fs::create_dir(&dir).unwrap();
    journal.flush().unwrap();
    let mut lines = 0;
    read(&dir, NAME, &JournalFilter::default(), |_| lines += 1).unwrap();
    assert_eq!(lines, 2);
}

#[test]
fn nothing_is_written_while_another_process_holds_the_lock() {
    let folder = Folder::new();
    let journal = Journal::open(folder.path(), NAME, 1 << 20).unwrap();
    let lock = fs::File::create(folder.path().join(format!("{NAME}.lock"))).unwrap();
    lock.lock().unwrap();
    journal.append(&line(1));
    std::thread::scope(|scope| {
        let flushed = scope.spawn(|| journal.flush());
        std::thread::park_timeout(Duration::from_millis(100));
        assert_eq!(fs::read(folder.path().join(NAME)).unwrap(), b"");
        drop(lock);
        assert_eq!(flushed.join().unwrap(), Ok(()));
    });
    assert_eq!(numbers(&folder, &JournalFilter::default()), [1]);
}

#[test]
fn a_file_that_another_process_rotated_away_is_not_written() {
    let folder = Folder::new();
    let journal = Journal::open(folder.path(), NAME, 1 << 20).unwrap();
    journal.append(&line(1));
    journal.flush().unwrap();
    let (current, old) = (folder.path().join(NAME), folder.path().join(format!("{NAME}.1")));
    fs::rename(&current, &old).unwrap();
    journal.append(&line(2));
    journal.flush().unwrap();
    assert!(fs::read(old).unwrap().starts_with(b"{\"n\":1,"));
    assert!(fs::read(current).unwrap().starts_with(b"{\"n\":2,"));
}

#[test]
fn too_much_waiting_is_dropped_and_counted() {
    let folder = Folder::new();
    let journal = Journal::open(folder.path(), NAME, 1 << 30).unwrap();
    let huge = vec![b'x'; 5 << 20];
    journal.append(&huge);
    assert_eq!(journal.health().dropped, 1);
}

#[cfg(unix)]
#[test]
fn all_its_files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let journal = Journal::open(folder.path(), NAME, 10).unwrap();
    (0..3).for_each(|number| journal.append(&line(number)));
    drop(journal);
    for file in fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap()) {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Lines of any length, flushed anywhere, torn anywhere: what was flushed is read in order, from the newest line
    /// back without a gap, and nothing else is.
    #[test]
    fn what_is_read_is_the_end_of_what_was_written(
        lengths in proptest::collection::vec((0..300_usize, any::<bool>()), 1..60),
        max_bytes in 1..2_000_u64,
        torn in proptest::option::of(0..40_usize),
    ) {
        let folder = Folder::new();
        let line = |number: usize, length| format!("{{\"n\":{number},\"x\":\"{}\"}}", "y".repeat(length));
        if let Some(torn) = torn {
            fs::write(folder.path().join(NAME), &line(0, 50).as_bytes()[..torn]).unwrap();
        }
        let journal = Journal::open(folder.path(), NAME, max_bytes).unwrap();
        for (number, (length, flush)) in lengths.iter().enumerate() {
            journal.append(line(number, *length).as_bytes());
            if *flush {
                journal.flush().unwrap();
            }
        }
        drop(journal);
        let read = numbers(&folder, &JournalFilter::default());
        let all: Vec<u64> = (0..lengths.len() as u64).collect();
        prop_assert!(all.ends_with(&read), "{read:?}");
        let written: usize = lengths.iter().map(|(length, _)| length + 20).sum();
        let surely_kept = max_bytes as usize * GENERATIONS;
        prop_assert!(read.len() == all.len() || written > surely_kept, "{} of {}", read.len(), all.len());
    }
}
