//! The command line. Standard output is data, standard error is talk.

mod audit;
mod check;
mod contents;
mod demo;
mod doctor;
pub mod exit;
mod explain;
mod fact;
mod import;
mod init;
mod man;
mod models;
mod past;
mod patch;
mod plain;
mod rehearse;
mod repair;
mod replay;
mod rollback;
mod roster;
mod run;
mod running;
mod serve;
mod stats;
mod tail;
mod talk;
mod vscode_init;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use exit::Exit;
use std::process::ExitCode;

/// A router between coding agents and the models you have: local first, free clouds next, paid only when allowed.
#[derive(Parser)]
#[command(name = "coderouter", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve agents; without a configuration file, with the local models that are found.
    #[command(alias = "start")]
    Serve(serve::Serve),
    /// Start a coding agent, and a router for it where none runs.
    Run(run::Run),
    /// Say everything that is wrong with the configuration, and what does not act yet.
    Check(check::Check),
    /// Examine the providers: what is wrong, what you will feel, and what to do.
    Doctor(doctor::Doctor),
    /// Show what is known of each provider's model, and who says so.
    Models(models::Models),
    /// Say who would be asked for a request, or was, in which order, and why.
    Explain(explain::Explain),
    /// See it work: scripted backends fail in several ways, and an agent is answered.
    Demo(demo::Demo),
    /// Say which tool calls are in a text of a model, and why the rest is none.
    Repair(repair::Repair),
    /// Look up what happened: who failed, who was taken out, what was blocked.
    Audit(audit::Audit),
    /// Sum up what requests cost and did, and try another configuration on them.
    Replay(replay::Replay),
    /// Show the running router at a glance: providers, requests, failures, money.
    Stats(stats::Stats),
    /// Follow what the running router does: one line for each fact, as it happens.
    Tail(tail::Tail),
    /// Put configuration files back as they were before the latest change.
    Rollback(rollback::Rollback),
    /// Make the terminals of a VS Code folder find the router, and agents in them.
    VscodeInit(vscode_init::VscodeInit),
    /// Look at this machine and what runs on it, and write a configuration that fits.
    Init(init::Init),
    /// Turn a configuration of claude-code-router, LiteLLM or llama-swap into ours.
    Import(import::Import),
    /// List the free models of OpenRouter that take tools, and what has changed.
    Roster(roster::List),
    /// Print a completion script for a shell.
    #[command(after_help = COMPLETIONS)]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page of the program or a command, or write them all.
    Man(man::Man),
    /// Play a model server that answers, or fails, as a scenario says; for tests.
    Rehearse(rehearse::Rehearse),
}

const COMPLETIONS: &str = "\
Examples:
  coderouter completions bash > ~/.local/share/bash-completion/completions/coderouter
  coderouter completions fish > ~/.config/fish/completions/coderouter.fish";

impl Cli {
    /// Reads the command line of this process; ends it where that is wrong, or asks for help.
    pub fn read() -> Self {
        let matches = Self::definition().get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

    /// All that the command line knows of itself: its commands in groups, each with the codes it ends with.
    pub fn definition() -> clap::Command {
        let cli = Self::command().mut_subcommands(|command| {
            let codes = exit::codes(Some(command.get_name()));
            let more = command.get_after_help().map(|more| format!("{more}\n\n")).unwrap_or_default();
            command.after_help(format!("{more}{codes}"))
        });
        contents::grouped(cli, &exit::codes(None))
    }

    /// Runs the command and says how it ended: 0 well, 1 with an error, 2 with something to look at.
    pub fn run(self) -> ExitCode {
        let result = match self.command {
            Command::Serve(serve) => serve.run(),
            Command::Run(run) => run.run(),
            Command::Check(check) => check.run(),
            Command::Doctor(doctor) => doctor.run(),
            Command::Models(models) => models.run(),
            Command::Explain(explain) => explain.run(),
            Command::Demo(demo) => demo.run(),
            Command::Repair(repair) => repair.run(),
            Command::Audit(audit) => audit.run(),
            Command::Replay(replay) => replay.run(),
            Command::Stats(stats) => stats.run(),
            Command::Tail(tail) => tail.run(),
            Command::Rollback(rollback) => rollback.run(),
            Command::VscodeInit(init) => init.run(),
            Command::Init(init) => init.run(),
            Command::Import(import) => import.run(),
            Command::Roster(list) => list.run(),
            Command::Man(man) => man.run(),
            Command::Rehearse(rehearse) => rehearse.run(),
            Command::Completions { shell } => {
                let mut cli = Self::definition();
                clap_complete::generate(shell, &mut cli, "coderouter", &mut std::io::stdout());
                Ok(Exit::Well.into())
            }
        };
        result.unwrap_or_else(|error| {
            talk::complain(&error);
            Exit::Error.into()
        })
    }
}

/// The async runtime of a command.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
