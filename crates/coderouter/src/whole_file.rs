//! Files that are written whole or not at all: beside their place first, then moved onto it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Who may read a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Its owner alone.
    Owner,
    /// Whoever the system lets.
    Anyone,
}

/// Writes a text; whoever reads meanwhile gets the old one or the new one. A link is followed, a mode is kept, folders
/// on the way are made.
///
/// # Errors
/// If it can't be written; the old file is as it was.
pub fn write(path: &Path, text: &str, readers: Readers) -> io::Result<()> {
    let place = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if place.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_folder(folder, readers)?;
    let beside = folder.join(format!(".coderouter-{:016x}.tmp", fastrand::u64(..)));
    let written = fill(&beside, &place, text, readers).and_then(|()| std::fs::rename(&beside, &place));
    if written.is_err() {
        // What could not take its place is of no use to anybody.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// The path with more at its end: `providers.yaml.bak`.
pub fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn fill(beside: &Path, place: &Path, text: &str, readers: Readers) -> io::Result<()> {
    let mut file = create(beside, readers)?;
    file.write_all(text.as_bytes())?;
    if let Ok(metadata) = std::fs::metadata(place) {
        file.set_permissions(metadata.permissions())?;
    }
    file.sync_all()
}

#[cfg(unix)]
fn create(path: &Path, readers: Readers) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let mode = if readers == Readers::Owner { 0o600 } else { 0o666 };
    OpenOptions::new().write(true).create_new(true).mode(mode).open(path)
}

#[cfg(not(unix))]
fn create(path: &Path, _readers: Readers) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
fn make_folder(folder: &Path, readers: Readers) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let mode = if readers == Readers::Owner { 0o700 } else { 0o777 };
    std::fs::DirBuilder::new().recursive(true).mode(mode).create(folder)
}

#[cfg(not(unix))]
fn make_folder(folder: &Path, _readers: Readers) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_new_or_as_it_was() {
        let home = std::env::temp_dir().join(format!("coderouter-whole-file-{}", std::process::id()));
        let path = home.join("a/b.yaml");
        write(&path, "one", Readers::Owner).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        write(&path, "two", Readers::Anyone).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert!(write(&home.join("a"), "three", Readers::Owner).is_err());
        let left: Vec<_> = std::fs::read_dir(home.join("a")).unwrap().collect();
        assert_eq!(left.len(), 1);
        std::fs::remove_dir_all(home).unwrap();
    }
}
