//! `coderouter import`: the configuration of another program, turned into ours.

use super::plain::{plain, plain_json};
use super::talk;
use crate::editing::{self, Access};
use crate::importing::{self, Account, Carried, Circumstances, ImportError, Imported, Program};
use anyhow::{anyhow, bail};
use canon::config::Endpoint;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Options of `import`.
#[derive(clap::Args)]
pub struct Import {
    /// The configuration of claude-code-router, LiteLLM or llama-swap.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Whose configuration it is, where that can't be seen.
    #[arg(long, value_enum, value_name = "PROGRAM")]
    from: Option<From>,
    /// Where to write it [default: standard output].
    #[arg(long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Write over a file that is there.
    #[arg(long, requires = "output")]
    force: bool,
    /// Where llama-swap listens.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080", value_parser = endpoint)]
    url: Endpoint,
    /// Print the report as JSON; the file goes to --output, or into the report.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum From {
    Ccr,
    Litellm,
    LlamaSwap,
}

impl Import {
    /// Imports: 0 if everything means what it meant, 2 if there is something to look at, 1 if nothing can be made of it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let program = self.from.map(|from| match from {
            From::Ccr => Program::ClaudeCodeRouter,
            From::Litellm => Program::LiteLlm,
            From::LlamaSwap => Program::LlamaSwap,
        });
        if let Some(output) = self.output.as_deref().filter(|output| output.exists() && !self.force) {
            bail!(
                "{} exists\nhint: name another file with --output, or write over it with --force",
                output.display()
            );
        }
        let text = read(&self.file)?;
        let circumstances = Circumstances { program, llama_swap: self.url.clone() };
        let imported = match importing::import(&text, &self.file, &circumstances) {
            Ok(imported) => imported,
            Err(error) => return Ok(self.refuse(error)),
        };
        if let Some(output) = &self.output {
            editing::replace(output, &imported.text, Access::Private)
                .map_err(|error| anyhow!("{error}\nhint: name another file with --output PATH"))?;
        }
        self.tell(&imported);
        Ok(if imported.account.is_exact() { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }

    fn refuse(&self, error: ImportError) -> ExitCode {
        match error {
            ImportError::Broken(report) if self.json => talk::print(report.to_json().to_string()),
            error if self.json => talk::print(json!({"ok": false, "error": error.to_string()}).to_string()),
            ImportError::Broken(report) => talk::say(report.to_string()),
            ImportError::Nothing(account) => {
                account_for(&account);
                talk::say("error: nothing in it can be asked from here");
                talk::say("hint: the lines above say why, and what to do");
            }
            error => {
                talk::say(format!("error: {error}"));
                if matches!(error, ImportError::Unknown) {
                    talk::say("hint: say whose it is with --from ccr, --from litellm or --from llama-swap");
                }
            }
        }
        ExitCode::FAILURE
    }

    fn tell(&self, imported: &Imported) {
        let output = self.output.as_ref().map(|output| output.display().to_string());
        if self.json {
            let mut document = imported.account.to_json();
            document["ok"] = true.into();
            document["from"] = imported.program.name().into();
            document["output"] = output.clone().into();
            if output.is_none() {
                document["file"] = imported.text.as_str().into();
            }
            return talk::print(plain_json(&document.to_string()));
        }
        if output.is_none() {
            talk::print(imported.text.trim_end());
        }
        let what = format!("{}, a configuration of {}", self.file.display(), imported.program.name());
        talk::say(plain(&what));
        account_for(&imported.account);
        match &output {
            Some(output) => {
                talk::say(format!("wrote {output}"));
                talk::say(format!(
                    "hint: coderouter check --config {output}; then coderouter serve --config {output}"
                ));
            }
            None => talk::say("hint: keep it with --output PATH, then `coderouter check --config PATH`"),
        }
    }
}

/// Says what became of every setting.
fn account_for(account: &Account) {
    for carried in Carried::ALL {
        let rows: Vec<_> = account.rows(carried).collect();
        if rows.is_empty() {
            continue;
        }
        talk::say(match carried {
            Carried::Exactly => "carried over exactly:",
            Carried::Roughly => "carried over roughly:",
            Carried::Not => "not carried over:",
        });
        for row in rows {
            talk::say(plain(&format!("  line {:<4} {}: {}", row.line, row.setting, row.note)));
        }
    }
    for advice in &account.advice {
        talk::say(plain(&format!("note: {advice}")));
    }
    for key in &account.keys {
        let place =
            key.written_in.as_ref().map(|(setting, line)| format!("  (stands in {setting}, line {line})"));
        talk::say(plain(&format!("to do: export {}=...{}", key.variable, place.unwrap_or_default())));
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    crate::config::read_text(path).map_err(|error| anyhow!("{} {error}", path.display()))
}

fn endpoint(text: &str) -> Result<Endpoint, String> {
    text.parse().map_err(|error| format!("it {error}"))
}
