//! The store as a whole: what is on disk when, and what a disk that fails changes.

use super::Store;
use crate::audit::{AuditFilter, AuditRow};
use crate::batch::Batch;
use crate::disk::Disk;
use crate::error::StoreError;
use crate::fixture::{Folder, at, request, reservation};
use crate::ledger::{ReservationId, from_nanos};
use crate::memory::{Condition, Memory};
use crate::month::Month;
use crate::prune::Limits;
use crate::request::RequestFilter;
use crate::sqlite::Sqlite;
use crate::write::Write;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// A disk that tests can break. While it is broken nothing is saved, and damage is only told.
pub(super) struct Breakable {
    pub inner: Sqlite,
    pub broken: Arc<AtomicBool>,
}

impl Disk for Breakable {
    fn save(&mut self, batch: &Batch) -> Result<(), StoreError> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(StoreError::Sqlite("the disk is gone".into()));
        }
        self.inner.save(batch)
    }

    fn prune(&mut self) -> Result<(), StoreError> {
        self.inner.prune()
    }

    fn renew(&mut self) -> Result<PathBuf, StoreError> {
        self.inner.renew()
    }
}

/// Limits that no test reaches by its age: rows here are as old as their fixture.
pub(super) fn roomy() -> Limits {
    Limits { age: Duration::from_secs(200 * 365 * 86_400), ..Limits::default() }
}

fn open(folder: &Folder) -> Store {
    Store::open_with(folder.path(), roomy()).unwrap()
}

pub(super) fn breakable(folder: &Folder) -> (Store, Arc<AtomicBool>) {
    let (inner, loaded) = Sqlite::open(folder.path(), roomy()).unwrap();
    let broken = Arc::new(AtomicBool::new(false));
    let disk = Breakable { inner, broken: Arc::clone(&broken) };
    (Store::start(folder.path(), Memory::new(loaded), disk).unwrap(), broken)
}

fn state(key: &str, value: Value) -> Write {
    Write::State { namespace: "health".into(), key: key.into(), value: Some(value), at: at(0) }
}

fn audit(number: u64, event: &str) -> Write {
    let payload = json!({"number": number});
    Write::Audit(AuditRow {
        at: at(number),
        event: event.into(),
        level: "info".into(),
        request: None,
        payload,
    })
}

/// Secures a write and waits for its receipt.
pub(super) fn secured(store: &Store, write: Write) -> Result<(), StoreError> {
    let (sender, receiver) = mpsc::channel();
    store.secure(write, Box::new(move |outcome| sender.send(outcome).unwrap()));
    receiver.recv_timeout(Duration::from_secs(10)).expect("every receipt fires")
}

fn total(store: &Store) -> i64 {
    crate::ledger::nanos(store.spend(Month::of(at(0))).total)
}

#[test]
fn what_is_told_is_there_again() {
    let folder = Folder::new();
    let rows: Vec<_> = (0..3).map(|number| request(number, ["a", "b"][number as usize % 2])).collect();
    let store = open(&folder);
    store.remember(state("a", json!({"failures": 2})));
    store.remember(state("gone", json!(1)));
    store.remember(Write::State { namespace: "health".into(), key: "gone".into(), value: None, at: at(1) });
    rows.iter().for_each(|row| store.remember(Write::Request(Box::new(row.clone()))));
    store.remember(audit(7, "drift-detected"));
    assert_eq!(store.state("health", "a"), Some(json!({"failures": 2})));
    drop(store);
    let store = open(&folder);
    assert_eq!(store.state("health", "a"), Some(json!({"failures": 2})));
    assert_eq!(store.keys("health"), ["a"]);
    let reader = store.reader().unwrap();
    assert_eq!(reader.requests(&RequestFilter::default()).unwrap(), rows);
    let audit = reader.audit(&AuditFilter::default()).unwrap();
    assert_eq!((audit.len(), audit[0].payload["number"].as_u64()), (1, Some(7)));
}

#[test]
fn rows_are_filtered() {
    let folder = Folder::new();
    let store = open(&folder);
    for number in 0..10 {
        store.remember(Write::Request(Box::new(request(number, ["a", "b"][number as usize % 2]))));
        store.remember(audit(number, ["drift-detected", "skip_budget"][number as usize % 2]));
    }
    store.flush().unwrap();
    let reader = store.reader().unwrap();
    let requests = |filter: RequestFilter| {
        let mut numbers = Vec::new();
        reader.each_request(&filter, |row| numbers.push(row.id.number())).unwrap();
        numbers
    };
    let all = RequestFilter::default;
    assert_eq!(requests(RequestFilter { provider: Some("B".into()), limit: Some(2), ..all() }), [7, 9]);
    assert_eq!(requests(RequestFilter { since: Some(at(3)), until: Some(at(6)), ..all() }), [3, 4, 5]);
    assert_eq!(requests(RequestFilter { profile: Some("other".into()), ..all() }).len(), 0);
    let events = |event: &str, limit| {
        let filter = AuditFilter { event: Some(event.into()), limit, ..AuditFilter::default() };
        reader.audit(&filter).unwrap().iter().map(|row| row.event.clone()).collect::<Vec<_>>()
    };
    assert_eq!(events("DRIFT", Some(1)), ["drift-detected"]);
    assert_eq!(events("_", None).len(), 5);
    assert_eq!(events("%", None).len(), 0);
}

#[test]
fn an_idle_store_writes_by_itself() {
    let folder = Folder::new();
    let store = open(&folder);
    let started = std::time::Instant::now();
    store.remember(state("a", json!(1)));
    while store.health().commits == 0 {
        assert!(started.elapsed() < Duration::from_secs(5), "nothing came to write it");
        std::thread::park_timeout(Duration::from_millis(5));
    }
    let seen: u32 = rusqlite::Connection::open(folder.path().join("state.db"))
        .and_then(|other| other.query_row("SELECT count(*) FROM kv", [], |row| row.get(0)))
        .unwrap();
    assert_eq!(seen, 1);
}

#[test]
fn many_receipts_share_few_commits() {
    let folder = Folder::new();
    let store = open(&folder);
    let (sender, receiver) = mpsc::channel();
    for id in 0..2_000 {
        let sender = sender.clone();
        store.secure(
            Write::Reserve(reservation(id, "paid", 1)),
            Box::new(move |done| sender.send(done).unwrap()),
        );
    }
    drop(sender);
    assert_eq!(receiver.iter().filter(Result::is_ok).count(), 2_000);
    assert!(store.health().commits < 1_000, "{:?}", store.health());
}

#[test]
fn a_failing_disk_stops_nobody_and_catches_up() {
    let folder = Folder::new();
    let (store, broken) = breakable(&folder);
    secured(&store, Write::Reserve(reservation(1, "paid", 5))).unwrap();
    broken.store(true, Ordering::SeqCst);
    let settle = Write::Settle { id: ReservationId(1), amount: from_nanos(3), at: at(1) };
    assert!(secured(&store, settle).is_err());
    assert!(matches!(
        secured(&store, Write::Reserve(reservation(2, "paid", 7))),
        Err(StoreError::Failing(_))
    ));
    store.remember(state("a", json!(1)));
    store.remember(state("a", json!(2)));
    store.remember(Write::Request(Box::new(request(1, "a"))));
    assert!(store.flush().is_err());
    let health = store.health();
    assert_eq!(health.condition, Condition::Failing);
    assert!(health.failed_commits >= 2 && health.waiting == 4, "{health:?}");
    assert_eq!(health.last_error.unwrap().1.to_string(), "use the database: the disk is gone");
    assert_eq!((total(&store), store.state("health", "a")), (10, Some(json!(2))));
    broken.store(false, Ordering::SeqCst);
    store.flush().unwrap();
    assert_eq!((store.health().condition, store.health().waiting), (Condition::Working, 0));
    drop(store);
    let store = open(&folder);
    assert_eq!((total(&store), store.state("health", "a")), (10, Some(json!(2))));
    assert_eq!(store.reader().unwrap().requests(&RequestFilter::default()).unwrap().len(), 1);
}

#[test]
fn a_failing_disk_is_tried_again_without_being_asked() {
    let folder = Folder::new();
    let (store, broken) = breakable(&folder);
    broken.store(true, Ordering::SeqCst);
    assert!(secured(&store, Write::Reserve(reservation(1, "paid", 5))).is_err());
    broken.store(false, Ordering::SeqCst);
    let started = std::time::Instant::now();
    while store.health().condition == Condition::Failing {
        assert!(started.elapsed() < Duration::from_secs(10), "nobody tried again");
        std::thread::park_timeout(Duration::from_millis(5));
    }
    assert_eq!(store.health().waiting, 0);
}

#[test]
fn a_full_disk_is_told_and_got_over() {
    let folder = Folder::new();
    let (sqlite, loaded) = Sqlite::open(folder.path(), roomy()).unwrap();
    let pages = |number: u32| format!("PRAGMA max_page_count = {number}");
    sqlite.connection.query_row(&pages(1), [], |_| Ok(())).unwrap();
    let broken = Arc::new(AtomicBool::new(false));
    let store =
        Store::start(folder.path(), Memory::new(loaded), Breakable { inner: sqlite, broken }).unwrap();
    let long = json!("x".repeat(500_000));
    store.remember(state("a", long.clone()));
    let error = store.flush().unwrap_err();
    assert_eq!(error, StoreError::Sqlite("database or disk is full".into()));
    assert_eq!(store.state("health", "a"), Some(long));
    // What is small still goes once what is large is forgotten.
    store.remember(state("a", json!(2)));
    store.flush().unwrap();
    drop(store);
    assert_eq!(open(&folder).state("health", "a"), Some(json!(2)));
}

#[test]
fn what_is_refused_is_told_and_counted() {
    let folder = Folder::new();
    let store = open(&folder);
    let settle = || Write::Settle { id: ReservationId(9), amount: from_nanos(3), at: at(1) };
    assert_eq!(secured(&store, settle()), Err(StoreError::NotOpen));
    store.remember(settle());
    assert_eq!((store.health().dropped, total(&store)), (2, 0));
}

#[test]
fn a_receipt_that_panics_does_not_end_the_writer() {
    let folder = Folder::new();
    let store = open(&folder);
    store.secure(state("a", json!(1)), Box::new(|_| panic!("on purpose")));
    assert_eq!(secured(&store, state("a", json!(2))), Ok(()));
}

#[test]
fn a_damaged_database_is_put_aside() {
    let folder = Folder::new();
    let path = folder.path().join("state.db");
    for _ in 0..5 {
        fs::write(&path, "this was never a database, whatever its name says".repeat(100)).unwrap();
        let store = open(&folder);
        let aside = store.health().moved_aside.expect("it says where");
        assert!(fs::read(aside).unwrap().starts_with(b"this was never"));
        assert_eq!(secured(&store, state("a", json!(1))), Ok(()));
    }
    let names = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name());
    let broken = names.filter(|name| name.to_string_lossy().contains("broken")).count();
    assert_eq!(broken, 3);
    let store = open(&folder);
    assert_eq!((store.health().moved_aside, store.state("health", "a")), (None, Some(json!(1))));
}

#[test]
fn damage_inside_is_found_at_the_start() {
    let folder = Folder::new();
    let store = open(&folder);
    (0..200).for_each(|number| store.remember(Write::Request(Box::new(request(number, "a")))));
    drop(store);
    let path = folder.path().join("state.db");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0xAB);
    fs::write(&path, bytes).unwrap();
    assert!(open(&folder).health().moved_aside.is_some());
}

#[test]
fn memory_fills_a_database_that_begins_anew() {
    /// Tells of damage once.
    struct Damaged(Sqlite, bool);
    impl Disk for Damaged {
        fn save(&mut self, batch: &Batch) -> Result<(), StoreError> {
            let damaged = std::mem::take(&mut self.1);
            if damaged { Err(StoreError::Corrupt("malformed".into())) } else { self.0.save(batch) }
        }
        fn prune(&mut self) -> Result<(), StoreError> {
            self.0.prune()
        }
        fn renew(&mut self) -> Result<PathBuf, StoreError> {
            self.0.renew()
        }
    }
    let folder = Folder::new();
    let store = open(&folder);
    store.remember(state("a", json!(1)));
    store.remember(Write::Reserve(reservation(1, "paid", 5)));
    store.remember(Write::Settle { id: ReservationId(1), amount: from_nanos(3), at: at(1) });
    store.remember(Write::Reserve(reservation(2, "paid", 40)));
    drop(store);
    let (sqlite, loaded) = Sqlite::open(folder.path(), roomy()).unwrap();
    let store = Store::start(folder.path(), Memory::new(loaded), Damaged(sqlite, true)).unwrap();
    store.remember(Write::Reserve(reservation(3, "paid", 100)));
    store.remember(Write::Reserve(reservation(4, "paid", 500)));
    store.remember(Write::Settle { id: ReservationId(4), amount: from_nanos(200), at: at(1) });
    assert!(store.flush().is_err());
    store.remember(Write::Settle { id: ReservationId(3), amount: from_nanos(1_000), at: at(1) });
    store.flush().unwrap();
    assert!(store.health().moved_aside.is_some());
    assert_eq!(total(&store), 1_243);
    drop(store);
    let store = open(&folder);
    assert_eq!((total(&store), store.state("health", "a")), (1_243, Some(json!(1))));
}

#[test]
fn a_newer_database_is_refused_and_left_alone() {
    let folder = Folder::new();
    drop(open(&folder));
    let path = folder.path().join("state.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.pragma_update(None, "user_version", 99).unwrap();
    drop(other);
    let before = fs::read(&path).unwrap();
    let error = Store::open(folder.path()).err().unwrap();
    assert!(error.to_string().ends_with("its schema is 99, and this version knows none after 1"), "{error}");
    assert!(crate::Reader::open(folder.path()).is_err());
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn growth_is_bounded() {
    let folder = Folder::new();
    let limits = Limits { requests: 300, audit: 200, ..roomy() };
    let store = Store::open_with(folder.path(), limits).unwrap();
    for number in 0..5_000 {
        store.remember(Write::Request(Box::new(request(number, "a"))));
        store.remember(audit(number, "drift-detected"));
        if number % 500 == 499 {
            store.flush().unwrap();
        }
    }
    drop(store);
    let reader = crate::Reader::open(folder.path()).unwrap();
    let requests = reader.requests(&RequestFilter::default()).unwrap();
    let audit = reader.audit(&AuditFilter::default()).unwrap();
    assert!((300..=900).contains(&requests.len()), "{}", requests.len());
    assert!((200..=800).contains(&audit.len()), "{}", audit.len());
    assert_eq!(requests.last().unwrap().id.number(), 4_999);
}

#[test]
fn old_rows_go_and_old_entries_are_folded_into_their_month() {
    let folder = Folder::new();
    let store = Store::open_with(folder.path(), Limits { age: Duration::from_secs(60), ..Limits::default() });
    let store = store.unwrap();
    store.remember(Write::Request(Box::new(request(1, "a"))));
    let long_ago = crate::Reservation { at: std::time::UNIX_EPOCH, ..reservation(1, "paid", 5) };
    store.remember(Write::Spent(long_ago));
    store.remember(Write::Reserve(reservation(2, "paid", 7)));
    store.flush().unwrap();
    // The writer prunes after it has told; the next commit comes after that.
    secured(&store, state("a", json!(1))).unwrap();
    let reader = store.reader().unwrap();
    assert_eq!(reader.requests(&RequestFilter::default()).unwrap(), []);
    assert_eq!(reader.spend(Month::of(at(0))).unwrap(), store.spend(Month::of(at(0))));
    let count = |table: &str| {
        let other = rusqlite::Connection::open(folder.path().join("state.db")).unwrap();
        other.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, u32>(0)).unwrap()
    };
    assert_eq!((count("ledger"), count("totals")), (1, 1));
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let dir = folder.path().join("state");
    let store = Store::open(&dir).unwrap();
    secured(&store, state("a", json!(1))).unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    let files: Vec<_> = fs::read_dir(&dir).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() >= 4, "{files:?}");
    files.iter().for_each(|file| assert_eq!(mode(file), 0o600, "{file:?}"));
}
