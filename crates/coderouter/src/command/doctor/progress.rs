//! How far a check-up is: one line on a terminal that is written over, nothing where nobody watches.

use super::super::plain::{cut, plain};
use crate::doctor::Told;
use std::io::{IsTerminal, Write};

/// Columns that such a line may have.
const WIDTH: usize = 78;

/// The line.
pub(super) struct Progress {
    is_watched: bool,
}

impl Progress {
    /// A line, where standard error is a terminal.
    pub(super) fn new(is_for_programs: bool) -> Self {
        Self { is_watched: !is_for_programs && std::io::stderr().is_terminal() }
    }

    /// Says what is being done.
    pub(super) fn tell(&self, told: Told<'_>) {
        if let (true, Told::Begins(provider, probe, at, of)) = (self.is_watched, told) {
            self.write(&format!("{} [{at}/{of}] {}: {}", plain(provider), probe.name, probe.about));
        }
    }

    /// Takes the line away.
    pub(super) fn end(&self) {
        if self.is_watched {
            self.write("");
        }
    }

    fn write(&self, line: &str) {
        let mut out = std::io::stderr().lock();
        // Nobody is left to watch if it fails.
        let _ = write!(out, "\r\u{1b}[2K{}", cut(line, WIDTH)).and_then(|()| out.flush());
    }
}
