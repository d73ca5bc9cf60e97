//! What went wrong, whose fault it is, who should try again, and what each reader may be told.

mod detail;

pub use detail::Detail;

use std::fmt;
use std::time::Duration;

/// Something that kept an attempt or a request from being answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What it was.
    pub kind: FaultKind,
    /// What the client may read: short, without secrets, in the backend's or our own words.
    pub message: String,
    /// The HTTP status a backend answered with.
    pub status: Option<u16>,
    /// The request's field it is about, as a path such as `messages.3.content`.
    pub field: Option<String>,
    /// How long to wait before trying the same again.
    pub retry_after: Option<Duration>,
    /// What the client was told about trying again, in the backend's own header.
    pub should_retry: Option<bool>,
    /// What to do about it, if we know.
    pub hint: Option<String>,
    /// What the model had said, where the backend could not read it and put it into its error.
    pub said: Option<Box<str>>,
    /// Whether the backend's own words say that it ran out of memory, wherever in them that stands.
    pub out_of_memory: bool,
    /// What the error object says to programs, beside its message.
    pub detail: Option<Box<Detail>>,
}

impl Fault {
    /// The most characters of a backend's message that are kept.
    pub const MESSAGE_LIMIT: usize = 2_000;

    /// A fault of a kind; the message is cut at [`Self::MESSAGE_LIMIT`] and freed of control characters.
    pub fn new(kind: FaultKind, message: impl AsRef<str>) -> Self {
        Self {
            kind,
            message: tidy(message.as_ref()),
            status: None,
            field: None,
            retry_after: None,
            should_retry: None,
            hint: None,
            said: None,
            out_of_memory: false,
            detail: None,
        }
    }

    /// A fault in the client's request.
    pub fn invalid(field: impl Into<String>, message: impl AsRef<str>) -> Self {
        Self { field: Some(field.into()), ..Self::new(FaultKind::Invalid, message) }
    }

    /// With the status a backend answered with.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// With a cure.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With a field for programs.
    #[must_use]
    pub fn with_detail(mut self, detail: Detail) -> Self {
        self.detail = Some(Box::new(detail));
        self
    }

    /// Whether the same request might succeed later or elsewhere.
    pub fn is_retryable(&self) -> bool {
        !matches!(
            self.kind,
            FaultKind::Invalid | FaultKind::Rejected | FaultKind::TooLarge | FaultKind::Overflow { .. }
        )
    }

    /// Whether the backend's health is in doubt because of it.
    pub fn counts_against_health(&self) -> bool {
        self.is_retryable() && !matches!(self.kind, FaultKind::ClientGone | FaultKind::NoProvider)
    }

    /// The reason of a fallback, in the words of headers, logs and metrics.
    pub fn reason(&self) -> &'static str {
        match (&self.kind, self.status) {
            (_, Some(408)) | (FaultKind::Timeout(Phase::Idle | Phase::Connect | Phase::FirstByte), _) => {
                "timeout"
            }
            (FaultKind::Timeout(Phase::FirstToken), _) => "ttft-timeout",
            (FaultKind::RateLimit, _) => "rate-limit",
            (FaultKind::Auth, _) => "auth",
            (FaultKind::Empty, _) => "empty-response",
            (FaultKind::EmptyStream, _) => "empty-stream",
            (FaultKind::Truncated, _) => "stream-truncated",
            (FaultKind::Connect | FaultKind::Cut, _) => "connection",
            (_, Some(500..)) => "upstream-5xx",
            (_, Some(400..)) => "upstream-4xx",
            _ => "upstream-error",
        }
    }
}

/// Cuts a text at the limit and turns control characters into blanks.
fn tidy(message: &str) -> String {
    let mut text: String =
        message.chars().take(Fault::MESSAGE_LIMIT).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if message.chars().nth(Fault::MESSAGE_LIMIT).is_some() {
        text.push('…');
    }
    text
}

/// The kinds of faults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The request itself is wrong; found by us, nothing was sent.
    Invalid,
    /// The backend found the request wrong (400, 422).
    Rejected,
    /// The body is too large for us or for the backend (413).
    TooLarge,
    /// The prompt does not fit the context window.
    Overflow {
        /// How long the prompt is, in tokens, where the backend said so.
        prompt: Option<u64>,
        /// How large the window is, in tokens, where the backend said so.
        limit: Option<u64>,
    },
    /// The key is missing, wrong or not allowed (401, 403).
    Auth,
    /// Payment or credit is wanted (402).
    Billing,
    /// The model or the path is not there (404).
    NotFound,
    /// Too many requests (429).
    RateLimit,
    /// Too busy (503, 529).
    Overloaded,
    /// The backend failed (other 5xx, an error frame in a stream).
    Backend,
    /// No connection could be made.
    Connect,
    /// The connection broke.
    Cut,
    /// A time limit ran out.
    Timeout(Phase),
    /// The answer was not what the protocol says: HTML, bad JSON, a wrong shape, an encoding or a limit broken.
    Malformed,
    /// A complete answer without text and without a call.
    Empty,
    /// A stream without a single event.
    EmptyStream,
    /// A stream that ended without its end.
    Truncated,
    /// No provider of the chain may be tried.
    NoProvider,
    /// The client went away.
    ClientGone,
    /// The program itself failed.
    Internal,
}

/// Which time limit ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Making the connection.
    Connect,
    /// Until the first byte of the answer.
    FirstByte,
    /// Until the first token.
    FirstToken,
    /// Between two pieces of the answer.
    Idle,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(status) = self.status {
            write!(f, "{status}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_cut_and_hold_no_line_ends() {
        let fault = Fault::new(FaultKind::Backend, "a\r\nb".to_owned() + &"x".repeat(3_000));
        assert!(fault.message.starts_with("a  bxx"));
        assert_eq!(fault.message.chars().count(), Fault::MESSAGE_LIMIT + 1);
    }

    #[test]
    fn requests_that_must_fail_again_do_not_count_against_health() {
        assert!(!Fault::new(FaultKind::Rejected, "no").counts_against_health());
        assert!(Fault::new(FaultKind::Auth, "no").counts_against_health());
    }
}
