//! Variables as Claude Code gets them: those of its settings files win over those of the shell.

use super::super::machine::text_of;
use super::super::{Finding, Machine};
use crate::config::Env;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The variables that matter here; no other is looked at.
const NAMES: [&str; 9] = [
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_API_KEY",
    "ENABLE_TOOL_SEARCH",
    "CLAUDE_CODE_MAX_CONTEXT_TOKENS",
    "CLAUDE_CODE_GATEWAY_HINT_HEADERS",
    "CLAUDE_CODE_AUTO_MODE_SERVER",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
];

/// What the shell and the files say.
pub(super) struct Settings<'a> {
    env: &'a Env,
    /// What the files set, and which file has the last word.
    set: BTreeMap<&'static str, (String, PathBuf)>,
    /// Files that can't be read, and why.
    broken: Vec<String>,
}

impl<'a> Settings<'a> {
    /// Reads the files in the order in which they win: the user's, the folder's, the folder's own to this machine.
    pub(super) fn read(machine: &Machine<'a>) -> Self {
        let folder = machine.folder.join(".claude");
        let at_home = match machine.env.get_trimmed("CLAUDE_CONFIG_DIR") {
            Some(folder) => Some(PathBuf::from(folder).join("settings.json")),
            None => machine.at_home(".claude/settings.json"),
        };
        let files =
            at_home.into_iter().chain([folder.join("settings.json"), folder.join("settings.local.json")]);
        let mut settings = Self { env: machine.env, set: BTreeMap::new(), broken: Vec::new() };
        files.for_each(|path| settings.take(&path));
        settings
    }

    fn take(&mut self, path: &Path) {
        let Some(text) = text_of(path) else { return };
        let data = match amend::read_json(&text) {
            Ok(data) => data,
            Err(error) => return self.broken.push(format!("{}: {error}", path.display())),
        };
        for name in NAMES {
            let value = match data.get("env").and_then(|env| env.get(name)) {
                Some(serde_json::Value::String(value)) => value.clone(),
                Some(serde_json::Value::Null) | None => continue,
                Some(other) => other.to_string(),
            };
            self.set.insert(name, (value, path.to_owned()));
        }
    }

    /// What a variable is, without blanks around it; none where nothing is left.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        match self.set.get(name) {
            Some((value, _)) => Some(value.trim()).filter(|value| !value.is_empty()),
            None => self.env.get_trimmed(name),
        }
    }

    /// Whether a variable is one of these words.
    pub(super) fn says(&self, name: &str, words: &[&str]) -> bool {
        self.get(name).is_some_and(|value| words.contains(&value.to_ascii_lowercase().as_str()))
    }

    /// Whether a file says something else than the shell. Values are not told, as some are secrets.
    pub(super) fn contradictions(&self) -> Finding {
        const CHECK: &str = "settings";
        if !self.broken.is_empty() {
            return Finding::warn(CHECK, self.broken.join("\n"))
                .with_fix("mend the file; Claude Code passes over it");
        }
        let differs =
            |name: &&str, value: &str| self.env.get_trimmed(name).is_some_and(|own| own != value.trim());
        let told: Vec<_> = self
            .set
            .iter()
            .filter(|(name, (value, _))| differs(name, value))
            .map(|(name, (_, path))| format!("{name} is something else in {}, which wins", path.display()))
            .collect();
        if told.is_empty() {
            return Finding::ok(CHECK, "the settings files and the shell agree");
        }
        Finding::warn(CHECK, told.join("\n")).with_fix("set each variable in one place")
    }
}
