//! Configuration: finding `providers.yaml`, reading it with every mistake at once, and resolving it.
//!
//! [`load`] is the one entry and may be called again at any time; it keeps nothing between calls. Watching the file
//! and swapping the result in is the server's business.

pub(crate) mod draft;
mod envfile;
mod environment;
mod file;
mod glob;
mod near;
mod notice;
mod place;
mod prices;
mod reader;
mod registry;
mod report;
mod resolve;
mod rule_file;
mod search;
mod source;
mod tree;
mod unbuilt;

use std::path::{Path, PathBuf};

use canon::config::{Config, ProviderKind};

pub use envfile::{Applied, EnvFileError, Precedence, apply as apply_env_files};
pub use environment::Env;
pub(crate) use environment::is_variable_name;
pub use file::schema;
pub(crate) use near::name_hint;
pub use notice::Notice;
pub(crate) use reader::is_name;
pub use report::Report;
pub(crate) use report::{Mistake, Part, holds_secret, mask_text};
pub use resolve::default_state_dir;
pub(crate) use search::expand_home;
pub use search::{Found, NothingFound, Sources, search};
pub(crate) use source::read as read_text;
pub(crate) use tree::{Entry, Kind, Node, parse as parse_tree};
pub use unbuilt::{Unbuilt, keys as unbuilt_keys};

use self::file::Root;
use self::prices::Prices;
use self::reader::{Reader, read_block};
use self::registry::Registry;
use self::resolve::{Surroundings, resolve};

/// A configuration that is right, and what a person should hear about it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// The file it came from.
    pub path: PathBuf,
    /// What named the default profile.
    pub mode_source: ModeSource,
    /// Warnings, each once.
    pub notices: Vec<Notice>,
    /// Features that the file asks for and that are not built.
    pub unbuilt: Vec<Unbuilt>,
}

/// What named the default profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModeSource {
    /// `CODEROUTER_MODE`.
    Environment,
    /// The file.
    File,
}

impl ModeSource {
    /// Its name in the startup event.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Environment => "env",
            Self::File => "config",
        }
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// None was named and none was found.
    #[error(transparent)]
    NothingFound(#[from] NothingFound),
    /// There is one, and it is wrong.
    #[error(transparent)]
    Broken(#[from] Report),
}

/// Finds, reads and resolves the configuration.
pub fn load(sources: Sources<'_>) -> Result<Loaded, LoadError> {
    let found = search(sources)?;
    let text = source::read(&found.path).map_err(|error| unreadable(&found.path, &error.to_string()))?;
    let mut loaded = load_text(&text, &found.path, sources)?;
    if let Some(mode) = source::mode_for_others(&found.path).filter(|_| holds_secret(&text)) {
        loaded.notices.push(Notice::ReadableByOthers { path: found.path.clone(), mode });
    }
    loaded.notices.splice(0..0, found.notices);
    Ok(loaded)
}

/// The user's own capability registry, for a home folder.
pub fn capabilities_file(home: &Path) -> PathBuf {
    home.join(registry::USER_FILE)
}

/// Whether the bundled capability registry says anything about a model.
pub(crate) fn is_known_model(kind: ProviderKind, model: &str) -> bool {
    let (bundled, _) = Registry::load(None, &Env::default());
    bundled.knows(kind, model)
}

/// Reads and resolves a text as if it stood in a file at `path`.
pub fn load_text(text: &str, path: &Path, sources: Sources<'_>) -> Result<Loaded, Report> {
    let mut reader = Reader::new(sources.env);
    let root = read_root(text, path, &mut reader)?;
    let mut report = Report::default();
    let (registry, registry_part) = Registry::load(sources.home, sources.env);
    let (prices, prices_part) = Prices::load(sources.home, sources.env);
    let surroundings = Surroundings {
        env: sources.env,
        home: sources.home,
        registry: &registry,
        prices: &prices,
        misread: &reader.mistakes,
    };
    let unbuilt = unbuilt::find(text, &reader.keys);
    let (config, findings) = resolve(root, &surroundings);
    reader.mistakes.extend(findings.mistakes);
    report.push(Part::of_file(path, text, reader.secrets, reader.mistakes));
    report.push(Part::of_environment(findings.environment));
    registry_part.into_iter().chain(prices_part).for_each(|part| report.push(part));
    if !report.is_empty() {
        return Err(report);
    }
    let from_environment = sources.env.get_trimmed("CODEROUTER_MODE").is_some();
    let mode_source = if from_environment { ModeSource::Environment } else { ModeSource::File };
    Ok(Loaded { config, path: path.to_owned(), mode_source, notices: findings.notices, unbuilt })
}

/// The raw file, with its mistakes in the reader; an error where nothing could be read at all.
fn read_root(text: &str, path: &Path, reader: &mut Reader<'_>) -> Result<Root, Report> {
    let (node, mistakes) = tree::parse(text);
    let is_broken = node.is_none() && !mistakes.is_empty();
    reader.mistakes = mistakes;
    let root = match node.filter(|node| !node.is_null()) {
        Some(node) => read_block(reader, &node),
        None if is_broken => None,
        None => return Err(unreadable(path, "is empty")),
    };
    root.ok_or_else(|| {
        let mut report = Report::default();
        let mistakes = std::mem::take(&mut reader.mistakes);
        report.push(Part::of_file(path, text, std::mem::take(&mut reader.secrets), mistakes));
        report
    })
}

fn unreadable(path: &Path, reason: &str) -> Report {
    let mut report = Report::default();
    report.push(Part::unreadable(path, Mistake::new(format!("the configuration {reason}"))));
    report
}

#[cfg(test)]
mod tests;
