//! `coderouter stats`: the running router at a glance, on the whole terminal or once as text.

mod draw;
mod dump;
mod facts;
mod screen;
mod source;
mod view;
mod words;

use super::exit::Exit;
use super::plain::plain;
use super::running::Place;
use super::{runtime, talk};
use source::Source;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

/// Options of `stats`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Stats {
    #[command(flatten)]
    place: Place,
    /// Look again after so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = interval)]
    interval: f64,
    /// Print it once as text, as happens anyway where standard output is no terminal.
    #[arg(long)]
    once: bool,
    /// Print the overview once as JSON.
    #[arg(long, conflicts_with = "once")]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  coderouter stats
  coderouter stats --json | jq .providers";

impl Stats {
    /// Shows it: 0, or 2 where it can't be shown.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let said = self.place.find().and_then(|router| self.show(Source::new(router)));
        if let Err(error) = said {
            let reason = error.to_string();
            let lines: Vec<_> = reason.lines().map(plain).collect();
            talk::say(format!("coderouter stats: {}", lines.join("\n")));
            return Ok(Exit::Look.into());
        }
        Ok(Exit::Well.into())
    }

    fn show(&self, source: Source) -> anyhow::Result<()> {
        if self.json {
            let overview = runtime()?.block_on(source.overview())?;
            talk::print_json(&overview);
            return Ok(());
        }
        // Where nothing can be drawn, it is told.
        let is_drawn =
            std::io::stdout().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        if is_drawn && !self.once {
            return screen::show(source, Duration::from_secs_f64(self.interval));
        }
        let metrics = runtime()?.block_on(source.metrics())?;
        talk::print(dump::text(metrics).trim_end());
        Ok(())
    }
}

fn interval(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "no number of seconds".to_owned())?;
    if (0.1..=3_600.0).contains(&seconds) { Ok(seconds) } else { Err("from 0.1 to 3600 seconds".to_owned()) }
}
