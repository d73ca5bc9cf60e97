//! Why a body could not be read, and where. The path is built on the way out of the recursion.

use std::fmt;

use canon::fault::{Fault, FaultKind};

/// What is wrong with a JSON text.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem(Box<Detail>);

#[derive(Debug, PartialEq, Eq)]
struct Detail {
    path: String,
    offset: usize,
    message: String,
}

impl Problem {
    /// A problem at a byte of the text, not yet under any field.
    pub fn new(offset: usize, message: impl Into<String>) -> Self {
        Self(Box::new(Detail { path: String::new(), offset, message: message.into() }))
    }

    /// The problem as one of the field or item `step` of what encloses it. Steps too long to help are cut.
    #[must_use]
    pub fn under(mut self, step: impl fmt::Display) -> Self {
        let step: String = step.to_string().chars().take(STEP_LIMIT).filter(|c| !c.is_control()).collect();
        let path = &mut self.0.path;
        *path = if path.is_empty() { step } else { format!("{step}.{path}") };
        self
    }

    /// The field, such as `messages.3.content.0.text`; empty for the whole text.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The byte the problem was met at.
    pub fn offset(&self) -> usize {
        self.0.offset
    }

    /// What is wrong, without the path.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The problem as the fault of a backend that answered with this text.
    pub fn of_backend(&self) -> Fault {
        Fault::new(FaultKind::Malformed, format!("malformed answer: {self}"))
    }
}

/// The most characters of one field's name that are kept in a path.
const STEP_LIMIT: usize = 64;

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path() {
            "" => write!(f, "{} at byte {}", self.0.message, self.0.offset),
            path => write!(f, "{path}: {}", self.0.message),
        }
    }
}

impl std::error::Error for Problem {}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        match problem.path() {
            "" => Self::new(FaultKind::Invalid, problem.to_string()),
            path => Self::invalid(path, problem.message()),
        }
    }
}
