//! The binary: reads the command line and runs one command.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    coderouter::command::Cli::parse().run()
}
