//! The folder and its files, for their owner's eyes only. What is in the files is not known here.

use crate::error::StoreError;
use std::fs::{DirBuilder, File, OpenOptions};
use std::path::Path;

/// Makes a folder, with its parents, that only its owner may enter. One that exists is left as it is: it may hold
/// other things for other people.
pub(crate) fn make(path: &Path) -> Result<(), StoreError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| StoreError::file(path, &error))
}

/// Opens a file for appending that only its owner may read, and makes it so if older versions left it open to all.
pub(crate) fn append(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.append(true).read(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(|error| StoreError::file(path, &error))?;
    close_to_others(&file, path)?;
    Ok(file)
}

/// Opens a file that lines are appended to and only its owner may read. The folders it is in are made.
///
/// # Errors
/// If either can't be made.
pub fn line_file(path: &Path) -> Result<File, StoreError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        make(folder)?;
    }
    append(path)
}

#[cfg(unix)]
fn close_to_others(file: &File, path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata().map_err(|error| StoreError::file(path, &error))?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let private = std::fs::Permissions::from_mode(mode & 0o700);
    file.set_permissions(private).map_err(|error| StoreError::file(path, &error))
}

#[cfg(not(unix))]
fn close_to_others(_file: &File, _path: &Path) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Folder;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn only_the_owner_may_look() {
        let folder = Folder::new();
        let inner = folder.path().join("a/b");
        make(&inner).unwrap();
        append(&inner.join("file")).unwrap();
        assert_eq!(mode(&folder.path().join("a")), 0o700);
        assert_eq!(mode(&inner), 0o700);
        assert_eq!(mode(&inner.join("file")), 0o600);
    }

    #[test]
    fn an_open_file_is_closed_and_a_foreign_folder_left_alone() {
        let folder = Folder::new();
        let (inner, file) = (folder.path().join("open"), folder.path().join("open/file"));
        fs::create_dir(&inner).unwrap();
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(&file, "x").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        make(&inner).unwrap();
        append(&file).unwrap();
        assert_eq!((mode(&inner), mode(&file)), (0o755, 0o600));
        assert_eq!(fs::read(&file).unwrap(), b"x");
    }
}
