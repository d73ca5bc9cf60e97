//! Why a text was left as it is.

/// Why a text can't be edited; it was left as it is. Lines are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The text is not what it should be.
    #[error("line {line}: {message}")]
    Syntax {
        /// Where reading stopped.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// What stands there can't be changed without changing something else or losing something.
    #[error("line {line}: {reason}")]
    Refused {
        /// Where it stands.
        line: usize,
        /// Why not.
        reason: String,
    },
    /// The edited text would not mean what was intended.
    #[error("the edited text would not mean what was intended at `{path}`")]
    Unlike {
        /// The way of the edit.
        path: String,
    },
}

impl EditError {
    pub(crate) fn syntax(line: usize, message: impl Into<String>) -> Self {
        Self::Syntax { line, message: message.into() }
    }

    pub(crate) fn refused(line: usize, reason: impl Into<String>) -> Self {
        Self::Refused { line, reason: reason.into() }
    }
}
