//! The file: where it goes, what it replaces, and who starts with it.

use super::questions::Questions;
use crate::command::talk;
use crate::config::{self, Env, Sources};
use crate::editing::{self, Access};
use anyhow::{Context, anyhow, bail};
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What has become of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// Nothing was written.
    Nothing,
    /// The file that is there says just that.
    Same(PathBuf),
    /// It was written.
    New(PathBuf),
    /// It was written over another one, which was kept.
    Over {
        /// The file.
        path: PathBuf,
        /// Where the other one is.
        kept: PathBuf,
    },
    /// It was written beside another one, which is in use.
    Beside {
        /// The one in use.
        path: PathBuf,
        /// The new one.
        new: PathBuf,
        /// How they differ.
        differences: Vec<String>,
    },
}

impl Written {
    /// The file that the router would start with.
    pub fn in_use(&self) -> Option<&Path> {
        match self {
            Self::Same(path) | Self::New(path) | Self::Over { path, .. } => Some(path),
            Self::Nothing | Self::Beside { .. } => None,
        }
    }

    /// The path that was written, as JSON.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Nothing | Self::Same(_) => Value::Null,
            Self::New(path) | Self::Over { path, .. } | Self::Beside { new: path, .. } => json!(path),
        }
    }
}

/// Where the file goes: where it is named, else where it is looked for.
///
/// # Errors
/// If nothing is named and there is no home folder, or a folder is named.
pub fn path(named: Option<&Path>, env: &Env) -> anyhow::Result<PathBuf> {
    let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    let variable =
        env.get_trimmed("CODEROUTER_CONFIG").map(|path| config::expand_home(path, home.as_deref()));
    let path = match (named.map(Path::to_owned).or(variable), home) {
        (Some(path), _) => path,
        (None, Some(home)) => home.join(".coderouter/providers.yaml"),
        (None, None) => bail!("there is no home folder\nhint: name a file with --config PATH"),
    };
    if path.is_dir() {
        bail!(
            "{} is a folder\nhint: name a file in it: --config {}",
            path.display(),
            path.join("providers.yaml").display()
        );
    }
    Ok(path)
}

/// Writes it, never over another one without being told to.
///
/// # Errors
/// If it can't be written.
pub fn write(path: &Path, text: &str, force: bool, questions: Questions) -> anyhow::Result<Written> {
    let failed = |what: &str, path: &Path, error: &std::io::Error| {
        anyhow!("failed to {what} {}: {error}\nhint: name another file with --config PATH", path.display())
    };
    let old = match std::fs::read(path) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(failed("read", path, &error)),
    };
    let Some(old) = old else {
        if !questions.write(path) {
            return Ok(Written::Nothing);
        }
        put(path, text)?;
        return Ok(Written::New(path.to_owned()));
    };
    if old == text.as_bytes() {
        return Ok(Written::Same(path.to_owned()));
    }
    if force {
        let kept = free(path);
        std::fs::copy(path, &kept).map_err(|error| failed("write", &kept, &error))?;
        put(path, text)?;
        return Ok(Written::Over { path: path.to_owned(), kept });
    }
    let new = with_ending(path, ".new");
    if !questions.write(&new) {
        return Ok(Written::Nothing);
    }
    put(&new, text)?;
    let differences = differences(&String::from_utf8_lossy(&old), text);
    Ok(Written::Beside { path: path.to_owned(), new, differences })
}

fn put(path: &Path, text: &str) -> anyhow::Result<()> {
    editing::replace(path, text, Access::Private)
        .map_err(|error| anyhow!("{error}\nhint: name another file with --config PATH"))
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// A name for the old file that no earlier one has.
fn free(path: &Path) -> PathBuf {
    let numbered = (1..).map(|count| with_ending(path, &format!(".bak.{count}")));
    let mut names = std::iter::once(with_ending(path, ".bak")).chain(numbered);
    names.find(|name| !name.exists()).unwrap_or_else(|| with_ending(path, ".bak"))
}

/// Providers and chains that are gone, new or others.
fn differences(old: &str, new: &str) -> Vec<String> {
    let (Some(old), Some(new)) = (lines(old), lines(new)) else {
        return vec!["the file that is there can't be used; `coderouter check` says why".to_owned()];
    };
    let gone = old.iter().filter(|line| !new.contains(line)).map(|line| format!("- {line}"));
    let come = new.iter().filter(|line| !old.contains(line)).map(|line| format!("+ {line}"));
    let lines: Vec<String> = gone.chain(come).collect();
    if lines.is_empty() {
        vec!["the same providers and chains; comments or other settings differ".to_owned()]
    } else {
        lines
    }
}

fn lines(text: &str) -> Option<Vec<String>> {
    let env = Env::of_process();
    let home = std::env::home_dir();
    let sources = Sources { path: None, env: &env, home: home.as_deref(), cwd: Path::new(".") };
    let config = config::load_text(text, Path::new("providers.yaml"), sources).ok()?.config;
    let providers = config.providers.iter().map(|provider| {
        let (name, model, place) = (&provider.name, &provider.model, &provider.endpoint);
        format!("provider {}: {} at {place}", name.as_str(), model.as_str())
    });
    let profiles = config.profiles.iter().map(|profile| {
        let chain: Vec<&str> = profile.providers.iter().map(|name| name.as_str()).collect();
        format!("profile {}: {}", profile.name, chain.join(" > "))
    });
    Some(providers.chain(profiles).collect())
}

/// Those of the programs that are on the search path.
pub fn on_path(env: &Env, programs: &[&'static str]) -> Vec<&'static str> {
    let folders: Vec<PathBuf> =
        env.get("PATH").map(|path| std::env::split_paths(path).collect()).unwrap_or_default();
    let endings: &[&str] = if cfg!(windows) { &[".exe", ".cmd", ".bat"] } else { &[""] };
    let is_there = |program: &str| {
        folders
            .iter()
            .any(|folder| endings.iter().any(|end| folder.join(format!("{program}{end}")).is_file()))
    };
    programs.iter().copied().filter(|program| is_there(program)).collect()
}

/// Starts the router with a file and stays until it ends.
///
/// # Errors
/// If it can't be started.
pub fn serve(path: &Path) -> anyhow::Result<ExitCode> {
    let program = std::env::current_exe().context("this program can't be found to be started again")?;
    talk::say(format!("coderouter serve --config {}", path.display()));
    let status = Command::new(program).arg("serve").arg("--config").arg(path).status();
    let code = status.context("failed to start the router")?.code().unwrap_or(1);
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_named() {
        let file = |model: &str| {
            format!(
                "providers:\n  - {{name: a, base_url: \"http://127.0.0.1:9/v1\", model: {model}}}\nprofiles:\n  - {{name: default, providers: [a]}}\n"
            )
        };
        assert_eq!(
            differences(&file("m"), &file("n")),
            ["- provider a: m at http://127.0.0.1:9/v1", "+ provider a: n at http://127.0.0.1:9/v1"]
        );
        assert!(differences(&file("m"), &format!("{}# more\n", file("m")))[0].starts_with("the same"));
        assert!(differences("]", &file("m"))[0].contains("can't be used"));
    }
}
