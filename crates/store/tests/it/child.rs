//! Another process, which is this test binary again: what it does is named by its environment. Run as a test without
//! that, it does nothing.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

const PART: &str = "CODEROUTER_STORE_PART";
const FOLDER: &str = "CODEROUTER_STORE_FOLDER";

/// A folder that is gone after the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(env::temp_dir().join(format!("coderouter-store-it-{}-{number}", std::process::id())))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Starts a process that plays a part in a folder.
pub(crate) fn start(part: &str, folder: &Folder) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "child::plays_its_part", "--nocapture"])
        .env(PART, part)
        .env(FOLDER, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The numbers that a child tells, one a line; whatever else the test harness says is passed over.
pub(crate) fn numbers(child: &mut Child) -> impl Iterator<Item = u64> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("told ")?.parse().ok())
}

#[test]
fn plays_its_part() {
    let (Ok(part), Ok(folder)) = (env::var(PART), env::var(FOLDER)) else { return };
    let folder = PathBuf::from(folder);
    match part.as_str() {
        "secure" => crate::kill::secure_for_ever(&folder),
        "journal" => crate::together::write_a_journal(&folder),
        "store" => crate::together::write_a_store(&folder),
        other => panic!("there is no part {other}"),
    }
}
