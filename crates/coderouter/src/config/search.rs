//! Which `providers.yaml` is read. Everything that reads or writes the configuration asks here, so that what is
//! written back is what was read.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use super::environment::{Env, truth};
use super::notice::Notice;

/// Where to look, and what decides.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The file named on the command line.
    pub path: Option<&'a Path>,
    /// The environment, env files already laid over it.
    pub env: &'a Env,
    /// The home folder, where there is one.
    pub home: Option<&'a Path>,
    /// The current folder.
    pub cwd: &'a Path,
}

/// The file to read, and what to say about the choice.
#[derive(Clone, Debug)]
pub struct Found {
    /// The file; one that was named may still be missing.
    pub path: PathBuf,
    /// What to say.
    pub notices: Vec<Notice>,
}

/// There is no configuration anywhere, and none was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NothingFound {
    /// The places that were looked at.
    pub searched: Vec<PathBuf>,
    /// `./providers.yaml`, where it exists and was passed over.
    pub skipped: Option<PathBuf>,
}

impl std::error::Error for NothingFound {}

impl fmt::Display for NothingFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "providers.yaml not found; searched:")?;
        for path in &self.searched {
            write!(f, "\n  {}", path.display())?;
        }
        if let Some(path) = &self.skipped {
            let notice = Notice::CwdConfigSkipped { path: path.clone() };
            write!(f, "\n{notice}\nhint: {}", notice.hint().unwrap_or_default())?;
        }
        write!(f, "\nhint: `coderouter init` writes one that fits this machine")
    }
}

/// The configuration's file name.
const FILE: &str = "providers.yaml";

/// Finds the file: the command line's, `CODEROUTER_CONFIG`, `./providers.yaml` where
/// `CODEROUTER_ALLOW_CWD_CONFIG` says so, `~/.coderouter/providers.yaml`. One that is named is taken whether it
/// exists or not, so that a slip of the pen never loads another file.
pub fn search(sources: Sources<'_>) -> Result<Found, NothingFound> {
    let named = sources.path.map(Path::to_owned).or_else(|| {
        let named = sources.env.get_trimmed("CODEROUTER_CONFIG")?;
        Some(expand_home(named, sources.home))
    });
    if let Some(named) = named {
        return Ok(Found { path: sources.cwd.join(named), notices: Vec::new() });
    }
    let here = sources.cwd.join(FILE);
    let is_allowed = sources.env.get("CODEROUTER_ALLOW_CWD_CONFIG").and_then(truth) == Some(true);
    let exists_here = here.is_file();
    if exists_here && is_allowed {
        let notices = vec![Notice::CwdConfigLoaded { path: here.clone() }];
        return Ok(Found { path: here, notices });
    }
    let at_home = sources.home.map(|home| home.join(".coderouter").join(FILE));
    match at_home.clone().filter(|path| path.is_file()) {
        Some(path) => {
            let skipped = exists_here && !same_file(&here, &path);
            let notices = skipped.then_some(Notice::CwdConfigSkipped { path: here }).into_iter().collect();
            Ok(Found { path, notices })
        }
        None => {
            let searched = is_allowed.then(|| here.clone()).into_iter().chain(at_home).collect();
            Err(NothingFound { searched, skipped: exists_here.then_some(here) })
        }
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// `~` and `~/...` below the home folder; everything else as it is.
pub(crate) fn expand_home(path: &str, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix('~'), home) {
        (Some(""), Some(home)) => home.to_owned(),
        (Some(rest), Some(home)) if rest.starts_with('/') => home.join(&rest[1..]),
        _ => PathBuf::from(path),
    }
}

/// Whether a path lies below a folder. Links are followed where both exist; `..` is never trusted where not.
pub(crate) fn is_below(path: &Path, folder: &Path) -> bool {
    match (path.canonicalize(), folder.canonicalize()) {
        (Ok(path), Ok(folder)) => path.starts_with(folder),
        _ => path.starts_with(folder) && !path.components().any(|part| part == Component::ParentDir),
    }
}
