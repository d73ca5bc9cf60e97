//! The store as the rest of the program sees it: writes that never wait, answers from memory.

use crate::disk::Disk;
use crate::error::StoreError;
use crate::ledger::Spend;
use crate::memory::{Memory, StoreHealth};
use crate::month::Month;
use crate::prune::Limits;
use crate::reader::Reader;
use crate::sqlite::Sqlite;
use crate::write::{Receipt, Write};
use crate::writer::Shared;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};

/// Memory that outlives the process. Nothing of it waits for the disk, [`Store::flush`] and the drop apart, and a
/// disk that fails changes no answer.
pub struct Store {
    shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<()>>>,
    dir: PathBuf,
}

impl Store {
    /// Opens the store of a folder, which is made if need be, and starts its writer. What another process had
    /// reserved there and never settled counts as spent. A damaged database is put aside (see
    /// [`StoreHealth::moved_aside`]); one that a later version wrote is an error and stays as it is.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        Self::open_with(dir, Limits::default())
    }

    /// The same with other limits.
    pub fn open_with(dir: &Path, limits: Limits) -> Result<Self, StoreError> {
        let (sqlite, loaded) = Sqlite::open(dir, limits)?;
        Self::start(dir, Memory::new(loaded), sqlite)
    }

    pub(crate) fn start(dir: &Path, memory: Memory, disk: impl Disk + 'static) -> Result<Self, StoreError> {
        let shared = Arc::new(Shared::new(memory));
        let writing = Arc::clone(&shared);
        let writer = thread::Builder::new().name("store".into()).spawn(move || writing.write(disk));
        let writer = writer.map_err(|error| StoreError::file(dir, &error))?;
        Ok(Self { shared, writer: Mutex::new(Some(writer)), dir: dir.to_owned() })
    }

    /// Takes in a write that is on disk at most 250 ms later if the disk allows it. Never waits.
    pub fn remember(&self, write: Write) {
        self.shared.remember(write.into());
    }

    /// Takes in a write and tells when the transaction that holds it is committed. Never waits. On an error of the
    /// disk the write is kept in memory and still written later; the receipt only says that it isn't there yet.
    pub fn secure(&self, write: Write, receipt: Receipt) {
        self.shared.secure(write.into(), receipt);
    }

    /// Waits until everything told so far is on disk, or could not be written.
    pub fn flush(&self) -> Result<(), StoreError> {
        let (sender, receiver) = mpsc::channel();
        self.shared.flush(Box::new(move |outcome| {
            // Whoever asked waits below.
            let _ = sender.send(outcome);
        }));
        let ended = || Err(StoreError::Sqlite("the writer has ended".into()));
        receiver.recv().unwrap_or_else(|_| ended())
    }

    /// The last value of a state.
    pub fn state(&self, namespace: &str, key: &str) -> Option<Value> {
        let text = self.shared.desk().memory.state_text(namespace, key)?;
        serde_json::from_str(&text).ok()
    }

    /// The keys of a namespace's states, in order.
    pub fn keys(&self, namespace: &str) -> Vec<String> {
        self.shared.desk().memory.keys(namespace)
    }

    /// What a month has cost so far, open reservations and those of processes that are gone included.
    pub fn spend(&self, month: Month) -> Spend {
        self.shared.desk().memory.ledger.spend_of(month)
    }

    /// How the store is.
    pub fn health(&self) -> StoreHealth {
        let desk = self.shared.desk();
        StoreHealth { waiting: desk.memory.waiting(), ..desk.memory.health.clone() }
    }

    /// Reads the rows on disk. Blocks on files; not for threads that serve.
    pub fn reader(&self) -> Result<Reader, StoreError> {
        Reader::open(&self.dir)
    }
}

impl Drop for Store {
    /// Writes what is left.
    fn drop(&mut self) {
        self.shared.stop();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            let _ = writer.join();
        }
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
