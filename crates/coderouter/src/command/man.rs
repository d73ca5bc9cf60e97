//! `coderouter man`: the manual, made from what the command line knows of itself.

use super::Cli;
use super::exit::Exit;
use super::plain::plain;
use super::talk;
use anyhow::{Context, bail};
use clap::Command;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Options of `man`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Man {
    /// The command whose page is printed; without it the page of the program.
    #[arg(value_name = "COMMAND", conflicts_with = "dir")]
    command: Option<String>,
    /// Write a page for each command into this folder instead.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  coderouter man run | man -l -
  coderouter man --dir ~/.local/share/man/man1";

impl Man {
    /// Prints a page, or writes all.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match &self.dir {
            Some(dir) => write_all(dir)?,
            None => print(self.command.as_deref())?,
        }
        Ok(Exit::Well.into())
    }
}

fn write_all(dir: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(dir).with_context(|| format!("{} can't be made", dir.display()))?;
    let cli = built();
    let commands: Vec<&Command> = cli.get_subcommands().filter(|command| !command.is_hide_set()).collect();
    for command in [&cli].into_iter().chain(commands.iter().copied()) {
        let name = command.get_display_name().unwrap_or(command.get_name());
        let path = dir.join(format!("{name}.1"));
        std::fs::write(&path, page(command)?)
            .with_context(|| format!("{} can't be written", path.display()))?;
    }
    talk::say(format!("{} pages are in {}", commands.len() + 1, dir.display()));
    Ok(())
}

fn print(command: Option<&str>) -> anyhow::Result<()> {
    let cli = built();
    let text = match command {
        None => page(&cli)?,
        Some(name) => match cli.find_subcommand(name) {
            Some(command) => page(command)?,
            None => bail!("there is no command {}\nhint: `coderouter --help` names them", plain(name)),
        },
    };
    match io::stdout().write_all(&text) {
        // Whoever has read enough closes the pipe.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// The command line with the names that its commands have in pages.
fn built() -> Command {
    let mut cli = Cli::definition().disable_help_subcommand(true);
    cli.build();
    cli
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let page = clap_mangen::Man::new(command.clone());
    page.source(concat!("coderouter ", env!("CARGO_PKG_VERSION"))).render(&mut text)?;
    Ok(text)
}
