//! `cargo xtask bench`: builds the router and the bench of `bench/`, and lets it measure. What is measured, and
//! how, lives there.

use crate::Outcome;
use crate::workspace::{self, cargo};
use anyhow::{Context, Result, bail};
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// Where the results are written, from the root.
const RESULTS: &str = "bench/RESULTS.md";

/// A program that is measured against or with.
struct Program {
    /// Succeeds where it is installed.
    proof: [&'static str; 2],
    /// What Debian calls it.
    package: &'static str,
    /// Whether there is nothing to measure without it.
    needed: bool,
}

const PROGRAMS: &[Program] = &[
    Program { proof: ["nginx", "-v"], package: "nginx", needed: true },
    // Profiles of what is too slow.
    Program { proof: ["perf", "--version"], package: "linux-perf", needed: false },
];

/// Arguments of a run that is another than the one whose results are kept.
const ASIDE: &[&str] = &["--only", "--without-guards"];

/// Measures; `arguments` go to the bench, such as `--only WORD`.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let root = workspace::root();
    install()?;
    succeed(
        cargo().args(["build", "--release", "--locked", "--package", "coderouter", "--target-dir", "target"]),
        &root,
    )?;
    let mut bench = cargo();
    bench.args(["run", "--release", "--locked", "--quiet", "--manifest-path", "bench/Cargo.toml"]);
    bench.args(["--target-dir", "target/bench", "--", "--router", "target/release/coderouter"]);
    if !arguments.iter().any(|argument| ASIDE.contains(&argument.as_str())) {
        bench.args(["--results", RESULTS]);
    }
    succeed(bench.args(arguments), &root)?;
    Ok(true)
}

/// Installs what is missing and says so.
fn install() -> Result<()> {
    for Program { proof: [name, flag], package, needed } in PROGRAMS {
        if works(&[name, flag]) {
            continue;
        }
        writeln!(io::stdout(), "installing: apt-get install {package}")?;
        let script = "apt-get update -q && apt-get install -q -y --no-install-recommends \"$0\"";
        let shell: &[&str] =
            if works(&["test", "-w", "/var/lib/dpkg"]) { &["sh"] } else { &["sudo", "-n", "sh"] };
        let mut command = Command::new(shell[0]);
        command.args(&shell[1..]).args(["-c", script, package]).env("DEBIAN_FRONTEND", "noninteractive");
        let installed = succeed(&mut command, &workspace::root());
        if *needed {
            installed.with_context(|| format!("please install what Debian calls {package}"))?;
        }
    }
    Ok(())
}

fn works(words: &[&str]) -> bool {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn succeed(command: &mut Command, root: &Path) -> Result<()> {
    let status = command.current_dir(root).status().context("failed to start")?;
    if !status.success() {
        bail!("{} ended with {status}", command.get_program().display());
    }
    Ok(())
}
