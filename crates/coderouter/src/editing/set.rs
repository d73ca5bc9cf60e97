//! Several files, changed as one step: all of them, or none.

use super::backup::backup_path;
use super::{Access, Change, EditingError, atomic, backup, read};
use std::path::{Path, PathBuf};

/// Whether the old texts are kept beside the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backups {
    /// Each file that is there gets a copy first.
    Kept,
    /// None, as the old text stays somewhere else.
    None,
}

/// Files that were written.
#[derive(Debug)]
pub struct Written {
    files: Vec<File>,
}

/// One of them.
#[derive(Debug)]
struct File {
    change: Change,
    backup: Option<PathBuf>,
}

/// Writes all changes, or none of them. Changes that change nothing are passed over.
///
/// # Errors
/// If a file has changed since it was read, or can't be copied or written; all are as they were then.
pub fn write(changes: &[Change], backups: Backups) -> Result<Written, EditingError> {
    let changes: Vec<_> = changes.iter().filter(|change| !change.is_empty()).collect();
    for (index, change) in changes.iter().enumerate() {
        let target = atomic::target(&change.path)?;
        for earlier in &changes[..index] {
            if atomic::target(&earlier.path)? == target {
                return Err(EditingError::unusable(&change.path, "is to be changed twice in one step"));
            }
        }
        if read(&change.path)? != change.before {
            return Err(EditingError::Changed { path: change.path.clone() });
        }
    }
    let mut written = Written { files: Vec::with_capacity(changes.len()) };
    for change in &changes {
        let is_kept = backups == Backups::Kept && change.before.is_some();
        match is_kept.then(|| backup::make(&change.path)).transpose() {
            Ok(backup) => written.files.push(File { change: (*change).clone(), backup }),
            Err(error) => return Err(written.abandon(0, error)),
        }
    }
    for (done, change) in changes.iter().enumerate() {
        if let Err(error) = atomic::replace(&change.path, &change.after, change.access) {
            return Err(written.abandon(done, error));
        }
    }
    Ok(written)
}

impl Written {
    /// The files, and the copy of each that was there before.
    pub fn files(&self) -> impl Iterator<Item = (&Path, Option<&Path>)> {
        self.files.iter().map(|file| (file.change.path.as_path(), file.backup.as_deref()))
    }

    /// Whether nothing had to be written.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Puts every file back as it was, and takes the copies away.
    ///
    /// # Errors
    /// If a file has changed since, or can't be written; the copies stay then.
    pub fn undo(self) -> Result<(), EditingError> {
        for file in &self.files {
            if read(&file.change.path)?.as_ref() != Some(&file.change.after) {
                return Err(EditingError::Changed { path: file.change.path.clone() });
            }
        }
        self.files.iter().rev().try_for_each(put_back)?;
        self.files
            .iter()
            .filter(|file| file.backup.is_some())
            .try_for_each(|file| backup::withdraw(&file.change.path))
    }

    /// Puts the first files back after an error.
    fn abandon(self, done: usize, error: EditingError) -> EditingError {
        for file in self.files[..done].iter().rev() {
            if let Err(second) = put_back(file) {
                let path = file.change.path.clone();
                let backup = file.backup.clone().unwrap_or_else(|| backup_path(&path, 1));
                return EditingError::Torn { first: Box::new(error), path, second: Box::new(second), backup };
            }
        }
        for file in self.files.iter().filter(|file| file.backup.is_some()) {
            // The copies say what the files say; one more of them does no harm.
            let _ = backup::withdraw(&file.change.path);
        }
        error
    }
}

fn put_back(file: &File) -> Result<(), EditingError> {
    let path = &file.change.path;
    match &file.change.before {
        Some(before) => atomic::replace(path, before, Access::Usual),
        None => std::fs::remove_file(path).map_err(|error| EditingError::io("remove", path, error)),
    }
}

#[cfg(test)]
mod tests;
