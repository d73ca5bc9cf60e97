//! What a pipeline tells of what it did.

use crate::damage::Damages;
use crate::format::Format;
use crate::scanner::Reason;
use crate::toolbox::Misfit;

/// Something that was found and mended, or found and left.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The tool that was named.
    pub tool: String,
    /// The family it was written in.
    pub format: Format,
    /// What was wrong.
    pub damage: Damages,
    /// What became of it.
    pub outcome: Outcome,
}

/// Why a call should be asked for again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The tool that was named; empty where no name could be read.
    pub tool: String,
    /// What is wrong, in words for a model.
    pub what: String,
    /// The same in a word, for logs.
    pub word: &'static str,
}

impl Complaint {
    /// What the model is told.
    pub fn text(&self) -> String {
        let which = if self.tool.is_empty() {
            "Your tool call".to_owned()
        } else {
            format!("Your call of the tool `{}`", self.tool)
        };
        format!(
            "{which} could not be run: {}. Make the call again, with arguments that are valid JSON and match the tool's schema.",
            self.what
        )
    }
}

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It goes to the client as a call.
    Called,
    /// It stays text.
    Left(Reason),
    /// A structured call that can't be read, given on as it came.
    Unreadable,
}

impl Outcome {
    /// The word for it in logs and metrics.
    pub fn word(self) -> &'static str {
        match self {
            Self::Called => "repaired",
            Self::Unreadable => "unreadable",
            Self::Left(Reason::Misfit(Misfit::Unknown)) => "unknown-tool",
            Self::Left(Reason::Misfit(Misfit::Incomplete)) => "missing-argument",
            Self::Left(Reason::Misfit(Misfit::Shapeless)) => "no-object",
            Self::Left(Reason::Example) => "example",
            Self::Left(Reason::GoesOn) => "text-goes-on",
            Self::Left(Reason::CutOff) => "cut-off",
            Self::Left(Reason::Mended) => "would-need-repair",
            Self::Left(Reason::Repeated) => "repeated",
        }
    }
}
