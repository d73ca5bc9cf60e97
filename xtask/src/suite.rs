//! `cargo xtask test`: everything that CI runs, step by step. All steps run, whatever
//! failed before, but those that need what failed; the last line is the sum.

mod bounded;
mod tools;

use crate::Outcome;
use crate::tidy;
use crate::workspace::{self, cargo};
use anyhow::{Context, Result, bail};
use bounded::run_within;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

struct Step {
    name: &'static str,
    /// Steps whose failure leaves nothing to run here.
    needs: &'static [&'static str],
    /// Whether `--fast` runs it: no installing, no release build, no real clients.
    fast: bool,
    run: fn(&Path) -> Result<()>,
}

const STEPS: &[Step] = &[
    // Formatter, linter and every locked package; tools that a plain toolchain may lack.
    Step { name: "fetch", needs: &[], fast: false, run: fetch },
    Step {
        name: "format",
        needs: &[],
        fast: true,
        run: |root| run_cargo(root, 1, &["fmt", "--all", "--check"]),
    },
    Step { name: "lint", needs: &[], fast: true, run: lint },
    Step { name: "tidy", needs: &[], fast: true, run: |_| tidy_up() },
    Step {
        name: "test",
        needs: &[],
        fast: true,
        run: |root| run_cargo(root, 30, &["test", "--workspace", "--locked"]),
    },
    // What a default build leaves out.
    Step { name: "features", needs: &[], fast: false, run: features },
    Step { name: "release", needs: &[], fast: false, run: release },
    // Real clients and a real llama-server, pinned, in `.test-tools/`.
    Step { name: "tools", needs: &[], fast: false, run: tools::install },
    Step { name: "e2e", needs: &["release", "tools"], fast: false, run: e2e },
    // What prompts cost on a real llama-server, with and without the router.
    Step { name: "caches", needs: &["release", "tools"], fast: false, run: caches },
    // The doctor at a real llama-server that is too small for agents.
    Step { name: "doctor", needs: &["release", "tools"], fast: false, run: doctor },
    // Backends that fall ill and a router that is killed, in real time; needs nothing but Python.
    Step { name: "night", needs: &["release"], fast: false, run: night },
    // What people and their tools look at: Prometheus' own check, a minute of counting, the page in a real browser.
    Step { name: "seeing", needs: &["release", "tools"], fast: false, run: seeing },
];

/// How one step ended.
enum End {
    Passed,
    Failed(String),
}

/// Runs the steps named in `arguments`, all where none is named.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let root = workspace::root();
    let mut out = io::stdout();
    let mut ended: Vec<(&Step, End, Duration)> = Vec::new();
    for step in chosen(arguments)? {
        writeln!(out, "\n==> {}", step.name)?;
        let start = Instant::now();
        let end = match missing(step, &ended) {
            Some(need) => End::Failed(format!("not run: {need} failed")),
            None => {
                (step.run)(&root).map_or_else(|error| End::Failed(format!("{error:#}")), |()| End::Passed)
            }
        };
        writeln!(out, "<== {}: {end}, {:.1} s", step.name, start.elapsed().as_secs_f64())?;
        ended.push((step, end, start.elapsed()));
    }
    writeln!(out)?;
    for (step, end, took) in &ended {
        writeln!(out, "{:<8} {:>6.1} s  {end}", step.name, took.as_secs_f64())?;
    }
    for step in STEPS.iter().filter(|step| !ended.iter().any(|(run, ..)| run.name == step.name)) {
        writeln!(out, "{:<8}           skipped", step.name)?;
    }
    let failed = ended.iter().filter(|(_, end, _)| matches!(end, End::Failed(_))).count();
    writeln!(out, "steps: {} passed, {failed} failed", ended.len() - failed)?;
    Ok(failed == 0)
}

impl fmt::Display for End {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => write!(out, "passed"),
            Self::Failed(why) => write!(out, "FAILED: {why}"),
        }
    }
}

fn chosen(arguments: &[String]) -> Result<Vec<&'static Step>> {
    let (flags, names): (Vec<&str>, Vec<&str>) =
        arguments.iter().map(String::as_str).partition(|argument| argument.starts_with("--"));
    let known = |name: &&str| STEPS.iter().any(|step| step.name == *name);
    let fast = |flag: &&str| matches!(*flag, "--fast" | "--offline-only");
    if let Some(unknown) =
        flags.iter().find(|flag| !fast(flag)).or_else(|| names.iter().find(|name| !known(name)))
    {
        let names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        bail!("no such step or flag: {unknown}\nusage: cargo xtask test [--fast] [{}]", names.join("|"));
    }
    let named = |step: &&Step| names.is_empty() || names.contains(&step.name);
    Ok(STEPS.iter().filter(named).filter(|step| flags.is_empty() || step.fast).collect())
}

fn missing(step: &Step, ended: &[(&Step, End, Duration)]) -> Option<&'static str> {
    let failed = ended.iter().filter(|(_, end, _)| matches!(end, End::Failed(_))).map(|(step, ..)| step.name);
    failed.into_iter().find(|name| step.needs.contains(name))
}

fn fetch(root: &Path) -> Result<()> {
    tools::toolchain(root)?;
    run_cargo(root, 3, &["fetch", "--locked"])
}

fn lint(root: &Path) -> Result<()> {
    run_cargo(root, 20, &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
}

fn tidy_up() -> Result<()> {
    if tidy::run(&[])? { Ok(()) } else { bail!("the tree is not tidy") }
}

fn features(root: &Path) -> Result<()> {
    let package = ["test", "--locked", "--package", "coderouter", "--features"];
    let tests: [&[&str]; 2] = [
        &["tokenizer", "--lib", "--", "tokenizers"],
        &["otel", "--lib", "--test", "it", "--test", "cli", "--", "otlp"],
    ];
    for tests in tests {
        run_cargo(root, 20, &[&package[..], tests].concat())?;
    }
    let lint = ["clippy", "--locked", "--package", "coderouter", "--all-targets", "--features", "otel"];
    run_cargo(root, 20, &[&lint[..], &["--", "-D", "warnings"]].concat())
}

fn release(root: &Path) -> Result<()> {
    run_cargo(root, 20, &["build", "--release", "--locked", "--package", "coderouter"])
}

fn e2e(root: &Path) -> Result<()> {
    let python = root.join(tools::FOLDER).join("venv/bin/python");
    let mut command = Command::new(python);
    command.arg(root.join("e2e/run.py")).args(["--report", &format!("{}/e2e.json", tools::FOLDER)]);
    run_within(command.current_dir(root), minutes(25))?;
    let mut command = Command::new("python3");
    run_within(command.arg(root.join("e2e/launching.py")).current_dir(root), minutes(4))
}

fn caches(root: &Path) -> Result<()> {
    let mut command = Command::new(root.join(tools::FOLDER).join("venv/bin/python"));
    run_within(command.arg(root.join("e2e/caches.py")).current_dir(root), minutes(5))
}

fn doctor(root: &Path) -> Result<()> {
    let mut command = Command::new(root.join(tools::FOLDER).join("venv/bin/python"));
    run_within(command.arg(root.join("e2e/doctor.py")).current_dir(root), minutes(5))
}

fn night(root: &Path) -> Result<()> {
    for (script, options) in [("e2e/healing.py", &[][..]), ("e2e/night.py", &["--seconds", "40", "--tidy"])] {
        let mut command = Command::new("python3");
        command.arg(root.join(script)).args(options);
        run_within(command.current_dir(root), minutes(3))?;
    }
    Ok(())
}

fn seeing(root: &Path) -> Result<()> {
    // Prometheus' linter wants no units like `ms` in names; this one is the Python program's.
    let metrics =
        "grep -v probe_latency_ms crates/telemetry/tests/seen/golden/metrics.txt | promtool check metrics";
    let rules = "promtool check rules examples/prometheus/coderouter.rules.yaml";
    for line in [metrics, rules] {
        run_within(Command::new("sh").args(["-c", line]).current_dir(root), minutes(1)).context(line)?;
    }
    let python = root.join(tools::FOLDER).join("venv/bin/python");
    for script in ["e2e/counting.py", "e2e/dashboard.py"] {
        run_within(Command::new(&python).arg(root.join(script)).current_dir(root), minutes(5))?;
    }
    Ok(())
}

fn run_cargo(root: &Path, limit: u64, arguments: &[&str]) -> Result<()> {
    run_within(cargo().args(arguments).current_dir(root), minutes(limit))
}

fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

#[cfg(test)]
mod tests {
    use super::{End, STEPS, chosen, missing};
    use std::time::Duration;

    fn names(arguments: &[&str]) -> Option<Vec<&'static str>> {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        chosen(&arguments).ok().map(|steps| steps.iter().map(|step| step.name).collect())
    }

    #[test]
    fn steps_are_chosen_by_name_or_all_at_once() {
        assert_eq!(names(&[]).map(|names| names.len()), Some(STEPS.len()));
        assert_eq!(names(&["--fast"]), Some(vec!["format", "lint", "tidy", "test"]));
        assert_eq!(names(&["--offline-only", "lint", "e2e"]), Some(vec!["lint"]));
        assert_eq!(names(&["e2e", "lint"]), Some(vec!["lint", "e2e"]));
        assert_eq!(names(&["--slow"]), None);
        assert_eq!(names(&["lunch"]), None);
    }

    #[test]
    fn a_step_waits_only_for_what_it_needs() {
        let step = |name| STEPS.iter().find(|step| step.name == name).expect("a step of the table");
        let ended = [
            (step("lint"), End::Failed("x".to_owned()), Duration::ZERO),
            (step("tools"), End::Failed("x".to_owned()), Duration::ZERO),
        ];
        assert_eq!(missing(step("e2e"), &ended), Some("tools"));
        assert_eq!(missing(step("test"), &ended), None);
    }

    #[test]
    fn what_a_step_needs_stands_before_it() {
        for (place, step) in STEPS.iter().enumerate() {
            assert!(step.needs.iter().all(|need| STEPS[..place].iter().any(|earlier| earlier.name == *need)));
        }
    }
}
