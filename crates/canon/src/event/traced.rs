//! What a trace tells of a request and its attempts, where traces are recorded.

use crate::config::Provider;
use crate::trace::{SpanId, TraceContext};
use std::sync::Arc;

/// What a trace tells of an attempt.
#[derive(Clone, Debug)]
pub struct AttemptTrace {
    /// Its span.
    pub span: SpanId,
    /// What the configuration says of the provider.
    pub provider: Arc<Provider>,
}

/// What a trace tells of a client's request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestTrace {
    /// The trace, and the request's own span in it.
    pub context: TraceContext,
    /// The client's span, where it has named one.
    pub parent: Option<SpanId>,
    /// The route that was asked.
    pub route: &'static str,
}
