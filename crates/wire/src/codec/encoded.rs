//! A request as one backend will get it.

use bytes::Bytes;
use canon::extra::Losses;

/// A request's body in a backend's dialect.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// The JSON body; the client's own bytes, shared, if nothing had to change.
    pub body: Bytes,
    /// What could not be expressed, by the client's names.
    pub losses: Losses,
    /// Whether nothing inside the system text, the messages and the tools was written anew.
    pub verbatim: bool,
}
