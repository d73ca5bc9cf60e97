//! `coderouter roster`: the free models of OpenRouter, and what has changed since the last look.

use super::plain::{padded, plain, width};
use super::{runtime, talk};
use crate::agent::Agent;
use crate::discovery::cloud::{self, Listed};
use crate::editing::{self, Access};
use crate::roster::{Changes, Roster, prepend};
use anyhow::{Context, bail};
use bytes::Bytes;
use canon::config::Endpoint;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Options of `roster`.
#[derive(clap::Args)]
pub struct List {
    /// The list of models, in OpenRouter's form; no key is sent.
    #[arg(long, default_value = "https://openrouter.ai/api/v1/models", value_parser = endpoint)]
    url: Endpoint,
    /// Where the last look is remembered [default: ~/.coderouter/roster/latest.json].
    #[arg(long, value_name = "PATH")]
    snapshot: Option<PathBuf>,
    /// Where changes are written down, the latest first [default: CHANGES.md beside the snapshot].
    #[arg(long, value_name = "PATH")]
    changes: Option<PathBuf>,
    /// Write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print models and changes as JSON.
    #[arg(long)]
    json: bool,
}

/// How long the list may take.
const PATIENCE: Duration = Duration::from_secs(30);

impl List {
    /// Looks: 0 when the list was read, 2 when it could not be had and everything is as it was.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let snapshot = self.snapshot_path()?;
        let before = remembered(&snapshot)?;
        let models = match runtime()?.block_on(fetch(&self.url)) {
            Ok(models) => models,
            Err(error) => {
                talk::complain(&error.context(format!("failed to fetch the list from {}", self.url)));
                talk::say("hint: look again later, or name another list with --url; nothing was changed");
                return Ok(ExitCode::from(2));
            }
        };
        let now = Roster::of(models, jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        let changes = before.as_ref().map(|before| Changes::between(before, &now));
        if !self.dry_run {
            self.write_down(&snapshot, &now, changes.as_ref())?;
        }
        self.tell(&now, changes.as_ref());
        Ok(ExitCode::SUCCESS)
    }

    fn snapshot_path(&self) -> anyhow::Result<PathBuf> {
        if let Some(path) = &self.snapshot {
            return Ok(path.clone());
        }
        let home = std::env::home_dir().context("there is no home folder; name a file with --snapshot")?;
        Ok(home.join(".coderouter/roster/latest.json"))
    }

    /// Changes first: who is stopped between the two finds the same changes the next time.
    fn write_down(&self, snapshot: &Path, now: &Roster, changes: Option<&Changes>) -> anyhow::Result<()> {
        if let Some(changes) = changes.filter(|changes| !changes.is_empty()) {
            let path = self.changes.clone().unwrap_or_else(|| snapshot.with_file_name("CHANGES.md"));
            let earlier = match std::fs::read_to_string(&path) {
                Ok(text) => text,
                Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
                Err(error) => {
                    return Err(error).with_context(|| format!("failed to read {}", path.display()));
                }
            };
            let text = prepend(&changes.section(&now.fetched_at), &earlier);
            editing::replace(&path, &text, Access::Usual)?;
        }
        Ok(editing::replace(snapshot, &now.to_snapshot(), Access::Usual)?)
    }

    fn tell(&self, now: &Roster, changes: Option<&Changes>) {
        if self.json {
            let document = json!({
                "fetched_at": now.fetched_at,
                "free": now.models.iter().map(model_json).collect::<Vec<_>>(),
                "changes": changes.map(Changes::to_json),
            });
            return talk::print(super::plain::plain_json(&document.to_string()));
        }
        table(&now.with_tools());
        let others = now.models.len() - now.with_tools().len();
        let able = match now.with_tools().len() {
            1 => "1 free model takes tools".to_owned(),
            many => format!("{many} free models take tools"),
        };
        talk::print(format!("{able}, {others} more do not"));
        match changes {
            None => talk::print("first look: there is nothing to compare with yet"),
            Some(changes) => {
                talk::print(changes.summary());
                for (word, ids) in [("REMOVED", &changes.removed), ("ADDED", &changes.added)] {
                    ids.iter().for_each(|id| talk::print(format!("  {word}: {}", plain(id))));
                }
            }
        }
    }
}

/// What was seen the last time; nothing where this is the first.
fn remembered(path: &Path) -> anyhow::Result<Option<Roster>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("failed to read {}", path.display())),
    };
    match Roster::from_snapshot(&text) {
        Ok(roster) => Ok(Some(roster)),
        Err(error) => bail!("{} {error}\nhint: move it away to begin anew", path.display()),
    }
}

async fn fetch(url: &Endpoint) -> anyhow::Result<Vec<Listed>> {
    let fetched = async {
        let mut coming = Agent::of(url.clone())
            .with_patience(PATIENCE)
            .open(Method::GET, "", &[("accept", "application/json")], Bytes::new())
            .await?;
        if coming.status != StatusCode::OK {
            bail!("it answers {}", coming.status);
        }
        let mut body = Vec::new();
        while let Some(data) = coming.next().await? {
            body.extend_from_slice(&data);
            if body.len() > cloud::MAX_LIST {
                bail!("the answer is longer than {} MiB", cloud::MAX_LIST >> 20);
            }
        }
        let models = cloud::listed(&body).context("the answer is no list of models")?;
        if models.is_empty() {
            bail!("the list names no models");
        }
        Ok(models)
    };
    tokio::time::timeout(PATIENCE, fetched).await.context("no answer in time")?
}

fn table(models: &[&Listed]) {
    let names: Vec<_> = models.iter().map(|model| plain(&model.id)).collect();
    let columns = names.iter().map(|name| width(name)).max().unwrap_or(0).clamp(5, 60);
    if !models.is_empty() {
        talk::print(format!("{}  {:>9}", padded("MODEL", columns), "CONTEXT"));
    }
    for (name, model) in names.iter().zip(models) {
        talk::print(format!("{}  {:>9}", padded(name, columns), model.context_length));
    }
}

fn model_json(model: &Listed) -> Value {
    json!({"id": model.id, "context_length": model.context_length, "tools": model.has_tools})
}

fn endpoint(text: &str) -> Result<Endpoint, String> {
    text.parse().map_err(|error| format!("it {error}"))
}
