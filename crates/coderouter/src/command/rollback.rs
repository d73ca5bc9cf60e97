//! `coderouter rollback`: configuration files as they were before the latest change.

use super::plain::plain;
use super::{patch, talk};
use crate::config::{self, Env, Sources};
use crate::editing::{self, Backups, Change, GENERATIONS, backup_path};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Options of `rollback`.
#[derive(clap::Args)]
pub struct Rollback {
    /// The configuration file; else the usual places are searched.
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Also the files that vscode-init writes in this folder.
    #[arg(long, value_name = "DIR")]
    workspace: Option<PathBuf>,
    /// This file and no others; can be given several times.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["config", "workspace"])]
    path: Vec<PathBuf>,
    /// Which backup, 1 being the newest.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = generation)]
    generation: usize,
    /// Show what would change, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print what was done as JSON.
    #[arg(long)]
    json: bool,
}

/// What became of a file.
enum Outcome {
    Restored { diff: String },
    WouldRestore { diff: String },
    Identical,
    NoBackup,
    Failed { reason: String },
}

impl Rollback {
    /// Swaps each file with its backup: 0 where something is restored, 2 where there is nothing to restore, 1 where a file
    /// can't be.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let files = if self.path.is_empty() { self.known_files()? } else { self.path.clone() };
        let outcomes: Vec<_> = files.into_iter().map(|path| (self.swap(&path), path)).collect();
        if self.json {
            talk::print_json(&outcomes.iter().map(as_json).collect());
        } else {
            self.tell(&outcomes);
        }
        let any = |wanted: fn(&Outcome) -> bool| outcomes.iter().any(|(outcome, _)| wanted(outcome));
        Ok(if any(|outcome| matches!(outcome, Outcome::Failed { .. })) {
            ExitCode::FAILURE
        } else if any(|outcome| matches!(outcome, Outcome::Restored { .. } | Outcome::WouldRestore { .. })) {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(2)
        })
    }

    /// The files that commands change.
    fn known_files(&self) -> anyhow::Result<Vec<PathBuf>> {
        let (env, home) = (Env::of_process(), std::env::home_dir());
        let cwd = std::env::current_dir()?;
        let sources = Sources { path: self.config.as_deref(), env: &env, home: home.as_deref(), cwd: &cwd };
        // Where the file itself is gone, its backup may still be at home.
        let own = home.as_ref().map(|home| home.join(".coderouter"));
        let config = config::search(sources).ok().map(|found| found.path);
        let config = config.or_else(|| own.as_ref().map(|own| own.join("providers.yaml")));
        let mut files: Vec<_> = config.into_iter().collect();
        files.extend(own.map(|own| own.join("model-capabilities.yaml")));
        if let Some(workspace) = &self.workspace {
            files.extend([workspace.join(".vscode").join("settings.json"), workspace.join(".envrc")]);
        }
        Ok(files)
    }

    fn swap(&self, path: &Path) -> Outcome {
        self.try_swap(path).unwrap_or_else(|error| Outcome::Failed { reason: error.to_string() })
    }

    fn try_swap(&self, path: &Path) -> Result<Outcome, editing::EditingError> {
        let backup = backup_path(path, self.generation);
        let Some(old) = editing::read(&backup)? else { return Ok(Outcome::NoBackup) };
        let current = editing::read(path)?;
        let mut restored = Change::new(path, current.clone(), old.clone());
        if restored.is_empty() {
            return Ok(Outcome::Identical);
        }
        let diff = restored.diff();
        if self.dry_run {
            return Ok(Outcome::WouldRestore { diff });
        }
        match current {
            Some(current) => {
                let kept = Change::new(&backup, Some(old), current);
                editing::write(&[restored, kept], Backups::None)?;
            }
            None => {
                restored = restored.private();
                editing::write(&[restored], Backups::None)?;
                editing::carry_over(&backup, path)?;
            }
        }
        Ok(Outcome::Restored { diff })
    }

    fn tell(&self, outcomes: &[(Outcome, PathBuf)]) {
        for (outcome, path) in outcomes {
            let path_text = path.display().to_string();
            let path_text = plain(&path_text);
            match outcome {
                Outcome::Restored { diff } | Outcome::WouldRestore { diff } => {
                    let backup = backup_path(path, self.generation);
                    let word = if self.dry_run { "WOULD" } else { "RESTORED" };
                    talk::print(format!(
                        "{word:<8} {path_text} from {}",
                        plain(&backup.display().to_string())
                    ));
                    patch::print(diff);
                }
                Outcome::Identical => talk::print(format!("SAME     {path_text} is as its backup says")),
                Outcome::NoBackup => {
                    talk::print(format!("SKIP     {path_text} has no backup {}", self.generation));
                }
                Outcome::Failed { reason } => talk::print(format!("FAILED   {}", plain(reason))),
            }
        }
        let restored = outcomes.iter().any(|(outcome, _)| matches!(outcome, Outcome::Restored { .. }));
        if restored {
            talk::say("hint: the same command again takes it back");
        }
    }
}

fn as_json((outcome, path): &(Outcome, PathBuf)) -> serde_json::Value {
    let (status, diff, reason) = match outcome {
        Outcome::Restored { diff } => ("restored", Some(diff), None),
        Outcome::WouldRestore { diff } => ("would-restore", Some(diff), None),
        Outcome::Identical => ("identical", None, None),
        Outcome::NoBackup => ("no-backup", None, None),
        Outcome::Failed { reason } => ("failed", None, Some(reason)),
    };
    json!({ "path": path, "status": status, "diff": diff.map(|diff| patch::shown(diff)), "reason": reason })
}

fn generation(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (1..=GENERATIONS).contains(&number) => Ok(number),
        _ => Err(format!("a backup has a number from 1, the newest, to {GENERATIONS}")),
    }
}
