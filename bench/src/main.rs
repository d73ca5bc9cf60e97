//! What the router costs beside nginx as a plain proxy, measured in one run and written down as ratios.
//! `cargo xtask bench` builds the router and starts this; here are the order of a run and its options.
//!
//! Processor time is what counts: it is read per process, so that neither the load generator nor the scripted
//! backend (both are in this process) nor whatever else the machine does is counted. All proxies get the same
//! bytes in the same rounds, one after the other, so that a change of the machine's mood meets all of them.

mod backend;
mod cores;
mod cost;
mod latency;
mod load;
mod machine;
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
use cores::Cores;
use machine::Before;
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
    let cores = Cores::divide();
    let division = cores.told();
    let place = Place::new(&options.router, cores, options.without_guards)?;
    let before = Before::look()?;
    let stage = Stage::start()?;
    let client = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut report = client.block_on(all(options, &stage, &place))?;
    report.machine = format!("{} {division}", before.told()?);
    let text = report.to_string();
    writeln!(io::stdout(), "\n{text}")?;
    if let Some(path) = &options.results {
        std::fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))?;
    }
    Ok(())
}

/// Measures what is wanted, one thing after the other.
async fn all(options: &Options, stage: &Stage, place: &Place) -> Result<Report> {
    let mut report = Report { rounds: options.rounds, ..Report::default() };
    let proxies = proxy::start_all(place, stage.port()).await?;
    for scenario in scenario::ALL.iter().filter(|scenario| options.wants(scenario.name)) {
        tell(scenario.name)?;
        report.costs.push(cost::measure(scenario, stage, &proxies, options.rounds).await?);
    }
    if options.wants("latency") {
        tell("latency")?;
        report.latency = latency::measure(stage, &proxies).await?;
    }
    for cost in report.costs.iter().filter(|cost| cost.is_missed() || options.profile_all) {
        tell(&format!("profile of {}", cost.scenario.name))?;
        for router in proxies.iter().filter(|proxy| proxy.kind == Kind::Router) {
            report.profiles.push(profile::take(cost.scenario, stage, router, place).await?);
        }
    }
    drop(proxies);
    if options.wants("memory") {
        tell("memory")?;
        report.memory = memory::measure(stage, place).await?;
    }
    if options.wants("start") {
        tell("start")?;
        report.starts = start::measure(stage, place).await?;
    }
    Ok(report)
}

/// Says what is being measured now.
fn tell(what: &str) -> Result<()> {
    Ok(writeln!(io::stderr(), "bench: {what}")?)
}
