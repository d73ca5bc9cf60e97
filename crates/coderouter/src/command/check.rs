//! `coderouter check`: everything that is wrong with the configuration, and what of it does not act yet.

use super::exit::Exit;
use super::talk;
use crate::config::{self, Env, Loaded, Sources};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `check`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Check {
    /// The configuration file; else the usual places are searched.
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Print the findings as JSON.
    #[arg(long, conflicts_with = "schema")]
    json: bool,
    /// Print the JSON Schema of the file, for editors.
    #[arg(long)]
    schema: bool,
}

const EXAMPLES: &str = "\
Examples:
  coderouter check
  coderouter check --schema > schema.json    for an editor";

impl Check {
    /// Checks: 0 if all is well, 2 if something should be looked at, 1 if the file can't be used.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        if self.schema {
            talk::print(serde_json::to_string_pretty(&config::schema())?);
            return Ok(Exit::Well.into());
        }
        let env = Env::of_process();
        let home = std::env::home_dir();
        let cwd = std::env::current_dir()?;
        let sources = Sources { path: self.config.as_deref(), env: &env, home: home.as_deref(), cwd: &cwd };
        match config::load(sources) {
            Ok(loaded) => Ok(self.tell(&loaded)),
            Err(error) => {
                self.refuse(&error);
                Ok(Exit::Error.into())
            }
        }
    }

    fn tell(&self, loaded: &Loaded) -> ExitCode {
        let clean = loaded.notices.is_empty() && loaded.unbuilt.is_empty();
        if self.json {
            talk::print_json(&json!({
                "path": loaded.path,
                "ok": true,
                "notices": loaded.notices.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "unbuilt": loaded.unbuilt.iter().map(ToString::to_string).collect::<Vec<_>>(),
            }));
        } else {
            talk::print(format!("{} is right", loaded.path.display()));
            summary(loaded);
        }
        if clean { Exit::Well.into() } else { Exit::Look.into() }
    }

    fn refuse(&self, error: &config::LoadError) {
        match error {
            config::LoadError::Broken(report) if self.json => {
                let mut document = report.to_json();
                document["ok"] = false.into();
                talk::print_json(&document);
            }
            error if self.json => {
                let error = json!({ "message": error.to_string() });
                talk::print_json(&json!({ "ok": false, "errors": [error] }));
            }
            config::LoadError::Broken(report) => talk::say(report.to_string()),
            nothing @ config::LoadError::NothingFound(_) => talk::say(format!("error: {nothing}")),
        }
    }
}

fn summary(loaded: &Loaded) {
    for profile in &loaded.config.profiles {
        let chain: Vec<&str> = profile.providers.iter().map(|name| name.as_str()).collect();
        let default = if profile.name == loaded.config.default_profile { " (default)" } else { "" };
        talk::print(format!("profile {}{default}: {}", profile.name, chain.join(" > ")));
    }
    for notice in &loaded.notices {
        talk::print(format!("warning: {notice}"));
        if let Some(hint) = notice.hint() {
            talk::print(format!("hint: {hint}"));
        }
    }
    for unbuilt in &loaded.unbuilt {
        talk::print(unbuilt.to_string());
    }
}
