//! `--fix`, `--apply` and `--dry-run`: what was tried, the diff, and the files.

use super::super::patch;
use super::super::plain::plain;
use super::super::talk;
use crate::config::{Loaded, Sources, capabilities_file};
use crate::doctor::{Checkup, Course, Examined, Order, Outcome, Texts, Told, Treated, Tried, treat};
use crate::editing::{self, Backups, Change};
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// What is to be done with the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// How changes are chosen.
    pub(super) course: Course,
    /// Whether only the diff is shown.
    pub(super) is_dry: bool,
}

/// What came of it.
pub(super) struct Mended {
    /// What was tried.
    pub(super) tried: Vec<Tried>,
    /// The changes to the files.
    pub(super) changes: Vec<Change>,
    /// Files that were written, each with its backup.
    pub(super) written: Vec<(String, Option<String>)>,
    /// The configuration as it is then.
    pub(super) loaded: Arc<Loaded>,
}

/// Tries what the findings propose, and writes what is to stay.
pub(super) async fn mend(
    plan: Plan,
    checkup: &Checkup,
    order: &Order,
    examined: &[Examined],
    tell: &(dyn Fn(Told<'_>) + Sync),
) -> anyhow::Result<Mended> {
    let (path, env) = (&checkup.loaded.path, &checkup.env);
    let home = std::env::home_dir();
    let capabilities = home.as_deref().map(capabilities_file);
    let cwd = std::env::current_dir().context("the current folder can't be read")?;
    let before = read(path, capabilities.as_deref())?;
    let sources = Sources { path: Some(path), env, home: home.as_deref(), cwd: &cwd };
    let Treated { texts, tried, loaded } =
        treat(checkup, order, sources, before.clone(), (plan.course, examined), tell).await;
    let mut changes = vec![Change::new(path, Some(before.providers), texts.providers)];
    if let (Some(file), Some(after)) = (capabilities, texts.capabilities) {
        changes.push(Change::new(file, before.capabilities, after));
    }
    changes.retain(|change| !change.is_empty());
    let written = if plan.is_dry { Vec::new() } else { write(&changes)? };
    Ok(Mended { tried, changes, written, loaded })
}

fn read(path: &Path, capabilities: Option<&Path>) -> anyhow::Result<Texts> {
    let Some(providers) = editing::read(path)? else {
        bail!("there is no configuration file to write to\nhint: `coderouter init` makes one");
    };
    let capabilities = capabilities.map(editing::read).transpose()?.flatten();
    Ok(Texts { providers, capabilities })
}

fn write(changes: &[Change]) -> anyhow::Result<Vec<(String, Option<String>)>> {
    let written = editing::write(changes, Backups::Kept)?;
    let name = |path: &Path| path.display().to_string();
    Ok(written.files().map(|(path, backup)| (name(path), backup.map(name))).collect())
}

impl Mended {
    /// Tells it to a person.
    pub(super) fn tell(&self, plan: Plan) {
        let head = match (plan.is_dry, plan.course) {
            (true, _) => "Dry-run",
            (false, Course::Apply) => "Apply",
            (false, Course::Fix) => "Fix",
        };
        talk::print(format!("\n{head}: {} target file(s).", self.changes.len()));
        for tried in &self.tried {
            talk::print(format!("  {}: {}: {}", plain(&tried.provider), tried.probe, plain(&outcome(tried))));
        }
        for change in &self.changes {
            let diff = patch::shown(&change.diff());
            diff.lines().for_each(|line| talk::print(format!("  {}", plain(line))));
        }
        for (file, backup) in &self.written {
            if let Some(backup) = backup {
                talk::print(format!("  Backup: {} → {}", plain(file), plain(backup)));
            }
        }
        talk::print(match (plan.is_dry, self.written.len()) {
            (true, _) => "Nothing was written.".to_owned(),
            (false, 0) => "Nothing had to be written.".to_owned(),
            (false, count) => {
                format!("{count} file(s) written; `coderouter rollback` puts the old ones back.")
            }
        });
    }

    /// The same for programs.
    pub(super) fn document(&self) -> Value {
        let tried: Vec<Value> = self
            .tried
            .iter()
            .map(|tried| {
                json!({
                    "provider": tried.provider,
                    "probe": tried.probe,
                    "patch": tried.fix.yaml(),
                    "outcome": word(&tried.outcome),
                    "detail": outcome(tried),
                })
            })
            .collect();
        let diffs: Vec<String> = self.changes.iter().map(|change| patch::shown(&change.diff())).collect();
        let written: Vec<Value> =
            self.written.iter().map(|(file, backup)| json!({"file": file, "backup": backup})).collect();
        json!({ "tried": tried, "diffs": diffs, "written": written })
    }

    /// Whether something could not be made, and nothing else was in its place.
    pub(super) fn has_failed(&self) -> bool {
        let is_mended = |failed: &Tried| {
            self.tried.iter().any(|tried| {
                (&tried.provider, tried.probe) == (&failed.provider, failed.probe)
                    && tried.outcome == Outcome::Made
            })
        };
        let mut impossible =
            self.tried.iter().filter(|tried| matches!(tried.outcome, Outcome::Impossible(_)));
        !impossible.all(is_mended)
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Made => "made",
        Outcome::Already => "already",
        Outcome::DidNotHelp(_) => "did_not_help",
        Outcome::Impossible(_) => "impossible",
    }
}

fn outcome(tried: &Tried) -> String {
    let paths: Vec<String> =
        tried.fix.changes.iter().map(|(path, value)| format!("{}: {value}", path.join("."))).collect();
    let change = paths.join(", ");
    match &tried.outcome {
        Outcome::Made => format!("{change}, as {}", tried.fix.why),
        Outcome::Already => format!("{change} stands there already"),
        Outcome::DidNotHelp(still) => format!("{change} did not help and was taken back: {still}"),
        Outcome::Impossible(reason) => format!("{change} can't be made: {reason}"),
    }
}
