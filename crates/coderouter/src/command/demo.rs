//! `coderouter demo`: the main job, anywhere. Scripted backends fail as real ones do; requests go through the real
//! server over real sockets; the account says what happened and why.

mod log;
mod scene;
mod stage;
mod traffic;

use super::exit::Exit;
use super::{runtime, talk};
use scene::{SCENES, Verdict};
use stage::Stage;
use std::process::ExitCode;
use std::time::Duration;

/// Options of `demo`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Demo {
    /// Instead of the scenes, send mixed requests to a running router.
    #[arg(long, value_name = "URL", num_args = 0..=1, default_missing_value = "http://127.0.0.1:4000")]
    traffic: Option<String>,
    /// How many seconds of traffic.
    #[arg(long, default_value_t = 30, requires = "traffic")]
    seconds: u64,
    /// Print the account as JSON.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  coderouter demo
  coderouter demo --traffic           requests to the router that runs, so that its pages have something to show";

impl Demo {
    /// Plays the scenes, or drives a running router.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match &self.traffic {
            Some(url) => {
                let form = if self.json { traffic::Form::Json } else { traffic::Form::Text };
                runtime()?.block_on(traffic::drive(url, Duration::from_secs(self.seconds), form))
            }
            None => runtime()?.block_on(self.play()),
        }
    }

    async fn play(&self) -> anyhow::Result<ExitCode> {
        let stage = Stage::set().await?;
        if !self.json {
            talk::print(
                "CodeRouter demo: scripted backends on this machine fail, an agent asks, the router answers.",
            );
            talk::print(format!("router {}   chain of profile `coding`:", stage.url()));
            for (name, summary) in stage::CAST {
                talk::print(format!("  {name:<12} {summary}"));
            }
        }
        let mut verdicts = Vec::new();
        for scene in SCENES {
            let verdict = scene.play(&stage).await;
            if !self.json {
                verdict.tell(verdicts.len() + 1);
            }
            verdicts.push(verdict);
        }
        let failed = verdicts.iter().filter(|verdict| !verdict.succeeded()).count();
        if self.json {
            let scenes: Vec<_> = verdicts.iter().map(Verdict::to_json).collect();
            talk::print_json(&serde_json::json!({ "scenes": scenes, "failed": failed }));
        } else {
            talk::print("");
            talk::print(match failed {
                0 => "Every request was answered. Next: `coderouter serve`, then point your agent at it (README).".to_owned(),
                n => format!("{n} of {} scenes failed: this is a bug, please report it.", verdicts.len()),
            });
        }
        stage.clear().await;
        Ok(if failed == 0 { Exit::Well.into() } else { Exit::Error.into() })
    }
}
