//! A request as the backend saw it, and what became of its answer.

use bytes::Bytes;
use serde_json::Value;
use tokio::time::Instant;

/// One request.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The method as written.
    pub method: String,
    /// The request target as written: path and query.
    pub target: String,
    /// The headers in order, names as they were spelled.
    pub headers: Vec<(String, Bytes)>,
    /// The body, unchunked; empty where the script answers before it has read one.
    pub body: Bytes,
    /// Which connection brought it, counted from 1: equal numbers shared a connection.
    pub connection: u64,
    /// When its last byte had come.
    pub arrived: Instant,
    /// What became of the answer so far.
    pub outcome: Outcome,
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is still being played.
    Playing,
    /// All of it was written, as the script wanted it.
    Played,
    /// The client left, or shut down its sending side, before its end.
    Cancelled {
        /// When that was noticed.
        at: Instant,
    },
}

impl Seen {
    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The value of the first header of that name, in any case; `None` too where it is not UTF-8.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok()
    }

    /// The body as JSON, `null` where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Whether the client left before the answer's end.
    pub fn cancelled(&self) -> bool {
        matches!(self.outcome, Outcome::Cancelled { .. })
    }
}
