//! `coderouter repair`: what the router makes of a model's text. It runs the stage that answers go through, on a text
//! that is given, and says what the client would get and why the rest is no call.

mod account;
mod input;
mod left;
mod tools;
mod value;

use super::exit::Exit;
use super::talk;
use account::Account;
use anyhow::bail;
use canon::config::ToolRepair;
use canon::delta::{Block, Delta, Finish, StopReason};
use canon::text::Text;
use input::Input;
use std::path::PathBuf;
use std::process::ExitCode;
use tools::Tools;

/// Options of `repair`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Repair {
    /// The text that the model wrote; without it, or as `-`, standard input.
    #[arg(value_name = "FILE")]
    text: Option<PathBuf>,
    /// The declared tools: a JSON list of them, or the body of a request that has them.
    #[arg(long, value_name = "FILE")]
    tools: Option<PathBuf>,
    /// How far to go, as with `tool_repair`: `parse` reads calls in text, `repair` also mends damaged ones.
    #[arg(long, value_enum, hide_possible_values = true, default_value_t = Mode::Repair)]
    mode: Mode,
    /// The text was cut off by the output limit.
    #[arg(long)]
    cut: bool,
    /// The text came as reasoning, not as the answer.
    #[arg(long)]
    thinking: bool,
    /// Print the account as JSON.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  coderouter repair --tools request.json answer.txt
  coderouter repair --tools request.json --json < answer.txt";

#[derive(Clone, Copy, clap::ValueEnum)]
enum Mode {
    /// Calls written as text are read.
    Parse,
    /// Damaged ones are mended too.
    Repair,
}

impl Repair {
    /// Reads the text: 0 if a call was found, 2 if none was, 1 if there is nothing to read it with.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let account = self.account()?;
        if self.json {
            talk::print(account.to_json());
        } else {
            account.tell();
        }
        Ok(if account.has_call() { Exit::Well.into() } else { Exit::Look.into() })
    }

    fn account(&self) -> anyhow::Result<Account> {
        let Some(path) = &self.tools else { bail!("{}", tools::MISSING) };
        let tools = Tools::read(path)?;
        let input = Input::of(self.text.as_deref())?;
        Ok(Account::of(&self.answer(&input.text()?), &tools, self.repair()))
    }

    fn repair(&self) -> ToolRepair {
        match self.mode {
            Mode::Parse => ToolRepair::Parse,
            Mode::Repair => ToolRepair::Repair,
        }
    }

    /// The answer of a backend that says this.
    fn answer(&self, text: &str) -> Vec<Delta> {
        let (block, piece) = match self.thinking {
            true => (Block::Thinking, Delta::Thinking(Text::plain(text))),
            false => (Block::Text, Delta::Text(Text::plain(text))),
        };
        let reason = if self.cut { StopReason::MaxOutput } else { StopReason::EndTurn };
        vec![
            Delta::Start(Box::default()),
            Delta::Open(block),
            piece,
            Delta::Close,
            Delta::Finish(Box::new(Finish::new(reason))),
            Delta::End,
        ]
    }
}
