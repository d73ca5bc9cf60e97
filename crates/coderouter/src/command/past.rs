//! What earlier runs have left, for the commands that read it: the database where there is one, else the journals of
//! the Python program.

use super::talk;
use crate::config;
use anyhow::{Context, anyhow};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};
use store::{Reader, moment};

/// The database's name.
const DATABASE: &str = "state.db";

/// Where records are read from.
pub enum Past {
    /// The database.
    Rows(Reader),
    /// A journal: its folder and its name.
    Lines(PathBuf, String),
}

impl Past {
    /// Opens what is in a folder; `journal` is looked for where there is no database.
    ///
    /// # Errors
    /// If there is neither, or the database can't be read.
    pub fn of_folder(dir: Option<PathBuf>, journal: &str) -> anyhow::Result<Self> {
        let dir = match dir {
            Some(dir) => dir,
            None => config::default_state_dir(&std::env::home_dir().context("there is no home folder")?),
        };
        if dir.join(DATABASE).is_file() {
            return Ok(Self::Rows(Reader::open(&dir).map_err(|error| anyhow!("failed to {error}"))?));
        }
        if dir.join(journal).is_file() {
            return Ok(Self::Lines(dir, journal.to_owned()));
        }
        Err(anyhow!(
            "there is neither {DATABASE} nor {journal} in {}\nhint: `coderouter serve` writes there unless state_dir says otherwise; --state-dir names another folder",
            dir.display()
        ))
    }

    /// Opens one journal.
    ///
    /// # Errors
    /// If there is none.
    pub fn of_journal(path: &Path) -> anyhow::Result<Self> {
        let name = path.file_name().and_then(|name| name.to_str());
        match name.filter(|_| path.is_file()) {
            Some(name) => Ok(Self::Lines(path.parent().unwrap_or(Path::new("")).to_owned(), name.to_owned())),
            None => Err(anyhow!("there is no file {}", path.display())),
        }
    }
}

/// Reads a moment of the command line.
pub fn since(text: &str) -> Result<SystemTime, String> {
    moment::read(text)
        .ok_or_else(|| "no moment; write 2026-03-01, 2026-03-01T12:00 or with an offset".to_owned())
}

/// Says on a terminal how far long work has come, once it is long.
pub struct Progress {
    what: &'static str,
    count: u64,
    last: Instant,
    is_shown: bool,
}

impl Progress {
    /// Between two words.
    const EVERY: Duration = Duration::from_secs(1);

    /// Work on many of something.
    pub fn new(what: &'static str) -> Self {
        Self { what, count: 0, last: Instant::now(), is_shown: std::io::stderr().is_terminal() }
    }

    /// One more is done.
    pub fn step(&mut self) {
        self.count += 1;
        if self.is_shown && self.count.is_multiple_of(1_024) && self.last.elapsed() >= Self::EVERY {
            self.last = Instant::now();
            talk::say(format!("{} {} so far", self.count, self.what));
        }
    }
}
