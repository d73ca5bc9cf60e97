//! A lock between processes that use one folder: advisory, on a file of its own, gone with its process.

use crate::error::StoreError;
use crate::folder;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// How long to wait for another process; one that stands still must not hold us for good.
const PATIENCE: Duration = Duration::from_secs(5);

/// Between two looks at a lock that another process holds.
const BETWEEN: Duration = Duration::from_millis(2);

/// Takes the lock; it is given back when the file is dropped.
pub(crate) fn take(path: &Path) -> Result<File, StoreError> {
    let file = folder::append(path)?;
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(StoreError::file(path, &error)),
            Err(TryLockError::WouldBlock) if start.elapsed() > PATIENCE => {
                return Err(StoreError::Locked(path.to_owned()));
            }
            // Waiting on the lock itself could not be given up.
            Err(TryLockError::WouldBlock) => thread::park_timeout(BETWEEN),
        }
    }
}
