//! Tasks of the workspace, run as `cargo xtask NAME`. Here is the table of them;
//! what a task does lives in the module of its name.

mod bench;
mod rust;
mod suite;
mod tidy;
mod workspace;

use std::io::{self, Write};
use std::process::ExitCode;

/// A task's outcome: `Ok(false)` is a clean run that found something wrong.
type Outcome = anyhow::Result<bool>;

struct Task {
    name: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Outcome,
}

const TASKS: &[Task] = &[
    Task {
        name: "tidy",
        about: "check what the compiler does not: crate arrows, sizes, licences ...",
        run: tidy::run,
    },
    Task {
        name: "test",
        about: "everything CI runs; `--fast` leaves out what installs tools",
        run: suite::run,
    },
    Task {
        name: "bench",
        about: "what the router costs beside nginx, into bench/RESULTS.md",
        run: bench::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((name, rest)) => match TASKS.iter().find(|task| task.name == name.as_str()) {
            Some(task) => (task.run)(rest),
            None => usage(),
        },
        None => usage(),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> Outcome {
    let mut out = io::stderr().lock();
    writeln!(out, "usage: cargo xtask TASK [ARGUMENTS]")?;
    for task in TASKS {
        writeln!(out, "  {:<6} {}", task.name, task.about)?;
    }
    Ok(false)
}
