//! One file, written so that it holds either the old text or the new one, whenever the machine stops.

use super::{Access, EditingError};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Puts a text in a file. One that is there keeps its permissions, and a link to it stays one.
/// Folders on the way are made.
///
/// # Errors
/// If it can't be written; the old text stays.
pub fn replace(path: &Path, text: &str, access: Access) -> Result<(), EditingError> {
    let target = target(path)?;
    let failed = |error| EditingError::io("write", path, error);
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_folder(folder, access).map_err(failed)?;
    let temporary = temporary(&target);
    let written = fill(&temporary, &target, text, access).and_then(|()| std::fs::rename(&temporary, &target));
    if let Err(error) = written {
        let _ = std::fs::remove_file(&temporary);
        return Err(failed(error));
    }
    // The rename is what must outlast a loss of power; not every file system can promise it.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// A folder that is made for a private file is private too.
fn make_folder(folder: &Path, access: Access) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    if access == Access::Private {
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    }
    #[cfg(not(unix))]
    let _ = access;
    builder.create(folder)
}

/// The file itself, behind all links.
pub(super) fn target(path: &Path) -> Result<PathBuf, EditingError> {
    match path.symlink_metadata() {
        Ok(_) => path.canonicalize().map_err(|error| EditingError::io("follow", path, error)),
        Err(_) => Ok(path.to_owned()),
    }
}

/// A name beside the file that nobody else has.
pub(super) fn temporary(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{:08x}.tmp", fastrand::u32(..)));
    target.with_file_name(name)
}

fn fill(temporary: &Path, target: &Path, text: &str, access: Access) -> std::io::Result<()> {
    let old = std::fs::metadata(target).ok();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if old.is_some() || access == Access::Private {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = access;
    let mut file = options.open(temporary)?;
    file.write_all(text.as_bytes())?;
    if let Some(old) = old {
        keep_owner(&file, &old);
        file.set_permissions(old.permissions())?;
    }
    file.sync_all()
}

/// An administrator who edits the file of another leaves it theirs, where the system lets them.
#[cfg(unix)]
fn keep_owner(file: &File, old: &std::fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let is_other = file.metadata().is_ok_and(|new| (new.uid(), new.gid()) != (old.uid(), old.gid()));
    if is_other {
        let _ = fchown(file, Some(old.uid()), Some(old.gid()));
    }
}

#[cfg(not(unix))]
fn keep_owner(_file: &File, _old: &std::fs::Metadata) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_new_or_as_it_was() {
        let home = std::env::temp_dir().join(format!("coderouter-atomic-{}", std::process::id()));
        let path = home.join("a/b.yaml");
        replace(&path, "one", Access::Private).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&path), mode(&home)), (0o600, 0o700));
        }
        replace(&path, "two", Access::Usual).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert!(replace(&home.join("a"), "three", Access::Private).is_err());
        let left: Vec<_> = std::fs::read_dir(home.join("a")).unwrap().collect();
        assert_eq!(left.len(), 1);
        std::fs::remove_dir_all(home).unwrap();
    }
}
