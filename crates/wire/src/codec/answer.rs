//! A fault as a client of some dialect reads it.

use bytes::Bytes;

/// An error answer, to be sent with its status or inside a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The dialect's word for this kind of error.
    pub kind: &'static str,
    /// The JSON body.
    pub body: Bytes,
}
