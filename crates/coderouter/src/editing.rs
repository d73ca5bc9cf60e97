//! Files of people that commands change: read whole, backed up, and written several as one step that can be undone.
//!
//! What is to stand in them is made elsewhere. A file that has changed since it was read is left alone.

mod atomic;
mod backup;
mod error;
mod set;

pub use atomic::replace;
pub use backup::{GENERATIONS, backup_path, carry_over};
pub use error::EditingError;
pub use set::{Backups, Written, write};

use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The most bytes of a file that is edited.
const MAX_BYTES: u64 = 1 << 20;

/// What shall become of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The file; a link to it stays one.
    pub path: PathBuf,
    /// What stood there when it was read; none where it was missing.
    pub before: Option<String>,
    /// What shall stand there.
    pub after: String,
    /// Who may read it where it is new.
    pub access: Access,
}

/// Who may read a new file. One that is there keeps its permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Whoever may usually read new files.
    #[default]
    Usual,
    /// Its owner only.
    Private,
}

impl Change {
    /// A change of what was read, by [`read`].
    pub fn new(path: impl Into<PathBuf>, before: Option<String>, after: impl Into<String>) -> Self {
        Self { path: path.into(), before, after: after.into(), access: Access::Usual }
    }

    /// The same, and a new file is its owner's only.
    #[must_use]
    pub fn private(self) -> Self {
        Self { access: Access::Private, ..self }
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.before.as_ref() == Some(&self.after)
    }

    /// What changes, as a patch.
    pub fn diff(&self) -> String {
        let before = self.before.as_deref().unwrap_or_default();
        amend::diff(&self.path.display().to_string(), before, &self.after)
    }
}

/// A file's whole text, as it is; none where it is missing.
///
/// # Errors
/// If it is no regular file, too large, no text or can't be read.
pub fn read(path: &Path) -> Result<Option<String>, EditingError> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return missing(path),
        Err(error) => return Err(EditingError::io("read", path, error)),
    };
    if !metadata.is_file() {
        return Err(EditingError::unusable(path, "is not a regular file"));
    }
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|error| EditingError::io("read", path, error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(EditingError::unusable(path, "is larger than 1 MiB"));
    }
    String::from_utf8(bytes).map(Some).map_err(|_| EditingError::unusable(path, "is not UTF-8 text"))
}

/// Nothing there; a link that leads nowhere is something.
fn missing(path: &Path) -> Result<Option<String>, EditingError> {
    match std::fs::symlink_metadata(path) {
        Ok(_) => Err(EditingError::unusable(path, "is a link to a file that is missing")),
        Err(_) => Ok(None),
    }
}
