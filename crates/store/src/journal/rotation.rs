//! Where a journal's files lie: the current one and those it was rotated into, `.1` the latest. Lines are written here;
//! they are read elsewhere.

use crate::error::StoreError;
use crate::{folder, lock};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Rotated files that are kept of each journal.
pub const GENERATIONS: usize = 5;

/// One journal's files.
pub(super) struct Place {
    current: PathBuf,
    max_bytes: u64,
}

impl Place {
    pub(super) fn new(dir: &Path, name: &str, max_bytes: u64) -> Self {
        Self { current: dir.join(name), max_bytes }
    }

    /// The file that lines are added to.
    pub(super) fn current(&self) -> &Path {
        &self.current
    }

    /// The lock of all processes that write this journal. A file of its own, as the journal itself is renamed.
    pub(super) fn lock(&self) -> PathBuf {
        self.beside("lock")
    }

    /// All files, oldest first; not all of them need exist.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let old = (1..=GENERATIONS).rev().map(|number| self.beside(&number.to_string()));
        old.chain([self.current.clone()]).collect()
    }

    /// Writes whole lines and takes each out of `lines` once it is in a file; rotates where the file is full.
    pub(super) fn append(&self, lines: &mut Vec<u8>) -> Result<(), StoreError> {
        if lines.is_empty() {
            return Ok(());
        }
        let _lock = lock::take(&self.lock())?;
        while !lines.is_empty() {
            let mut file = folder::append(&self.current)?;
            let size = self.mend(&mut file)?;
            if size < self.max_bytes {
                let end = fitting(lines, self.max_bytes - size);
                self.write(&mut file, &lines[..end], size)?;
                lines.drain(..end);
            }
            if self.size(&file)? >= self.max_bytes {
                self.rotate()?;
            }
        }
        Ok(())
    }

    /// Ends a line that a process which was killed had begun, so that it spoils no other. Returns the size.
    fn mend(&self, file: &mut File) -> Result<u64, StoreError> {
        let size = self.size(file)?;
        let mut last = [b'\n'];
        if size > 0 {
            let read = file.seek(SeekFrom::End(-1)).and_then(|_| file.read_exact(&mut last));
            read.map_err(|error| self.failed(&error))?;
        }
        if last == [b'\n'] {
            return Ok(size);
        }
        file.write_all(b"\n").map_err(|error| self.failed(&error))?;
        Ok(size + 1)
    }

    /// Writes all of it or, where the disk is full, nothing.
    fn write(&self, file: &mut File, lines: &[u8], size: u64) -> Result<(), StoreError> {
        file.write_all(lines).map_err(|error| {
            let _ = file.set_len(size);
            self.failed(&error)
        })
    }

    /// Each file takes the place of the next older one; the oldest is gone.
    fn rotate(&self) -> Result<(), StoreError> {
        let files = self.files();
        for pair in files.windows(2) {
            if let [older, newer] = pair
                && newer.exists()
            {
                fs::rename(newer, older).map_err(|error| self.failed(&error))?;
            }
        }
        Ok(())
    }

    fn size(&self, file: &File) -> Result<u64, StoreError> {
        file.metadata().map(|found| found.len()).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &std::io::Error) -> StoreError {
        StoreError::file(&self.current, error)
    }

    fn beside(&self, end: &str) -> PathBuf {
        let mut name = self.current.clone().into_os_string();
        name.push(format!(".{end}"));
        name.into()
    }
}

/// The end of the line that reaches `room` bytes: with it the file is full. All where they don't reach it.
fn fitting(lines: &[u8], room: u64) -> usize {
    let from = usize::try_from(room).unwrap_or(usize::MAX).saturating_sub(1).min(lines.len());
    lines[from..].iter().position(|byte| *byte == b'\n').map_or(lines.len(), |end| from + end + 1)
}
