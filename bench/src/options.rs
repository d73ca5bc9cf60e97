//! The options of a run.

use anyhow::{Context, Result, bail};
use std::path::PathBuf;

/// What was asked for on the command line.
pub struct Options {
    /// The router's binary.
    pub router: PathBuf,
    /// Where the results go; nowhere but to standard output where it is left out.
    pub results: Option<PathBuf>,
    /// How often each scenario is measured.
    pub rounds: usize,
    /// Take a profile of every scenario, not only of those that miss their target.
    pub profile_all: bool,
    /// Measure the router without its guards, to see what they cost at their defaults.
    pub without_guards: bool,
    /// A word that must be in the name of what is measured.
    only: Option<String>,
}

const USAGE: &str =
    "--router BINARY [--results FILE] [--rounds N] [--only WORD] [--profile-all] [--without-guards]";

impl Options {
    /// Reads the arguments behind the program's name.
    pub fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let (mut router, mut results, mut only) = (None, None, None);
        let (mut rounds, mut profile_all, mut without_guards) = (17, false, false);
        while let Some(flag) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{flag} needs a value"));
            match flag.as_str() {
                "--router" => router = Some(PathBuf::from(value()?)),
                "--results" => results = Some(PathBuf::from(value()?)),
                "--rounds" => rounds = value()?.parse().context("--rounds takes a number")?,
                "--only" => only = Some(value()?),
                "--profile-all" => profile_all = true,
                "--without-guards" => without_guards = true,
                _ => bail!("unknown option {flag}\nusage: {USAGE}"),
            }
        }
        let router = router.with_context(|| format!("usage: {USAGE}"))?;
        Ok(Self { router, results, rounds: usize::max(rounds, 1), profile_all, without_guards, only })
    }

    /// Whether what has this name is to be measured.
    pub fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|word| name.contains(word.as_str()))
    }
}
