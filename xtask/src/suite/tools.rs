//! What the end-to-end tests need beyond cargo, installed by name and version: system
//! packages only where a program is missing, all else into `.test-tools/`.

use super::bounded::run_within;
use super::minutes;
use anyhow::{Context, Result, bail};
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// Where tools live, from the root of the workspace; git ignores it.
pub(super) const FOLDER: &str = ".test-tools";

/// A program of the system, how to see that it is there, and the Debian packages that bring it.
struct Program {
    proof: &'static [&'static str],
    packages: &'static [&'static str],
}

const PROGRAMS: &[Program] = &[
    Program { proof: &["python3", "-c", "import ensurepip, venv"], packages: &["python3", "python3-venv"] },
    Program { proof: &["node", "--version"], packages: &["nodejs"] },
    Program { proof: &["npm", "--version"], packages: &["npm"] },
    Program { proof: &["promtool", "--version"], packages: &["prometheus"] },
    Program { proof: &["chromium", "--version"], packages: &["chromium"] },
];

/// Formatter and linter, where the toolchain came without them.
pub(super) fn toolchain(root: &Path) -> Result<()> {
    if ["fmt", "clippy"].iter().all(|tool| succeeds(&["cargo", tool, "--version"])) {
        return Ok(());
    }
    tell("rustup component add rustfmt clippy")?;
    let mut command = Command::new("rustup");
    run_within(command.args(["component", "add", "rustfmt", "clippy"]).current_dir(root), minutes(5))
}

/// Installs what is missing and says so; what is there at the pinned version stays.
pub(super) fn install(root: &Path) -> Result<()> {
    let folder = root.join(FOLDER);
    std::fs::create_dir_all(&folder).with_context(|| format!("failed to create {FOLDER}"))?;
    programs()?;
    python(root, &folder)?;
    node(root, &folder)?;
    llama(root)
}

fn programs() -> Result<()> {
    let missing = PROGRAMS.iter().filter(|program| !succeeds(program.proof));
    let packages: Vec<&str> = missing.flat_map(|program| program.packages).copied().collect();
    if packages.is_empty() {
        return Ok(());
    }
    if !succeeds(&["apt-get", "--version"]) {
        bail!("please install what Debian calls {}", packages.join(", "));
    }
    let apt: &[&str] =
        if succeeds(&["test", "-w", "/var/lib/dpkg"]) { &["apt-get"] } else { &["sudo", "-n", "apt-get"] };
    tell(&format!("apt-get install {}", packages.join(" ")))?;
    system(&[apt, &["update", "-q"]].concat())?;
    system(&[apt, &["install", "-q", "-y", "--no-install-recommends"], &packages].concat())
}

fn system(words: &[&str]) -> Result<()> {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).env("DEBIAN_FRONTEND", "noninteractive");
    run_within(&mut command, minutes(5)).with_context(|| format!("failed to run {}", words.join(" ")))
}

fn python(root: &Path, folder: &Path) -> Result<()> {
    let (pins, stamp) = (root.join("e2e/requirements.txt"), folder.join("venv/installed.txt"));
    if same(&pins, &stamp) {
        return Ok(());
    }
    tell(&format!("pip install -r e2e/requirements.txt, into {FOLDER}/venv"))?;
    let venv = folder.join("venv");
    run_within(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv), minutes(3))?;
    let mut pip = Command::new(venv.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "-r"])
        .arg(&pins);
    run_within(&mut pip, minutes(5)).context("failed to install the Python clients")?;
    keep(&pins, &stamp)
}

fn node(root: &Path, folder: &Path) -> Result<()> {
    let (pins, stamp) = (root.join("e2e/package-lock.json"), folder.join("node/installed.json"));
    if same(&pins, &stamp) {
        return Ok(());
    }
    tell(&format!("npm ci of e2e/package-lock.json, into {FOLDER}/node"))?;
    let target = folder.join("node");
    std::fs::create_dir_all(&target)?;
    for name in ["package.json", "package-lock.json"] {
        keep(&root.join("e2e").join(name), &target.join(name))?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--loglevel", "error"]).current_dir(&target);
    run_within(&mut npm, minutes(5)).context("failed to install the Node clients")?;
    keep(&pins, &stamp)
}

/// The script knows itself what is there already, and where the server can't be had.
fn llama(root: &Path) -> Result<()> {
    let mut script = Command::new("bash");
    script.args(["e2e/llama-server.sh", &format!("{FOLDER}/llama")]).current_dir(root);
    run_within(&mut script, minutes(5)).context("failed to install llama-server")
}

fn same(pins: &Path, stamp: &Path) -> bool {
    matches!((std::fs::read(pins), std::fs::read(stamp)), (Ok(pins), Ok(stamp)) if pins == stamp)
}

fn keep(from: &Path, to: &Path) -> Result<()> {
    std::fs::copy(from, to).with_context(|| format!("failed to copy {}", from.display()))?;
    Ok(())
}

fn succeeds(words: &[&str]) -> bool {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn tell(what: &str) -> Result<()> {
    writeln!(io::stdout(), "installing: {what}")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{PROGRAMS, same, succeeds};
    use std::path::Path;

    #[test]
    fn a_missing_program_is_noticed() {
        assert!(succeeds(&["true"]));
        assert!(!succeeds(&["false"]));
        assert!(!succeeds(&["no-such-program"]));
        assert!(PROGRAMS.iter().all(|program| !program.proof.is_empty() && !program.packages.is_empty()));
    }

    #[test]
    fn a_stamp_is_good_while_it_equals_the_pins() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        assert!(same(&manifest, &manifest));
        assert!(!same(&manifest, &manifest.with_file_name("src/main.rs")));
        assert!(!same(Path::new("no-such-file"), Path::new("no-such-file")));
    }
}
