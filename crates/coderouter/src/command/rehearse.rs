//! `coderouter rehearse`: a scripted backend by itself.

use super::exit::Exit;
use super::{runtime, talk};
use anyhow::{Context, anyhow};
use rehearsal::{Backend, Script, scenario};
use serde_json::json;
use std::process::ExitCode;

/// Options of `rehearse`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Rehearse {
    /// What to play, such as `tool`, `429:2*3, ok`, or `/a hang; /b ok` for several providers.
    #[arg(default_value = "ok")]
    scenario: String,
    /// The port; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// List the scenarios.
    #[arg(long)]
    list: bool,
    /// Print a line for each request that comes: its method and its target.
    #[arg(long)]
    tell: bool,
    /// Print JSON, one object a line: scenarios, the place where it listens, requests.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  coderouter rehearse --list
  coderouter rehearse '429:2*3, ok' --port 9000     refuses three times, then answers";

impl Rehearse {
    /// Plays until interrupted.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        if self.list {
            for (name, summary) in scenario::names() {
                if self.json {
                    talk::print_json(&json!({ "name": name, "summary": summary }));
                } else {
                    talk::print(format!("{name:<28} {summary}"));
                }
            }
            return Ok(Exit::Well.into());
        }
        let script = Script::from_name(&self.scenario)
            .map_err(|error| anyhow!("{error}\nhint: `coderouter rehearse --list` names the scenarios"))?;
        runtime()?.block_on(async {
            let backend = Backend::start_on(("127.0.0.1", self.port), script)
                .await
                .with_context(|| format!("cannot listen on port {}", self.port))?;
            if self.json {
                talk::print_json(&json!({ "url": backend.url(), "base_url": backend.base_url("") }));
            } else {
                talk::print(backend.url());
            }
            talk::say(format!("playing `{}`; OpenAI base URL: {}", self.scenario, backend.base_url("")));
            tokio::select! {
                interrupted = tokio::signal::ctrl_c() => interrupted?,
                () = tell(&backend, self.json), if self.tell => {}
            }
            Ok(Exit::Well.into())
        })
    }
}

/// Prints requests as they come, until it is dropped.
async fn tell(backend: &Backend, as_json: bool) {
    let mut known = 0;
    loop {
        let (requests, count) = backend.requests_after(known).await;
        for seen in &requests {
            if as_json {
                talk::print_json(&json!({ "method": seen.method.to_string(), "target": seen.target }));
            } else {
                talk::print(format!("{} {}", seen.method, seen.target));
            }
        }
        known = count;
    }
}
