//! `coderouter replay`: what requests have cost and done, by provider; how two providers compare; what might be
//! changed; and how the same requests would be planned by another configuration.

mod plan;
mod statistics;
mod suggestions;
mod table;

use super::exit::Exit;
use super::past::{self, Past, Progress};
use super::talk;
use crate::config::{self, Env, LoadError, Loaded, Sources};
use anyhow::{anyhow, bail};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;
use store::journal::{self, JournalFilter, JournalLine};
use store::replay::Summing;
use store::{RequestFilter, RequestRow, import};

/// Options of `replay`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Replay {
    /// The folder that memory is kept in [default: ~/.coderouter/state].
    #[arg(long, value_name = "DIR", conflicts_with = "log")]
    state_dir: Option<PathBuf>,
    /// A request journal to read instead.
    #[arg(long, value_name = "PATH")]
    log: Option<PathBuf>,
    /// Only requests that this provider answered; upper and lower case are one.
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// Compare two providers: how it would be with the second in the place of the first.
    #[arg(long, value_names = ["A", "B"], num_args = 2, conflicts_with_all = ["provider", "suggest_rules", "config"])]
    compare: Option<Vec<String>>,
    /// None from before: a date, or a date and a time, in UTC unless it says otherwise.
    #[arg(long, value_name = "TIME", value_parser = past::since)]
    since: Option<SystemTime>,
    /// Only so many requests, the latest; 0 for all.
    #[arg(long, value_name = "N", default_value_t = 0)]
    limit: usize,
    /// Say what might be changed in the configuration.
    #[arg(long)]
    suggest_rules: bool,
    /// Plan the requests anew by this configuration; with --suggest-rules, the configuration to look at.
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  coderouter replay --since 2026-03-01
  coderouter replay --config other.yaml       how it would have gone by another configuration
  coderouter replay --compare local cloud     how it would be with the second in the place of the first";

impl Replay {
    /// Prints what is asked for: 0 also where there are no requests, 1 where there is nothing to read.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let past = match &self.log {
            Some(path) => Past::of_journal(path)?,
            None => Past::of_folder(self.state_dir.clone(), journal::REQUESTS)?,
        };
        if self.suggest_rules {
            self.suggest(&past)?;
        } else if let Some(path) = &self.config {
            self.plan(&past, path)?;
        } else {
            self.tell(&past)?;
        }
        Ok(Exit::Well.into())
    }

    /// Statistics of all, or of two.
    fn tell(&self, past: &Past) -> anyhow::Result<()> {
        let mut summing = Summing::default();
        self.each(past, self.provider.as_deref(), |row| summing.add(&row))?;
        let summary = summing.finish();
        if summary.requests == 0 {
            say_none(self.json);
            return Ok(());
        }
        let Some([before, after]) = self.compare.as_deref() else {
            talk::print(statistics::all(&summary, self.json));
            return Ok(());
        };
        let of = |name: &str| match summary.of(name) {
            Some(one) => Ok(one),
            None => bail!("no request was answered by {name}"),
        };
        talk::print(statistics::compared(of(before)?, of(after)?, self.json));
        Ok(())
    }

    fn suggest(&self, past: &Past) -> anyhow::Result<()> {
        let mut rows = Vec::new();
        self.each(past, None, |row| rows.push(row))?;
        if rows.is_empty() {
            say_none(self.json);
            return Ok(());
        }
        let chains = match &self.config {
            Some(path) => suggestions::chains(&load(Some(path))?.config),
            // Without one, chains are guessed from who answered.
            None => load(None).map_or_else(|_| Vec::new(), |loaded| suggestions::chains(&loaded.config)),
        };
        talk::print(suggestions::told(&store::suggest::suggest(&rows, &chains), self.json));
        Ok(())
    }

    fn plan(&self, past: &Past, path: &Path) -> anyhow::Result<()> {
        let loaded = load(Some(path))?;
        // Once for how quick everybody was, and once for each request.
        let mut summing = Summing::default();
        self.each(past, None, |row| summing.add(&row))?;
        let known = summing.finish();
        let mut anew = plan::Anew::by(&loaded.config, &known);
        self.each(past, self.provider.as_deref(), |row| anew.add(&row))?;
        let outcome = anew.finish();
        if outcome.requests == 0 {
            say_none(self.json);
            return Ok(());
        }
        talk::print(if self.json { outcome.to_json() } else { outcome.to_text(path) });
        Ok(())
    }

    fn each(
        &self,
        past: &Past,
        provider: Option<&str>,
        mut each: impl FnMut(RequestRow),
    ) -> anyhow::Result<()> {
        let limit = (self.limit > 0).then_some(self.limit);
        let (since, provider) = (self.since, provider.map(str::to_owned));
        let mut progress = Progress::new("requests");
        let mut each = |row| {
            progress.step();
            each(row);
        };
        let read = match past {
            Past::Rows(reader) => {
                let filter = RequestFilter { since, provider, limit, ..RequestFilter::default() };
                reader.each_request(&filter, each)
            }
            Past::Lines(dir, name) => {
                let filter = JournalFilter { since, provider, limit, ..JournalFilter::default() };
                let take = |line: JournalLine| import::request(&line).into_iter().for_each(&mut each);
                journal::read(dir, name, &filter, take).map(|_| ())
            }
        };
        read.map_err(|error| anyhow!("failed to {error}"))
    }
}

fn say_none(json: bool) {
    if json {
        talk::print("{\"requests\":0}");
    }
    talk::say("no request matches");
}

fn load(path: Option<&Path>) -> anyhow::Result<Loaded> {
    let (env, home, cwd) = (Env::of_process(), std::env::home_dir(), std::env::current_dir()?);
    let sources = Sources { path, env: &env, home: home.as_deref(), cwd: &cwd };
    config::load(sources).map_err(|error| match error {
        LoadError::Broken(report) => anyhow!("the configuration can't be used\n{report}"),
        nothing @ LoadError::NothingFound(_) => anyhow!("{nothing}"),
    })
}
