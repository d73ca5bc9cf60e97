//! What a person gives to read: a file or standard input, whole, and text.

use super::talk;
use anyhow::{Context, bail};
use std::io::{IsTerminal, Read};
use std::path::Path;

/// Bytes from somewhere.
pub(super) struct Input {
    name: String,
    bytes: Vec<u8>,
}

impl Input {
    /// Reads a file; without one, or as `-`, standard input.
    pub(super) fn of(path: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(path) = path.filter(|path| *path != "-") {
            let name = path.display().to_string();
            let bytes = std::fs::read(path).with_context(|| format!("{name} can't be read"))?;
            return Ok(Self { name, bytes });
        }
        let mut stdin = std::io::stdin().lock();
        if stdin.is_terminal() {
            talk::say("paste what the model wrote; Ctrl-D on a line of its own ends it");
        }
        let mut bytes = Vec::new();
        stdin.read_to_end(&mut bytes).context("standard input can't be read")?;
        Ok(Self { name: "standard input".to_owned(), bytes })
    }

    /// The text, which must be there and be UTF-8.
    pub(super) fn text(self) -> anyhow::Result<String> {
        let Self { name, bytes } = self;
        if bytes.trim_ascii().is_empty() {
            bail!(
                "{name} is empty\nhint: give the text that the model wrote, such as `content` of its answer"
            );
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let line = 1 + error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
            anyhow::anyhow!("{name}:{line}: byte {} is not UTF-8\nhint: save it as UTF-8", at + 1)
        })?;
        Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
    }
}
