//! Where the router spends its time in a scenario: `perf` samples it while the scenario runs.

use crate::backend::Stage;
use crate::load::Load;
use crate::proxy::{Place, Proxy};
use crate::scenario::Scenario;
use anyhow::Result;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The functions that cost most in one scenario.
pub struct Profile {
    /// The scenario's name.
    pub scenario: &'static str,
    /// One line a function: percent of all samples, where it ran (k is the kernel), its name.
    pub lines: Vec<String>,
}

const LINES: usize = 30;
const TIME: Duration = Duration::from_millis(2_500);

/// Runs the scenario again, watched. Without `perf` the profile has no lines.
pub async fn take(
    scenario: &'static Scenario,
    stage: &Stage,
    router: &Proxy,
    place: &Place,
) -> Result<Profile> {
    stage.answer(scenario.answer);
    let request = scenario.request();
    let mut load = Load::open(router.port, scenario.connections, &request).await?;
    let data = place.file("perf.data");
    let mut perf = Command::new("perf");
    perf.args(["record", "-q", "-e", "cpu-clock", "-F", "2999", "-o"]).arg(&data);
    perf.args(["-p", &router.pid().to_string(), "--", "sleep", &TIME.as_secs_f64().to_string()]);
    let child = perf.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = child else { return Ok(Profile { scenario: scenario.name, lines: Vec::new() }) };
    let begun = Instant::now();
    while begun.elapsed() < TIME {
        load.run((scenario.requests / 20).max(1), scenario.stagger()).await?;
    }
    child.wait()?;
    let mut told = Command::new("perf");
    told.args([
        "report",
        "--stdio",
        "-q",
        "--no-children",
        "--sort",
        "symbol",
        "--percent-limit",
        "0.5",
        "-i",
    ]);
    let output = told.arg(&data).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().map(str::trim).filter(|line| line.contains('%')).take(LINES);
    Ok(Profile { scenario: scenario.name, lines: lines.map(str::to_owned).collect() })
}
