//! Files before a step, after it, and after one that failed.

use super::{Backups, Change, EditingError, write};
use crate::editing::{backup_path, read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of its own, removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("coderouter-set-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path.canonicalize().unwrap())
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Names and texts of all that is there.
    fn all(&self) -> Vec<(String, String)> {
        let entries = std::fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path());
        let mut all: Vec<_> = entries
            .filter(|path| path.is_file())
            .map(|path| {
                (
                    path.file_name().unwrap().to_string_lossy().into_owned(),
                    std::fs::read_to_string(path).unwrap(),
                )
            })
            .collect();
        all.sort();
        all
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn to(path: &Path, after: &str) -> Change {
    Change::new(path, read(path).unwrap(), after)
}

fn texts(all: &[(String, String)]) -> Vec<(&str, &str)> {
    all.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}

#[test]
fn old_texts_are_kept_newest_first() {
    let folder = Folder::new();
    let path = folder.file("a", "0");
    for round in 1..=12 {
        write(&[to(&path, &round.to_string())], Backups::Kept).unwrap();
    }
    assert_eq!(read(&path).unwrap().unwrap(), "12");
    let kept: Vec<_> =
        (1..=10).map(|generation| read(&backup_path(&path, generation)).unwrap().unwrap()).collect();
    assert_eq!(kept, ["11", "10", "9", "8", "7", "6", "5", "4", "3", "2"]);
    assert_eq!(folder.all().len(), 11);
}

#[test]
fn what_changes_nothing_is_not_written() {
    let folder = Folder::new();
    let path = folder.file("a", "x");
    assert!(write(&[to(&path, "x")], Backups::Kept).unwrap().is_empty());
    assert_eq!(texts(&folder.all()), [("a", "x")]);
}

#[test]
fn an_undone_step_leaves_no_trace() {
    let folder = Folder::new();
    let (old, new) = (folder.file("a", "x"), folder.0.join("b"));
    folder.file("a.bak", "w");
    let written = write(&[to(&old, "y"), to(&new, "z")], Backups::Kept).unwrap();
    assert_eq!(texts(&folder.all()), [("a", "y"), ("a.bak", "x"), ("a.bak.1", "w"), ("b", "z")]);
    assert_eq!(written.files().count(), 2);
    written.undo().unwrap();
    assert_eq!(texts(&folder.all()), [("a", "x"), ("a.bak", "w")]);
}

#[test]
fn a_step_is_not_undone_over_the_work_of_others() {
    let folder = Folder::new();
    let path = folder.file("a", "x");
    let written = write(&[to(&path, "y")], Backups::Kept).unwrap();
    folder.file("a", "theirs");
    assert!(matches!(written.undo(), Err(EditingError::Changed { .. })));
    assert_eq!(texts(&folder.all()), [("a", "theirs"), ("a.bak", "x")]);
}

#[test]
fn a_file_that_has_changed_stops_the_whole_step() {
    let folder = Folder::new();
    let (one, other) = (folder.file("a", "x"), folder.file("b", "x"));
    let changes = [to(&one, "y"), to(&other, "y")];
    folder.file("b", "theirs");
    let message = write(&changes, Backups::Kept).unwrap_err().to_string();
    assert!(message.contains("b has changed since it was read\nhint: "), "{message}");
    assert_eq!(texts(&folder.all()), [("a", "x"), ("b", "theirs")]);
}

#[test]
fn an_error_on_the_second_file_puts_the_first_back() {
    let folder = Folder::new();
    let one = folder.file("a", "x");
    folder.file("a.bak", "w");
    // A file of this name can be, but not the temporary one beside it.
    let other = Change::new(folder.0.join("b".repeat(250)), None, "y");
    let error = write(&[to(&one, "y"), other], Backups::Kept).unwrap_err();
    assert!(matches!(error, EditingError::Io { action: "write", .. }), "{error}");
    assert_eq!(texts(&folder.all()), [("a", "x"), ("a.bak", "w")]);
    let in_the_way = folder.file("c", "no folder");
    let below = Change::new(in_the_way.join("d"), None, "y");
    assert!(matches!(
        write(&[to(&one, "y"), below], Backups::Kept),
        Err(EditingError::Io { action: "read", .. })
    ));
    assert_eq!(texts(&folder.all()), [("a", "x"), ("a.bak", "w"), ("c", "no folder")]);
}

#[test]
fn one_file_is_not_changed_twice() {
    let folder = Folder::new();
    let path = folder.file("a", "x");
    assert!(matches!(
        write(&[to(&path, "y"), to(&path, "z")], Backups::Kept),
        Err(EditingError::Unusable { .. })
    ));
    assert_eq!(texts(&folder.all()), [("a", "x")]);
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new();
    let file = folder.file("real", "x");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    let link = folder.0.join("link");
    symlink("real", &link).unwrap();
    write(&[to(&link, "y")], Backups::Kept).unwrap();
    let mode = |path: &Path| std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777;
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!((read(&file).unwrap().unwrap().as_str(), mode(&file)), ("y", 0o640));
    assert_eq!(mode(&backup_path(&link, 1)), 0o640);
    let new = folder.0.join("deep").join("new");
    write(&[to(&new, "z").private()], Backups::Kept).unwrap();
    assert_eq!(mode(&new), 0o600);
    symlink("nowhere", folder.0.join("lost")).unwrap();
    assert!(matches!(read(&folder.0.join("lost")), Err(EditingError::Unusable { .. })));
}
