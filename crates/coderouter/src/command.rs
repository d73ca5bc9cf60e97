//! The command line. Standard output is data, standard error is talk.

mod agent;
mod audit;
mod check;
mod demo;
mod explain;
mod fact;
mod past;
mod plain;
mod rehearse;
mod repair;
mod replay;
mod run;
mod running;
mod serve;
mod stats;
mod tail;
mod talk;

use clap::{CommandFactory, Parser, Subcommand};
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
    /// Serve agents. Without a configuration file, local backends are found and used.
    Serve(serve::Serve),
    /// Start a coding agent that asks the router, and the router with it where none runs.
    Run(run::Run),
    /// Read the configuration, say everything that is wrong with it, and what of it does not act yet.
    Check(check::Check),
    /// Say who would be asked for a request, or was, in which order, and why; asks the running router.
    Explain(explain::Explain),
    /// Run the main job here and now: scripted backends fail in several ways, and the agent gets its answer.
    Demo(demo::Demo),
    /// Read what a model wrote: say which calls are found in it, what was wrong with them, and why the rest is none.
    Repair(repair::Repair),
    /// Show what happened that a person may want to look up: who failed, who was taken out, what was blocked.
    Audit(audit::Audit),
    /// Show what requests have cost and done, compare providers, and try another configuration on them.
    Replay(replay::Replay),
    /// Show the running router: providers, requests, failures, money, live on the terminal or once as text.
    Stats(stats::Stats),
    /// Follow what the running router does: one line for each fact, as it happens.
    Tail(tail::Tail),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Play a scripted backend that fails in the ways its scenario names; for tests and demonstrations.
    Rehearse(rehearse::Rehearse),
}

impl Cli {
    /// Runs the command and says how it ended: 0 well, 1 with an error, 2 with something to look at.
    pub fn run(self) -> ExitCode {
        let result = match self.command {
            Command::Serve(serve) => serve.run(),
            Command::Run(run) => run.run(),
            Command::Check(check) => check.run(),
            Command::Explain(explain) => explain.run(),
            Command::Demo(demo) => demo.run(),
            Command::Repair(repair) => repair.run(),
            Command::Audit(audit) => audit.run(),
            Command::Replay(replay) => replay.run(),
            Command::Stats(stats) => stats.run(),
            Command::Tail(tail) => tail.run(),
            Command::Rehearse(rehearse) => rehearse.run(),
            Command::Completions { shell } => {
                clap_complete::generate(shell, &mut Self::command(), "coderouter", &mut std::io::stdout());
                Ok(ExitCode::SUCCESS)
            }
        };
        result.unwrap_or_else(|error| {
            talk::complain(&error);
            ExitCode::FAILURE
        })
    }
}

/// The async runtime of a command.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
