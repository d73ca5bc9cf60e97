//! Why files were not changed.

use std::io;
use std::path::{Path, PathBuf};

/// Why files were not changed; unless it says otherwise, all are as they were.
#[derive(Debug, thiserror::Error)]
pub enum EditingError {
    /// Somebody else has written it meanwhile.
    #[error("{} has changed since it was read\nhint: run the command again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// It is nothing that can be edited.
    #[error("{} {reason}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What it is.
        reason: &'static str,
    },
    /// The system refuses.
    #[error("failed to {action} {}: {cause}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
    },
    /// A file could not be put back after an error.
    #[error("{first}; {} could not be put back: {second}\nhint: its old text is in {}", path.display(), backup.display())]
    Torn {
        /// Why the step failed.
        first: Box<EditingError>,
        /// The file that keeps its new text.
        path: PathBuf,
        /// Why it could not be put back.
        second: Box<EditingError>,
        /// Where its old text is.
        backup: PathBuf,
    },
}

impl EditingError {
    pub(super) fn io(action: &'static str, path: &Path, cause: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), cause }
    }

    pub(super) fn unusable(path: &Path, reason: &'static str) -> Self {
        Self::Unusable { path: path.to_owned(), reason }
    }
}
