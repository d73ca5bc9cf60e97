//! How long a backend may take, phase by phase.

use std::time::Duration;

/// Limits of one attempt. None of them is a ceiling: while bytes come, a stream goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From the first packet to an open (and encrypted) connection.
    pub connect: Duration,
    /// From the request sent to the first byte of the answer; a local model may have to be loaded in it.
    pub first_byte: Duration,
    /// Between two pieces of the answer.
    pub idle: Duration,
}

impl Timeouts {
    /// What applies to a provider on this machine or network where the file sets nothing.
    pub const LOCAL: Self = Self::defaults(Duration::from_secs(600));

    /// What applies to any other provider where the file sets nothing.
    pub const REMOTE: Self = Self::defaults(Duration::from_secs(120));

    /// A `timeout_s` that is set counts for each phase by itself, as in the Python program.
    pub const fn each(limit: Duration) -> Self {
        Self { connect: limit, first_byte: limit, idle: limit }
    }

    const fn defaults(first_byte: Duration) -> Self {
        Self { connect: Duration::from_secs(5), first_byte, idle: Duration::from_secs(120) }
    }
}
