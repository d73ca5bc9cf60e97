//! The file that a restart command writes to: emptied at the start, kept small, its end readable.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

/// The most bytes a log may have before it is emptied, while the router runs. It is looked at once a second.
pub const LOG_LIMIT: u64 = 1024 * 1024;

/// The most bytes that are read from a log's end.
pub const TAIL_LIMIT: u64 = 2_000;

/// A log, or none: then nothing is kept.
#[derive(Clone, Debug)]
pub(super) struct Log(Option<Arc<File>>);

impl Log {
    /// Opens and empties it. Only its owner may read it, as a server may log what nobody else should see.
    pub(super) fn open(path: Option<&Path>) -> io::Result<Self> {
        let Some(path) = path else { return Ok(Self(None)) };
        let mut options = OpenOptions::new();
        // Appending puts every write at the end, wherever the end is after the file was emptied.
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        file.set_len(0)?;
        Ok(Self(Some(Arc::new(file))))
    }

    /// Where a process may write to it.
    pub(super) fn writer(&self) -> io::Result<Stdio> {
        match &self.0 {
            Some(file) => Ok(file.try_clone()?.into()),
            None => Ok(Stdio::null()),
        }
    }

    /// Empties it where it has grown too long.
    pub(super) fn bound(&self) {
        let Some(file) = &self.0 else { return };
        if file.metadata().is_ok_and(|facts| facts.len() > LOG_LIMIT) {
            // A log that can't be emptied is no reason to end the server that writes it.
            let _ = file.set_len(0);
        }
    }

    /// Its end as text; empty where nothing was written or can be read.
    pub(super) fn tail(&self) -> String {
        let Some(file) = &self.0 else { return String::new() };
        String::from_utf8_lossy(&read_tail(file).unwrap_or_default()).into_owned()
    }
}

fn read_tail(mut file: &File) -> io::Result<Vec<u8>> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_LIMIT)))?;
    let mut end = Vec::new();
    file.take(TAIL_LIMIT).read_to_end(&mut end)?;
    Ok(end)
}
