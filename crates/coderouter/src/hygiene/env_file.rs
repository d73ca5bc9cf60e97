//! `.env` files: whether others can read them, and whether git takes them along.

use super::Finding;
use super::program::{Call, Ran, Run};
use crate::config::{Env, Precedence, apply_env_files};
use std::path::{Path, PathBuf};

/// Who chose the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A person named it, so it should be there.
    Named,
    /// It is one of the usual places.
    Usual,
}

/// The file that is checked where none is named: `./.env`, else `~/.coderouter/.env`, else the first again.
pub fn usual(folder: &Path, home: Option<&Path>) -> PathBuf {
    let here = folder.join(".env");
    let at_home = home.map(|home| home.join(".coderouter").join(".env"));
    if here.exists() { here } else { at_home.filter(|path| path.exists()).unwrap_or(here) }
}

/// Checks one file: `existence`, `syntax`, `permissions`, `gitignore`, `git-tracking`.
pub fn check(path: &Path, choice: Choice, run: Run<'_>) -> Vec<Finding> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => return absent(path, choice, &error),
    };
    if !metadata.is_file() {
        return vec![Finding::error("existence", "it is not a regular file")];
    }
    let mut findings =
        vec![Finding::ok("existence", "it is there"), syntax(path), permissions(path, &metadata)];
    findings.extend(git(path, run));
    findings
}

fn absent(path: &Path, choice: Choice, error: &std::io::Error) -> Vec<Finding> {
    let first = if error.kind() != std::io::ErrorKind::NotFound {
        Finding::error("existence", format!("it can't be looked at: {error}"))
    } else if choice == Choice::Named {
        Finding::warn("existence", format!("there is no {}, so nothing was checked", path.display()))
            .with_fix("name the file that your keys are in")
    } else {
        Finding::skip("existence", format!("there is no {}, so nothing was checked", path.display()))
    };
    let others = ["syntax", "permissions", "gitignore", "git-tracking"];
    std::iter::once(first).chain(others.map(|check| Finding::skip(check, "there is no file"))).collect()
}

fn syntax(path: &Path) -> Finding {
    match apply_env_files(&[path.to_owned()], Precedence::File, &mut Env::default()) {
        Ok(applied) => {
            let names: Vec<_> = applied.iter().flat_map(|applied| &applied.names).cloned().collect();
            let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
            Finding::ok("syntax", format!("it can be read, and sets {names}"))
        }
        Err(error) => Finding::error("syntax", error.to_string())
            .with_fix("mend the line: `coderouter serve` refuses to start with this file"),
    }
}

#[cfg(unix)]
fn permissions(path: &Path, metadata: &std::fs::Metadata) -> Finding {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Finding::ok("permissions", format!("mode {mode:04o}: nobody else has access"));
    }
    Finding::warn("permissions", format!("mode {mode:04o}: others on this machine have access"))
        .with_fix(format!("chmod 0600 {}", quoted(&path.display().to_string())))
}

#[cfg(not(unix))]
fn permissions(_path: &Path, _metadata: &std::fs::Metadata) -> Finding {
    Finding::skip("permissions", "this system has other ones")
}

fn git(path: &Path, run: Run<'_>) -> [Finding; 2] {
    let skip = |why: &str| [Finding::skip("gitignore", why), Finding::skip("git-tracking", why)];
    // Where the file itself is matters, not where a link to it is.
    let Ok(path) = path.canonicalize() else { return skip("the file is gone") };
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return skip("its name is no text");
    };
    let ask = |arguments: &[&str]| {
        // A repository may name a program to be run at each look at it.
        let arguments = [&["-c", "core.fsmonitor=false"], arguments].concat();
        run(Call { program: "git", arguments: &arguments, folder: Some(folder) })
    };
    let top = match ask(&["rev-parse", "--show-toplevel"]) {
        Ran::Ended { code: Some(0), out } => PathBuf::from(out.trim_end_matches(['\r', '\n'])),
        Ran::Ended { .. } => return skip("it is in no git repository"),
        Ran::Absent => return skip("git is not installed"),
        Ran::Failed => return skip("git does not answer"),
    };
    let relative = path.strip_prefix(&top).unwrap_or(Path::new(name)).display().to_string();
    [
        ignored(&ask(&["check-ignore", "-q", "--no-index", "--", name]), &top, &relative),
        tracked(&ask(&["ls-files", "--error-unmatch", "--", name]), &relative),
    ]
}

fn ignored(ran: &Ran, top: &Path, relative: &str) -> Finding {
    match ran {
        Ran::Ended { code: Some(0), .. } => Finding::ok("gitignore", "git ignores it"),
        Ran::Ended { code: Some(1), .. } => {
            let fix = format!(
                "echo {} >> {}",
                quoted(&format!("/{relative}")),
                quoted(&top.join(".gitignore").display().to_string())
            );
            Finding::warn("gitignore", "git does not ignore it, so `git add .` takes it along").with_fix(fix)
        }
        _ => Finding::skip("gitignore", "git does not say"),
    }
}

fn tracked(ran: &Ran, relative: &str) -> Finding {
    match ran {
        Ran::Ended { code: Some(1), .. } => Finding::ok("git-tracking", "git has no copy of it"),
        Ran::Ended { code: Some(0), .. } => {
            let fix = format!(
                "git rm --cached {}\nadd it to .gitignore and commit\nthen make new keys: the old ones are in the history",
                quoted(relative)
            );
            Finding::error("git-tracking", "git has a copy of it, keys included").with_fix(fix)
        }
        _ => Finding::skip("git-tracking", "git does not say"),
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte);
    if word.bytes().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests;
