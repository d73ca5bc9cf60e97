//! Where the agent's program is.

use crate::launching::Agent;
use anyhow::{anyhow, bail};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Finds the program of a command line, as a shell would.
///
/// # Errors
/// If it is nowhere; says how it is installed.
pub fn find(command: &[OsString], agent: &Agent) -> anyhow::Result<PathBuf> {
    let Some(name) = command.first() else { bail!("there is nothing to run") };
    let path = Path::new(name);
    let found = if path.components().count() > 1 {
        candidates(path).find(|path| is_program(path))
    } else {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = std::env::split_paths(&folders).collect();
        folders.iter().flat_map(|folder| candidates(&folder.join(name))).find(|path| is_program(path))
    };
    found.ok_or_else(|| missing(name, agent))
}

fn missing(name: &OsStr, agent: &Agent) -> anyhow::Error {
    let name = name.to_string_lossy();
    // Who is started through another program may well be there.
    if agent.program.is_empty() || !name.contains(agent.program) {
        return anyhow!(
            "there is no program {name}\nhint: name a coding agent, as in `coderouter run -- claude`"
        );
    }
    anyhow!("{} is not installed, or not in PATH\nhint: {}", agent.title, agent.install)
}

/// The files that a name may mean: Windows leaves out endings.
fn candidates(path: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let with = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let endings: &[&str] = if cfg!(windows) { &["", ".exe", ".cmd", ".bat", ".com"] } else { &[""] };
    endings.iter().map(|ending| with(ending)).collect::<Vec<_>>().into_iter()
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file() && path.extension().is_some()
}
