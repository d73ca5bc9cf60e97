//! What the router costs beside nginx as a plain proxy, measured in one run and written down as ratios.
//! `cargo xtask bench` builds the router and starts this; here are the order of a run and its options.
//!
//! Processor time is what counts: it is read per process, so that neither the load generator nor the scripted
//! backend (both are in this process) nor whatever else the machine does is counted. All proxies get the same
//! bytes in the same rounds, one after the other, so that a change of the machine's mood meets all of them.

mod backend;
mod cost;
mod latency;
mod load;
mod memory;
mod options;
mod process;
mod profile;
mod proxy;
mod report;
mod request;
mod scenario;
mod start;
mod statistic;

use anyhow::{Context, Result};
use backend::Stage;
use options::Options;
use proxy::{Kind, Place};
use report::Report;
use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    match Options::read(std::env::args().skip(1)).and_then(|options| measure(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Result<()> {
    let place = Place::new(&options.router)?;
    let stage = Stage::start()?;
    let client = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = client.block_on(async {
        let proxies = proxy::start_all(&place, stage.port()).await?;
        let mut costs = Vec::new();
        for scenario in scenario::ALL.iter().filter(|scenario| options.wants(scenario.name)) {
            tell(scenario.name)?;
            costs.push(cost::measure(scenario, &stage, &proxies, options.rounds).await?);
        }
        tell("latency")?;
        let latency = latency::measure(&stage, &proxies).await?;
        tell("profiles")?;
        let router =
            proxies.iter().find(|proxy| proxy.kind == Kind::Router).context("the router is started")?;
        let mut profiles = Vec::new();
        for cost in costs.iter().filter(|cost| cost.is_missed() || options.profile_all) {
            profiles.push(profile::take(cost.scenario, &stage, router, &place).await?);
        }
        drop(proxies);
        tell("memory")?;
        let memory = memory::measure(&stage, &place).await?;
        tell("start")?;
        let starts = start::measure(&stage, &place).await?;
        anyhow::Ok(Report { costs, latency, memory, starts, profiles, rounds: options.rounds })
    })?;
    let text = report.to_string();
    writeln!(io::stdout(), "\n{text}")?;
    if let Some(path) = &options.results {
        std::fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))?;
    }
    Ok(())
}

/// Says what is being measured now.
fn tell(what: &str) -> Result<()> {
    Ok(writeln!(io::stderr(), "bench: {what}")?)
}
