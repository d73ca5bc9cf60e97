//! Opening the database: made, brought up to date, or put aside where it is damaged. What is written into it later is
//! not known here.

use crate::error::StoreError;
use crate::schema::{self, STEPS};
use crate::{folder, lock, moment};
use rusqlite::{Connection, OpenFlags};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The database's name in its folder.
pub(crate) const NAME: &str = "state.db";

/// How long SQLite waits for another process that writes.
const BUSY: Duration = Duration::from_secs(5);

/// What the log that precedes the database may keep of the disk after a checkpoint, in bytes.
const LOG_LIMIT: u32 = 16 * 1024 * 1024;

/// Up to this size a database is checked whole when it is opened; a larger one would hold the start up, and shows its
/// damage when it is written.
const CHECKED_WHOLE: u64 = 16 * 1024 * 1024;

/// Damaged databases that are kept, the latest.
const BROKEN_KEPT: usize = 3;

/// A database that is ready, and where the damaged one lies that it replaces.
pub(crate) struct Opened {
    pub connection: Connection,
    pub moved_aside: Option<PathBuf>,
}

/// Opens the database of a folder. One process at a time, so that no two of them put each other's file aside.
pub(crate) fn open(dir: &Path) -> Result<Opened, StoreError> {
    folder::make(dir)?;
    let _lock = lock::take(&dir.join("state.lock"))?;
    match connect(dir) {
        Ok(connection) => Ok(Opened { connection, moved_aside: None }),
        Err(StoreError::Corrupt(_)) => begin_anew(dir),
        Err(error) => Err(error),
    }
}

/// Puts the database aside, whatever it holds, and makes a fresh one.
pub(crate) fn renew(dir: &Path) -> Result<Opened, StoreError> {
    let _lock = lock::take(&dir.join("state.lock"))?;
    begin_anew(dir)
}

/// Opens the database of a folder for reading only; neither makes it nor changes it.
pub(crate) fn open_to_read(dir: &Path) -> Result<Connection, StoreError> {
    let path = dir.join(NAME);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&path, flags)?;
    connection.busy_timeout(BUSY)?;
    schema::version(&connection, &path, STEPS)?;
    Ok(connection)
}

fn begin_anew(dir: &Path) -> Result<Opened, StoreError> {
    let moved_aside = Some(move_aside(dir)?);
    Ok(Opened { connection: connect(dir)?, moved_aside })
}

fn connect(dir: &Path) -> Result<Connection, StoreError> {
    let path = dir.join(NAME);
    // SQLite gives its other files the permissions of this one.
    let size = folder::append(&path)?.metadata().map_or(0, |found| found.len());
    // Looked at before it is opened for writing: what a newer version has made stays as it is.
    drop(open_to_read(dir)?);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(&path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "journal_size_limit", LOG_LIMIT)?;
    schema::migrate(&mut connection, &path, STEPS)?;
    if size <= CHECKED_WHOLE {
        check(&connection)?;
    }
    Ok(connection)
}

fn check(connection: &Connection) -> Result<(), StoreError> {
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(StoreError::Corrupt(verdict)) }
}

/// Renames the database and the log that belongs to it.
fn move_aside(dir: &Path) -> Result<PathBuf, StoreError> {
    let aside = dir.join(format!("{NAME}.broken-{}", moment::in_a_name(SystemTime::now())));
    let path = dir.join(NAME);
    for end in ["-wal", "-shm"] {
        let with = |path: &Path| path.with_file_name(format!("{}{end}", name_of(path)));
        // Before the database: a log left beside a fresh one would be played into it. Either may be absent.
        let _ = fs::rename(with(&path), with(&aside)).or_else(|_| fs::remove_file(with(&path)));
    }
    fs::rename(&path, &aside).map_err(|error| StoreError::file(&path, &error))?;
    forget_old(dir);
    Ok(aside)
}

/// Deletes all but the latest damaged databases.
fn forget_old(dir: &Path) {
    let Ok(files) = fs::read_dir(dir) else { return };
    let is_broken = |path: &PathBuf| name_of(path).starts_with(&format!("{NAME}.broken-"));
    let is_log = |path: &PathBuf| name_of(path).ends_with("-wal") || name_of(path).ends_with("-shm");
    let (mut logs, mut broken): (Vec<_>, Vec<_>) =
        files.flatten().map(|file| file.path()).filter(is_broken).partition(is_log);
    broken.sort();
    let old = broken.len().saturating_sub(BROKEN_KEPT);
    for path in broken.drain(..old) {
        let name = name_of(&path);
        let its_own =
            logs.extract_if(.., |log| name_of(log).trim_end_matches("-wal").trim_end_matches("-shm") == name);
        for path in its_own.collect::<Vec<_>>().iter().chain([&path]) {
            let _ = fs::remove_file(path);
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
