//! `coderouter rehearse`: a scripted backend by itself.

use super::{runtime, talk};
use anyhow::Context;
use rehearsal::{Backend, Script, scenario};
use std::process::ExitCode;

/// Options of `rehearse`.
#[derive(clap::Args)]
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
}

impl Rehearse {
    /// Plays until interrupted.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        if self.list {
            for (name, summary) in scenario::names() {
                talk::print(format!("{name:<28} {summary}"));
            }
            return Ok(ExitCode::SUCCESS);
        }
        let script = Script::from_name(&self.scenario)
            .with_context(|| "`coderouter rehearse --list` names the scenarios".to_owned())?;
        runtime()?.block_on(async {
            let backend = Backend::start_on(("127.0.0.1", self.port), script)
                .await
                .with_context(|| format!("cannot listen on port {}", self.port))?;
            talk::print(backend.url());
            talk::say(format!("playing `{}`; OpenAI base URL: {}", self.scenario, backend.base_url("")));
            tokio::select! {
                interrupted = tokio::signal::ctrl_c() => interrupted?,
                () = tell(&backend), if self.tell => {}
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// Prints requests as they come, until it is dropped.
async fn tell(backend: &Backend) {
    let mut known = 0;
    loop {
        let (requests, count) = backend.requests_after(known).await;
        requests.iter().for_each(|seen| talk::print(format!("{} {}", seen.method, seen.target)));
        known = count;
    }
}
