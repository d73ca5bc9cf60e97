//! `--check-env`, `--check-secrets` and the checks of agents: which are wanted, and what they say.

use super::super::plain::plain;
use super::super::talk;
use crate::config::{Env, Loaded};
use crate::hygiene::{self, Finding, Machine, claude_code, codex, env_file, opencode, program, secrets};
use canon::config::DEFAULT_PORT;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Which checks are wanted. In the Python program's order: env, secrets, agents.
#[derive(clap::Args)]
pub(super) struct Checks {
    /// Check an env file: who can read it, and whether git takes it along [default: ./.env, else ~/.coderouter/.env].
    #[arg(long, value_name = "PATH", num_args = 0..=1)]
    check_env: Option<Option<PathBuf>>,
    /// Check that keys are in no log, no record and not in the configuration.
    #[arg(long)]
    check_secrets: bool,
    /// Check how Claude Code is set up on this machine.
    #[arg(long)]
    check_claude_code: bool,
    /// Check how Codex is set up on this machine.
    #[arg(long)]
    check_codex: bool,
    /// Check how opencode is set up on this machine.
    #[arg(long)]
    check_opencode: bool,
}

/// What one check says.
pub(super) struct Page {
    title: String,
    findings: Vec<Finding>,
}

impl Checks {
    /// Whether any is wanted by name.
    pub(super) fn are_wanted(&self) -> bool {
        self.check_env.is_some() || self.wants_configuration() || self.agents().next().is_some()
    }

    /// Whether one is wanted that needs the configuration.
    pub(super) fn wants_configuration(&self) -> bool {
        self.check_secrets
    }

    /// Makes those that are wanted.
    pub(super) fn run(
        &self,
        env: &Env,
        loaded: Option<&Loaded>,
        folder: &Path,
        home: Option<&Path>,
    ) -> Vec<Page> {
        let mut pages = Vec::new();
        if let Some(named) = &self.check_env {
            let (path, choice) = match named {
                Some(path) => (path.clone(), env_file::Choice::Named),
                None => (env_file::usual(folder, home), env_file::Choice::Usual),
            };
            let findings = env_file::check(&path, choice, &program::run);
            pages.push(Page { title: format!("env-security: {}", path.display()), findings });
        }
        if let Some(loaded) = loaded.filter(|_| self.check_secrets) {
            pages.push(of_secrets(env, loaded));
        }
        let machine = Machine {
            env,
            home,
            folder,
            port: loaded.map_or(DEFAULT_PORT, |loaded| loaded.config.server.port),
            run: &program::run,
            listens: &hygiene::listens,
        };
        pages.extend(
            self.agents().map(|(title, check)| Page { title: title.to_owned(), findings: check(&machine) }),
        );
        pages
    }

    fn agents(&self) -> impl Iterator<Item = Agent> {
        let wanted = [self.check_claude_code, self.check_codex, self.check_opencode];
        AGENTS.iter().zip(wanted).filter(|(_, is_wanted)| *is_wanted).map(|(agent, _)| *agent)
    }
}

/// An agent that can be checked.
type Agent = (&'static str, fn(&Machine<'_>) -> Vec<Finding>);

const AGENTS: [Agent; 3] =
    [("claude-code", claude_code::check), ("codex", codex::check), ("opencode", opencode::check)];

/// Whether keys got somewhere.
pub(super) fn of_secrets(env: &Env, loaded: &Loaded) -> Page {
    let text = std::fs::read_to_string(&loaded.path).unwrap_or_default();
    let findings = secrets::check(secrets::Place { config: &loaded.config, text: &text, env });
    Page { title: format!("secrets: {}", loaded.path.display()), findings }
}

impl Page {
    /// Prints it, for people.
    pub(super) fn print(&self) {
        for line in hygiene::report(&self.title, &self.findings).lines() {
            talk::print(plain(line));
        }
    }

    /// Whether there is something to do.
    pub(super) fn is_worth_a_look(&self) -> bool {
        self.code() != 0
    }

    /// The exit code of this check alone.
    pub(super) fn code(&self) -> u8 {
        hygiene::exit_code(&self.findings)
    }

    /// The same for programs.
    pub(super) fn document(&self) -> Value {
        json!({ "title": self.title, "findings": hygiene::as_json(&self.findings), "exit": self.code() })
    }
}
