//! The workspace as the checks see it: its text files and what cargo says of its
//! packages. Reads once, judges nothing.

use crate::rust::mask::{Masked, mask};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Folders that hold no text of ours.
const SKIPPED: &[&str] =
    &[".git", ".test-tools", "target", "node_modules", "__pycache__", "corpus", "artifacts"];

/// One text file, by its path from the root, with `/` between folders.
pub(crate) struct TextFile {
    pub(crate) path: String,
    pub(crate) text: String,
    /// The two readings of a Rust file; both empty for any other.
    pub(crate) rust: Masked,
}

impl TextFile {
    pub(crate) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let (path, text) = (path.into(), text.into());
        let rust = if path.ends_with(".rs") { mask(&text) } else { mask("") };
        Self { path, text, rust }
    }

    /// The name without folder and ending.
    pub(crate) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.split('.').next().unwrap_or(name)
    }
}

/// Everything the checks look at.
pub(crate) struct Workspace {
    pub(crate) files: Vec<TextFile>,
    /// `cargo metadata --no-deps`: the members and what their manifests name.
    pub(crate) members: Value,
    /// `cargo metadata`: the packages of the default build on this platform.
    pub(crate) built: Value,
    /// The packages of all features on all platforms where cargo has them all, else those of this platform.
    pub(crate) locked: Value,
}

impl Workspace {
    /// Reads the tree and asks cargo, without the network.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        collect(root, root, &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let members = metadata(root, &["--no-deps"])?;
        let built = metadata(root, &["--filter-platform", &host()?])
            .context("not all packages are on this machine: run `cargo fetch --locked`")?;
        let locked = metadata(root, &["--all-features"]).unwrap_or_else(|_| built.clone());
        Ok(Self { files, members, built, locked })
    }

    /// Rust files, in order of path.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &TextFile> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }

    /// The file at `path`, if the tree has it.
    pub(crate) fn file(&self, path: &str) -> Option<&TextFile> {
        self.files.iter().find(|file| file.path == path)
    }
}

/// The folder of the workspace manifest.
pub(crate) fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_owned()
}

/// The cargo that started us, else the one on the path.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<TextFile>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("failed to list {}", folder.display()))? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() && !SKIPPED.iter().any(|skipped| name == *skipped) {
            collect(root, &path, files)?;
        } else if kind.is_file()
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            let relative = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            files.push(TextFile::new(relative, text));
        }
    }
    Ok(())
}

fn metadata(root: &Path, arguments: &[&str]) -> Result<Value> {
    let base = ["metadata", "--offline", "--locked", "--format-version", "1"];
    let output =
        cargo().args(base).args(arguments).current_dir(root).output().context("failed to start cargo")?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The platform we build for.
fn host() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("failed to start rustc")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc names no host")?.to_owned())
}

#[cfg(test)]
impl Workspace {
    /// A small tree for a check's own tests.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| TextFile::new(*path, *text)).collect();
        Self { files, members: Value::Null, built: Value::Null, locked: Value::Null }
    }
}
