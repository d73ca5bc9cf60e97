//! Copies of a file as it was: `FILE.bak` the newest, then `.bak.1` to `.bak.9`.

use super::{EditingError, atomic};
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

/// How many copies of a file there are at most.
pub const GENERATIONS: usize = 10;

/// The copy of a generation, the newest being 1; beside the file or the link to it.
pub fn backup_path(path: &Path, generation: usize) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".bak");
    if generation > 1 {
        name.push(format!(".{}", generation - 1));
    }
    PathBuf::from(name)
}

/// Copies a file as it is and moves the older copies on; the oldest of all goes. The copy has the file's permissions and
/// its time.
pub(super) fn make(path: &Path) -> Result<PathBuf, EditingError> {
    let newest = backup_path(path, 1);
    let fresh = atomic::temporary(path);
    let failed = |error| EditingError::io("back up", path, error);
    let made = copy(path, &fresh)
        .map_err(failed)
        .and_then(|()| {
            (1..GENERATIONS).rev().try_for_each(|generation| shift(path, generation, generation + 1))
        })
        .and_then(|()| std::fs::rename(&fresh, &newest).map_err(failed));
    if made.is_err() {
        let _ = std::fs::remove_file(&fresh);
    }
    made.map(|()| newest)
}

/// Takes the newest copy away and moves the older ones back. One that was dropped for it does not come back.
pub(super) fn withdraw(path: &Path) -> Result<(), EditingError> {
    let newest = backup_path(path, 1);
    std::fs::remove_file(&newest).map_err(|error| EditingError::io("remove", &newest, error))?;
    (1..GENERATIONS).try_for_each(|generation| shift(path, generation + 1, generation))
}

/// Gives a file that was written from a backup the backup's permissions, and takes the backup away.
///
/// # Errors
/// If the system refuses.
pub fn carry_over(backup: &Path, path: &Path) -> Result<(), EditingError> {
    let permissions = std::fs::metadata(backup).map(|metadata| metadata.permissions());
    permissions
        .and_then(|permissions| std::fs::set_permissions(path, permissions))
        .and_then(|()| std::fs::remove_file(backup))
        .map_err(|error| EditingError::io("carry over", backup, error))
}

fn shift(path: &Path, from: usize, to: usize) -> Result<(), EditingError> {
    let from = backup_path(path, from);
    match std::fs::rename(&from, backup_path(path, to)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(EditingError::io("move", &from, error)),
        _ => Ok(()),
    }
}

/// A copy that follows no link and is written through.
fn copy(path: &Path, copy: &Path) -> io::Result<()> {
    let mut source = std::fs::File::open(atomic::target(path).map_err(io::Error::other)?)?;
    let metadata = source.metadata()?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut target = options.open(copy)?;
    io::copy(&mut source, &mut target)?;
    target.set_permissions(metadata.permissions())?;
    if let Ok(modified) = metadata.modified() {
        target.set_modified(modified)?;
    }
    target.sync_all()
}
