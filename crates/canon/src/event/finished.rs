//! The end of a client's request, with all that is worth remembering of it. No text of the request or the answer.

use super::RequestTrace;
use crate::id::{ModelName, ProfileName, ProviderName};
use crate::money::Usd;
use crate::usage::Usage;
use std::time::Duration;

/// The end of a client's request.
#[derive(Clone, Debug, Default)]
pub struct Finished {
    /// The HTTP status.
    pub status: u16,
    /// The chain.
    pub profile: Option<ProfileName>,
    /// Who answered, if somebody did.
    pub provider: Option<ProviderName>,
    /// The model that answered, in its backend's words.
    pub model: Option<ModelName>,
    /// Attempts made.
    pub attempts: usize,
    /// From the first byte of the request to the last of the answer.
    pub took: Duration,
    /// From the first byte of the request to the first content.
    pub first_token: Option<Duration>,
    /// Whether the client asked for a stream.
    pub stream: bool,
    /// How it ended: `answered`, `surfaced`, `broken`, `unanswered`, `left`, or `welcomed` by the router itself.
    pub outcome: &'static str,
    /// What the client was told where nobody answered, redacted.
    pub error: Option<String>,
    /// The providers left behind, in order.
    pub departures: Vec<Departure>,
    /// The tokens of the answer.
    pub tokens: TokenCounts,
    /// What it cost, failed attempts included.
    pub cost: Usd,
    /// What prompt caches saved.
    pub savings: Usd,
    /// What it was like.
    pub shape: RequestShape,
    /// The conversation it belongs to, as a digest.
    pub conversation: u64,
    /// What its trace tells of it, where traces are recorded.
    pub trace: Option<Box<RequestTrace>>,
}

/// A provider that a request left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The provider.
    pub from: ProviderName,
    /// Why, in the words of headers.
    pub reason: &'static str,
    /// Whether it was asked at all.
    pub attempted: bool,
}

/// Tokens in classes that don't overlap; none where the backend did not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenCounts {
    /// Prompt tokens read in full.
    pub input: Option<u64>,
    /// Tokens generated.
    pub output: Option<u64>,
    /// Prompt tokens found in a cache.
    pub cache_read: Option<u64>,
    /// Prompt tokens written into a cache.
    pub cache_write: Option<u64>,
}

impl From<&Usage> for TokenCounts {
    fn from(usage: &Usage) -> Self {
        let Usage { input, output, cache_read, cache_write, .. } = *usage;
        Self { input, output, cache_read, cache_write }
    }
}

/// What a request is like, as far as planning it looks at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestShape {
    /// Its prompt in tokens, estimated.
    pub estimated_tokens: u64,
    /// Whether it declares tools.
    pub tools: bool,
    /// Whether it holds a picture.
    pub pictures: bool,
    /// How urgent it is: `main` or `background`.
    pub class: &'static str,
    /// The length of its body in bytes.
    pub body_bytes: u64,
}
