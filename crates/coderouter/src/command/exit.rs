//! How commands end. There are three ways, the same for all; what they mean for a command is a row below.

use std::fmt::Write;
use std::process::ExitCode;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Well,
    /// There is an error, or something that blocks.
    Error,
    /// There is something to look at. A wrong command line ends so as well.
    Look,
}

impl Exit {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Well, Self::Error, Self::Look];

    /// The exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Well => 0,
            Self::Error => 1,
            Self::Look => 2,
        }
    }

    /// What it means, where a command says nothing else.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Well => "all is well",
            Self::Error => "an error, or something that blocks",
            Self::Look => "something to look at",
        }
    }

    /// What it means for a command, or for any.
    pub fn meaning_for(self, command: Option<&str>) -> String {
        let row = MEANINGS.iter().find(|row| Some(row.command) == command);
        let own = row.map_or(self.meaning(), |row| match self {
            Self::Well => row.well,
            Self::Error => row.error,
            Self::Look => row.look,
        });
        match self {
            Self::Look if own.is_empty() => WRONG_USAGE.to_owned(),
            Self::Look => format!("{own}, or {WRONG_USAGE}"),
            _ if own.is_empty() => self.meaning().to_owned(),
            _ => own.to_owned(),
        }
    }
}

/// What ends every command with the last code.
const WRONG_USAGE: &str = "a wrong command line";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The codes of a command, as its help ends; those of all where none is named.
pub fn codes(command: Option<&str>) -> String {
    let mut text = String::from("Exit codes:");
    for exit in Exit::ALL {
        let _ = write!(text, "\n  {}  {}", exit.code(), exit.meaning_for(command));
    }
    text
}

/// What the codes mean for a command. Where nothing stands, the first two mean what they always do, and the last one
/// a wrong command line alone.
struct Meanings {
    command: &'static str,
    well: &'static str,
    error: &'static str,
    look: &'static str,
}

/// Commands for which more can be said.
static MEANINGS: &[Meanings] = &[
    Meanings { command: "serve", well: "it was told to stop", error: "it can't serve", look: "" },
    Meanings {
        command: "run",
        well: "the agent ended well; any other code of the agent's is passed on",
        error: "the agent or the router can't be started, or the agent ended so",
        look: "the agent ended so",
    },
    Meanings {
        command: "check",
        well: "the file is right",
        error: "the file can't be used",
        look: "there are warnings, or parts that do not act yet",
    },
    Meanings {
        command: "doctor",
        well: "all is well; with --apply: it is written",
        error: "a provider can't be asked, or something is to be mended first",
        look: "something is to be tuned",
    },
    Meanings {
        command: "explain",
        well: "somebody would be asked",
        error: "it can't be told",
        look: "nobody would be asked",
    },
    Meanings {
        command: "demo",
        well: "every request was answered",
        error: "one was not, or the demo can't be played",
        look: "with --traffic: some requests failed",
    },
    Meanings {
        command: "repair",
        well: "a call was found",
        error: "the text or the tools can't be read",
        look: "no call was found",
    },
    Meanings {
        command: "audit",
        well: "also where nothing matches",
        error: "there is nothing to read",
        look: "",
    },
    Meanings {
        command: "replay",
        well: "also where nothing matches",
        error: "there is nothing to read",
        look: "",
    },
    // As in the Python program, of which scripts know it.
    Meanings {
        command: "stats",
        well: "",
        error: "the terminal can't be used",
        look: "no router can be asked",
    },
    Meanings {
        command: "tail",
        well: "it was stopped, or nobody reads any more",
        error: "no router can be asked",
        look: "",
    },
    Meanings { command: "completions", well: "", error: "", look: "" },
    Meanings {
        command: "man",
        well: "",
        error: "there is no such command, or a page can't be written",
        look: "",
    },
    Meanings { command: "rehearse", well: "it was interrupted", error: "it can't be played", look: "" },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Cli;

    #[test]
    fn every_row_is_of_a_command() {
        let cli = Cli::definition();
        for row in MEANINGS {
            assert!(cli.find_subcommand(row.command).is_some(), "{}", row.command);
        }
    }

    #[test]
    fn codes_are_what_scripts_know() {
        assert_eq!(Exit::ALL.map(Exit::code), [0, 1, 2]);
        assert_eq!(Exit::Look.meaning_for(Some("explain")), "nobody would be asked, or a wrong command line");
        assert_eq!(Exit::Look.meaning_for(Some("tail")), "a wrong command line");
        assert_eq!(Exit::Look.meaning_for(Some("other")), "something to look at, or a wrong command line");
        assert_eq!(Exit::Well.meaning_for(None), "all is well");
    }
}
