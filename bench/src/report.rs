//! The results as a page: tables, what was measured how, and profiles of what missed its target.

use crate::cost::Cost;
use crate::latency::Latency;
use crate::memory::{Memory, STREAMS};
use crate::profile::Profile;
use crate::proxy::Kind;
use crate::start::Start;
use std::fmt;

/// Everything that one run found; what it left out is empty.
#[derive(Default)]
pub struct Report {
    /// The machine, in a sentence or two.
    pub machine: String,
    /// Processor time, a row a scenario.
    pub costs: Vec<Cost>,
    /// Wall time, without a proxy first.
    pub latency: Vec<Latency>,
    /// Resident memory.
    pub memory: Vec<Memory>,
    /// Start-up.
    pub starts: Vec<Start>,
    /// Where the router's time goes, for scenarios that miss their target.
    pub profiles: Vec<Profile>,
    /// Rounds per scenario.
    pub rounds: usize,
}

/// At most this much resident when idle, in MB.
const IDLE_TARGET: f64 = 15.0;
/// At most this much for each slow stream with a small request, in KB.
const STREAM_TARGET: f64 = 40.0;
/// Serving within this many milliseconds.
const START_TARGET: f64 = 30.0;

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "# What the router costs beside nginx\n")?;
        writeln!(out, "Written by `cargo xtask bench`; the next run replaces it.\n")?;
        writeln!(out, "{}\n", self.machine)?;
        self.costs(out)?;
        self.latency(out)?;
        self.memory(out)?;
        self.starts(out)?;
        writeln!(out, "{}", METHOD.trim_end())?;
        self.profiles(out)
    }
}

impl Report {
    fn costs(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.costs.is_empty() {
            return Ok(());
        }
        writeln!(out, "## Processor time\n")?;
        writeln!(
            out,
            "Microseconds per request, or per content chunk of a stream; medians of {} rounds.\n",
            self.rounds
        )?;
        writeln!(
            out,
            "| scenario | per | nginx, 1 worker | router | ratio | target | | nginx, 2 workers | ratio |"
        )?;
        writeln!(out, "|---|---|--:|--:|--:|--:|---|--:|--:|")?;
        for cost in &self.costs {
            let target = cost.scenario.target.map_or_else(String::new, |target| format!("{target:.1}"));
            let verdict = if cost.scenario.target.is_none() { "" } else { verdict(!cost.is_missed()) };
            writeln!(
                out,
                "| {} | {} | {:.1} | {:.1} | {:.2} | {target} | {verdict} | {} |",
                cost.scenario.name,
                cost.scenario.unit(),
                cost.of(Kind::Nginx(1)),
                cost.of(Kind::Router),
                cost.ratio(1),
                if cost.scenario.is_slow() { " | ".to_owned() } else { second(cost) },
            )?;
        }
        writeln!(out)
    }

    fn latency(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.latency.is_empty() {
            return Ok(());
        }
        writeln!(out, "## Latency\n\nA small chat at one connection, in microseconds of wall time.\n")?;
        writeln!(out, "| way | p50 | p99 | added p50 | added p99 |\n|---|--:|--:|--:|--:|")?;
        let direct = self.latency.first().map_or((0.0, 0.0), |direct| (direct.p50, direct.p99));
        for Latency { kind, p50, p99 } in &self.latency {
            let way = kind.map_or_else(|| "no proxy".to_owned(), |kind| kind.to_string());
            let (more, most) = (p50 - direct.0, p99 - direct.1);
            writeln!(out, "| {way} | {p50:.0} | {p99:.0} | {more:.0} | {most:.0} |")?;
        }
        writeln!(out)
    }

    fn memory(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.memory.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "## Memory\n\nResident, idle and with {STREAMS} streams that get a chunk every 500 ms.\n"
        )?;
        writeln!(out, "| streams | proxy | idle MB | KB per stream | target | |\n|---|---|--:|--:|--:|---|")?;
        for memory in &self.memory {
            let (idle, each) = (memory.idle as f64 / 1e6, memory.per_stream as f64 / 1e3);
            let is_judged = memory.kind == Kind::Router && memory.streams.starts_with("small");
            let (target, verdict) = if is_judged {
                (
                    format!("{IDLE_TARGET:.0} / {STREAM_TARGET:.0}"),
                    verdict(idle < IDLE_TARGET && each <= STREAM_TARGET),
                )
            } else {
                (String::new(), "")
            };
            writeln!(
                out,
                "| {} | {} | {idle:.1} | {each:.1} | {target} | {verdict} |",
                memory.streams, memory.kind
            )?;
        }
        writeln!(out)
    }

    fn starts(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.starts.is_empty() {
            return Ok(());
        }
        writeln!(out, "## Start\n\nMilliseconds from starting the process to its first answer.\n")?;
        writeln!(out, "| proxy | median | worst | target | |\n|---|--:|--:|--:|---|")?;
        for Start { kind, median, worst } in &self.starts {
            let (target, verdict) = match kind {
                Kind::Router => (format!("{START_TARGET:.0}"), verdict(*median <= START_TARGET)),
                Kind::Nginx(_) => (String::new(), ""),
            };
            writeln!(out, "| {} | {median:.1} | {worst:.1} | {target} | {verdict} |", kind)?;
        }
        writeln!(out)
    }

    fn profiles(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Profile { scenario, lines } in &self.profiles {
            writeln!(out, "\n## Profile: {scenario}\n")?;
            if lines.is_empty() {
                writeln!(out, "None: `perf` (Debian: `linux-perf`) can't be used here.")?;
                continue;
            }
            writeln!(out, "Percent of the router's processor time; `[k]` is the kernel.\n\n```")?;
            lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
            writeln!(out, "```")?;
        }
        Ok(())
    }
}

const METHOD: &str = include_str!("method.md");

fn second(cost: &Cost) -> String {
    format!("{:.1} | {:.2}", cost.of(Kind::Nginx(2)), cost.ratio(2))
}

fn verdict(is_met: bool) -> &'static str {
    if is_met { "met" } else { "**missed**" }
}
