//! What can go wrong with the store. Texts fit after "failed to"; no cause is more than a text, so that one failed
//! commit can tell everybody who waited for it.

use rusqlite::ErrorCode;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A failure of the store.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StoreError {
    /// A folder or a file can't be used.
    #[error("use {}: {problem}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        problem: String,
    },
    /// The database was written by a later version; nothing in it was touched.
    #[error("open {}: its schema is {found}, and this version knows none after {known}", path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// The schema it has.
        found: u32,
        /// The last schema we know.
        known: u32,
    },
    /// The database is damaged.
    #[error("read the database: {0}")]
    Corrupt(String),
    /// SQLite refused: no space, no access, or somebody else holds the file.
    #[error("use the database: {0}")]
    Sqlite(String),
    /// Earlier writes have failed, and this one waits with them until the disk takes them.
    #[error("write the database, which is tried again later: {0}")]
    Failing(String),
    /// More is waiting than may wait.
    #[error("queue the write: {0} are waiting already")]
    Full(usize),
    /// No reservation with this id is open.
    #[error("settle a reservation that is not open")]
    NotOpen,
    /// A reservation with this id is open already.
    #[error("reserve twice under one id")]
    AlreadyOpen,
    /// A value is larger than one that is kept.
    #[error("keep a value of {0} bytes")]
    TooLarge(usize),
    /// Another process kept a lock for too long.
    #[error("lock {}: another process holds it", .0.display())]
    Locked(PathBuf),
}

impl StoreError {
    /// A failure of the file system.
    pub(crate) fn file(path: &Path, error: &io::Error) -> Self {
        Self::File { path: path.to_owned(), problem: error.to_string() }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(error.to_string()),
            _ => Self::Sqlite(error.to_string()),
        }
    }
}
