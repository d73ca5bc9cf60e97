//! Processes as the kernel counts them: processor time and resident memory, children included. Linux only.

use anyhow::{Context, Result};
use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// Processor time of all threads of a process and its children so far, in nanoseconds by thread.
pub struct Spent(HashMap<u32, u64>);

impl Spent {
    /// Reads the scheduler's own counts, which are exact while the threads sleep; the ones in `stat` count in
    /// hundredths of a second.
    pub fn by(pid: u32) -> Result<Self> {
        let mut threads = HashMap::new();
        for process in family(pid)? {
            for thread in numbers(&format!("/proc/{process}/task"))? {
                let path = format!("/proc/{process}/task/{thread}/schedstat");
                // A thread may end between the listing and the reading.
                let Ok(text) = fs::read_to_string(&path) else { continue };
                let spent = text.split(' ').next().and_then(|first| first.parse().ok());
                threads.insert(thread, spent.with_context(|| format!("{path} is not as expected"))?);
            }
        }
        Ok(Self(threads))
    }

    /// What was spent since an earlier reading, in microseconds; threads that ended meanwhile are left out.
    pub fn since(&self, earlier: &Self) -> f64 {
        let spent =
            self.0.iter().map(|(thread, now)| now - earlier.0.get(thread).copied().unwrap_or(0).min(*now));
        spent.sum::<u64>() as f64 / 1000.0
    }
}

/// Resident memory of a process and its children, in bytes.
pub fn resident(pid: u32) -> Result<u64> {
    let mut total = 0;
    for process in family(pid)? {
        let status = fs::read_to_string(format!("/proc/{process}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        total += kilobytes.and_then(|number| number.parse::<u64>().ok()).context("a process has no VmRSS")?;
    }
    Ok(total * 1024)
}

/// The process and its children; their children would be missed, but neither proxy has any.
fn family(pid: u32) -> Result<Vec<u32>> {
    let mut family = vec![pid];
    for process in numbers("/proc")? {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        // The name, in brackets, may hold anything.
        let behind_name = stat.rsplit(") ").next().unwrap_or_default();
        if behind_name.split(' ').nth(1).is_some_and(|parent| parent == pid.to_string()) {
            family.push(process);
        }
    }
    Ok(family)
}

fn numbers(folder: &str) -> Result<Vec<u32>> {
    let entries = fs::read_dir(Path::new(folder)).with_context(|| format!("failed to list {folder}"))?;
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()));
    Ok(names.filter_map(|name| name.parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::{Spent, resident};

    #[test]
    fn work_is_counted() {
        let me = std::process::id();
        let before = Spent::by(me).unwrap();
        let start = std::time::Instant::now();
        while start.elapsed().as_millis() < 30 {
            std::hint::black_box(0);
        }
        let spent = Spent::by(me).unwrap().since(&before);
        assert!((1_000.0..1_000_000.0).contains(&spent), "{spent} us");
        assert!(resident(me).unwrap() > 100_000);
    }
}
