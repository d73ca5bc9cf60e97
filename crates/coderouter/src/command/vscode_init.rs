//! `coderouter vscode-init`: terminals of a VS Code folder in which agents find the router.

mod envrc;
mod settings;
mod sheet;
mod variables;

use super::plain::plain;
use super::{patch, talk};
use crate::config::{self, Env, LoadError, Sources};
use crate::editing::{self, Backups, Change};
use anyhow::{anyhow, bail};
use canon::config::{Config, DEFAULT_PORT};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use variables::{Token, Variables};

/// Options of `vscode-init`.
#[derive(clap::Args)]
pub struct VscodeInit {
    /// The folder that is opened in VS Code.
    #[arg(long, value_name = "PATH", default_value = ".")]
    target: PathBuf,
    /// The router's port [default: that of the configuration, else 4000].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// The configuration file; else the usual places are searched.
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// The profile for requests from these terminals.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Write .envrc for direnv too.
    #[arg(long)]
    with_envrc: bool,
    /// How many tokens Claude Code may take the context window for.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max_context_tokens: Option<u64>,
    /// Leave out the variables that only Claude Code reads.
    #[arg(long, conflicts_with = "max_context_tokens")]
    no_claude_code_env: bool,
    /// Show what would change, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Replace values that differ, and add to a .envrc of your own.
    #[arg(long)]
    force: bool,
}

/// What is to become of one file.
enum Plan {
    /// It is written.
    Write(Change),
    /// It differs in what is not ours to change.
    Conflict { change: Option<Change>, reasons: Vec<String> },
    /// It can't be read.
    Skip { reason: String },
}

/// What is to become of a file: its path, what stands there, what shall, and whether to write over what is theirs.
type Planner = fn(&Path, Option<String>, &Variables, bool) -> Plan;

impl VscodeInit {
    /// Writes the files: 0 if all is as it should be, 2 where something of theirs differs, 1 where a file can't be read.
    pub fn run(mut self) -> anyhow::Result<ExitCode> {
        if !self.target.is_dir() {
            bail!(
                "{} is not a folder\nhint: --target names the folder that VS Code opens",
                self.target.display()
            );
        }
        if self.target == Path::new(".") {
            self.target = PathBuf::new();
        }
        let variables = self.variables()?;
        let planned = |path: PathBuf, plan: Planner| {
            let plan = match editing::read(&path) {
                Ok(before) => plan(&path, before, &variables, self.force),
                Err(error) => Plan::Skip { reason: error.to_string() },
            };
            (path, plan)
        };
        let mut plans = vec![planned(settings::path(&self.target), settings::plan)];
        if self.with_envrc {
            plans.push(planned(envrc::path(&self.target), envrc::plan));
        }
        for (path, plan) in &plans {
            tell(&path.display().to_string(), plan);
        }
        let code = verdict(&plans);
        if code != ExitCode::SUCCESS {
            talk::say("nothing is written");
            return Ok(code);
        }
        let changes: Vec<_> = plans.into_iter().filter_map(|(_, plan)| plan.change()).collect();
        if self.dry_run {
            talk::say("nothing is written: this was a dry run");
            return Ok(code);
        }
        let written = editing::write(&changes, Backups::Kept)?;
        for (path, backup) in written.files() {
            let kept = backup.map(|backup| format!(", the old one is {}", backup.display()));
            talk::say(format!("wrote {}{}", path.display(), kept.unwrap_or_default()));
        }
        if let Token::Of(variable) = &variables.token {
            talk::say(format!("hint: start VS Code where {variable} is set; its value is written nowhere"));
        }
        if self.with_envrc {
            talk::say("hint: direnv asks for `direnv allow` after each change");
        }
        talk::print(sheet::text(&variables));
        Ok(code)
    }

    fn variables(&self) -> anyhow::Result<Variables> {
        let env = Env::of_process();
        let config = self.configuration(&env)?;
        if let (Some(profile), Some(config)) = (&self.profile, &config)
            && config.profile(profile).is_none()
            && config.mode(profile).is_none()
        {
            let known = config.profiles.iter().map(|profile| profile.name.as_str());
            bail!("no profile is called `{}`\nhint: {}", plain(profile), config::name_hint(profile, known));
        }
        let server = config.map(|config| config.server);
        let port = self.port.or(server.as_ref().map(|server| server.port)).unwrap_or(DEFAULT_PORT);
        let token = match server.map(|server| server.token_env) {
            Some(variable) if env.get_trimmed(&variable).is_some() => Token::Of(variable),
            _ => Token::Any,
        };
        Ok(Variables {
            port,
            token,
            profile: self.profile.clone(),
            claude_code: !self.no_claude_code_env,
            max_context_tokens: self.max_context_tokens,
        })
    }

    /// The configuration, where there is one; a broken one matters only where something of it is needed.
    fn configuration(&self, env: &Env) -> anyhow::Result<Option<Config>> {
        let (home, cwd) = (std::env::home_dir(), std::env::current_dir()?);
        let sources = Sources { path: self.config.as_deref(), env, home: home.as_deref(), cwd: &cwd };
        match config::load(sources) {
            Ok(loaded) => Ok(Some(loaded.config)),
            Err(LoadError::NothingFound(_)) => Ok(None),
            Err(_) if self.port.is_some() && self.config.is_none() && self.profile.is_none() => Ok(None),
            Err(error) => Err(anyhow!("{error}")),
        }
    }
}

impl Plan {
    fn change(self) -> Option<Change> {
        match self {
            Self::Write(change) => Some(change),
            Self::Conflict { .. } | Self::Skip { .. } => None,
        }
    }
}

fn verdict(plans: &[(PathBuf, Plan)]) -> ExitCode {
    if plans.iter().any(|(_, plan)| matches!(plan, Plan::Skip { .. })) {
        ExitCode::FAILURE
    } else if plans.iter().any(|(_, plan)| matches!(plan, Plan::Conflict { .. })) {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    }
}

fn tell(path: &str, plan: &Plan) {
    let path = plain(path);
    match plan {
        Plan::Write(change) => {
            let marker = match &change.before {
                None => "new",
                Some(_) if change.is_empty() => "nop",
                Some(_) => "diff",
            };
            talk::print(format!("{marker:<8} {path}"));
            patch::print(&change.diff());
        }
        Plan::Conflict { change, reasons } => {
            talk::print(format!("CONFLICT {path}"));
            for reason in reasons {
                talk::print(format!("         {}", plain(reason)));
            }
            if let Some(change) = change {
                patch::print(&change.diff());
                talk::say("hint: --force replaces what differs; a backup is kept");
            }
        }
        Plan::Skip { reason } => talk::print(format!("SKIP     {path}: {}", plain(reason))),
    }
}
