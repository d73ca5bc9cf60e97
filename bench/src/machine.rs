//! The machine in general words, the versions of what ran, and how much else ran beside it.

use anyhow::{Context, Result};
use std::fs;
use std::process::Command;
use std::time::Instant;

/// A look at the machine before a run.
pub struct Before {
    at: Instant,
    ticks: Ticks,
}

/// Processor time in the kernel's ticks, a hundredth of a second each.
struct Ticks {
    /// Of everything that runs.
    all: f64,
    /// Of this process and the children it has waited for.
    own: f64,
}

impl Before {
    /// Looks.
    pub fn look() -> Result<Self> {
        Ok(Self { at: Instant::now(), ticks: Ticks::read()? })
    }

    /// The machine in a sentence or two, once all proxies have ended.
    pub fn told(&self) -> Result<String> {
        let now = Ticks::read()?;
        let processor = fs::read_to_string("/proc/cpuinfo")?;
        let model = processor.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
        let kind = if processor.contains(" hypervisor") { "virtual machine" } else { "machine" };
        let cores = processor.lines().filter(|line| line.starts_with("processor")).count();
        let memory = fs::read_to_string("/proc/meminfo")?;
        let kilobytes = memory.split_whitespace().nth(1).and_then(|number| number.parse::<u64>().ok());
        let release = fs::read_to_string("/proc/sys/kernel/osrelease")?;
        let linux: Vec<&str> = release.split(['.', '-']).take(2).collect();
        let others = (now.all - self.ticks.all) - (now.own - self.ticks.own);
        let share = others.max(0.0) / 100.0 / self.at.elapsed().as_secs_f64() / cores.max(1) as f64;
        Ok(format!(
            "A {kind} with {cores} cores ({}), {} GB, Linux {}; {}; {}. Other processes took {:.0} % of it meanwhile.",
            model.unwrap_or("unknown processor"),
            kilobytes.unwrap_or_default() / 1_000_000,
            linux.join("."),
            nginx(),
            said("rustc", "--version"),
            share * 100.0,
        ))
    }
}

impl Ticks {
    fn read() -> Result<Self> {
        let numbers =
            |text: &str| -> Vec<f64> { text.split(' ').filter_map(|word| word.parse().ok()).collect() };
        let stat = fs::read_to_string("/proc/stat")?;
        let cpu = numbers(stat.lines().next().context("/proc/stat is empty")?);
        // user nice system idle iowait irq softirq steal
        let all = [0, 1, 2, 5, 6, 7].iter().filter_map(|place| cpu.get(*place)).sum();
        let stat = fs::read_to_string("/proc/self/stat")?;
        let own = numbers(stat.rsplit(") ").next().unwrap_or_default());
        // Behind the state letter: utime, stime, cutime and cstime.
        Ok(Self { all, own: own.get(10..14).context("/proc/self/stat is short")?.iter().sum() })
    }
}

fn nginx() -> String {
    let output = Command::new("nginx").arg("-v").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stderr).into_owned()).unwrap_or_default();
    text.trim().rsplit(": ").next().unwrap_or_default().replace('/', " ")
}

fn said(program: &str, flag: &str) -> String {
    let output = Command::new(program).arg(flag).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}
