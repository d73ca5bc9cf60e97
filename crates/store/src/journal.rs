//! Journals: files of JSON lines that other programs read too, `audit.jsonl` and `requests.jsonl`. What a line says is
//! decided by who hands it in.
//!
//! Lines wait in memory for at most a quarter second, and a thread writes them. Each time it takes the folder's lock
//! and opens the file by its name, so two processes may share a folder and neither writes into a file that the other
//! has rotated away.

mod read;
mod rotation;

pub use read::{JournalFilter, JournalLine, ReadReport, read};
pub use rotation::GENERATIONS;

use crate::error::StoreError;
use crate::folder;
use rotation::Place;
use std::mem;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The audit journal's name.
pub const AUDIT: &str = "audit.jsonl";

/// The request journal's name.
pub const REQUESTS: &str = "requests.jsonl";

/// Bytes that may wait; a line that does not fit is dropped and counted.
const WAITING_LIMIT: usize = 4 * 1024 * 1024;

/// How long a line may gather others; with the write it is in the file within 250 ms.
const GATHER: Duration = Duration::from_millis(150);

/// Between a write that failed and the next try.
const RETRY: Duration = Duration::from_secs(1);

/// A journal that lines are added to.
pub struct Journal {
    shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

/// How a journal is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalHealth {
    /// Lines that were dropped, as too much waited.
    pub dropped: u64,
    /// Writes that failed; their lines wait.
    pub failures: u64,
    /// What went wrong last.
    pub last_error: Option<StoreError>,
}

#[derive(Default)]
struct Shared {
    desk: Mutex<Desk>,
    wake: Condvar,
}

#[derive(Default)]
struct Desk {
    /// Whole lines, each with its end.
    lines: Vec<u8>,
    due: Option<Instant>,
    flushers: Vec<Flusher>,
    stopping: bool,
    health: JournalHealth,
}

/// Hears how the next write went.
type Flusher = mpsc::Sender<Result<(), StoreError>>;

/// What the thread does next.
struct Job {
    lines: Vec<u8>,
    flushers: Vec<Flusher>,
    last: bool,
}

impl Journal {
    /// Opens a journal of a folder, which is made if need be. The file is rotated once it has `max_bytes`.
    pub fn open(dir: &Path, name: &str, max_bytes: u64) -> Result<Self, StoreError> {
        folder::make(dir)?;
        let place = Place::new(dir, name, max_bytes);
        // Found out now and not with the first line.
        folder::append(place.current())?;
        let shared = Arc::new(Shared::default());
        let writing = Arc::clone(&shared);
        let writer = thread::Builder::new().name("journal".into()).spawn(move || writing.write(&place));
        let writer = writer.map_err(|error| StoreError::file(dir, &error))?;
        Ok(Self { shared, writer: Mutex::new(Some(writer)) })
    }

    /// Adds a line, handed in without its end. Never waits.
    pub fn append(&self, line: &[u8]) {
        let mut desk = self.shared.desk();
        if desk.lines.len() + line.len() >= WAITING_LIMIT {
            desk.health.dropped += 1;
            return;
        }
        desk.lines.extend_from_slice(line);
        desk.lines.push(b'\n');
        if desk.due.is_none() {
            desk.due = Some(Instant::now() + GATHER);
            self.shared.wake.notify_one();
        }
    }

    /// Waits until every line so far is in the file, or could not be written.
    pub fn flush(&self) -> Result<(), StoreError> {
        let (sender, receiver) = mpsc::channel();
        self.shared.desk().flushers.push(sender);
        self.shared.wake.notify_one();
        receiver.recv().unwrap_or(Ok(()))
    }

    /// How the journal is.
    pub fn health(&self) -> JournalHealth {
        self.shared.desk().health.clone()
    }
}

impl Drop for Journal {
    /// Writes what is left.
    fn drop(&mut self) {
        self.shared.desk().stopping = true;
        self.shared.wake.notify_one();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            let _ = writer.join();
        }
    }
}

impl Shared {
    /// Whoever holds the desk only moves bytes and numbers, which does not panic.
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, place: &Place) {
        loop {
            let Job { mut lines, flushers, last } = self.next();
            let outcome = place.append(&mut lines);
            self.conclude(lines, &outcome);
            for flusher in flushers {
                // Whoever asked may have gone.
                let _ = flusher.send(outcome.clone());
            }
            if last {
                return;
            }
        }
    }

    fn next(&self) -> Job {
        let mut desk = self.desk();
        loop {
            let now = Instant::now();
            if desk.stopping || !desk.flushers.is_empty() || desk.due.is_some_and(|due| due <= now) {
                desk.due = None;
                let (lines, flushers) = (mem::take(&mut desk.lines), mem::take(&mut desk.flushers));
                return Job { lines, flushers, last: desk.stopping };
            }
            desk = match desk.due {
                Some(due) => {
                    self.wake.wait_timeout(desk, due - now).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.wake.wait(desk).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Puts back in front what could not be written.
    fn conclude(&self, mut left: Vec<u8>, outcome: &Result<(), StoreError>) {
        let Err(error) = outcome else { return };
        let mut desk = self.desk();
        desk.health.failures += 1;
        desk.health.last_error = Some(error.clone());
        left.append(&mut desk.lines);
        desk.lines = left;
        desk.due = Some(Instant::now() + RETRY);
    }
}

#[cfg(test)]
mod tests;
