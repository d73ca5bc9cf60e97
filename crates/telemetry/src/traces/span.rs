//! A span as it is told.

use crate::attribute::Attribute;
use canon::trace::{SpanId, TraceContext};
use std::time::SystemTime;

/// A stretch of work with its place in a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Its trace, its own id, and what was said of the trace.
    pub context: TraceContext,
    /// The span that it belongs to.
    pub parent: Option<SpanId>,
    /// Whose view it is.
    pub kind: Kind,
    /// Its name: few different ones, as they are grouped by it.
    pub name: String,
    /// When it began.
    pub start: SystemTime,
    /// When it was over.
    pub end: SystemTime,
    /// What is known of it.
    pub attributes: Vec<Attribute>,
    /// What happened meanwhile, in order.
    pub marks: Vec<Mark>,
    /// How many marks there was no room for.
    pub lost_marks: u32,
    /// Whether it failed.
    pub failed: bool,
}

/// Whose view of a call a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of who was called.
    Server,
    /// Of who called.
    Client,
}

/// Something that happened in a span's time.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// When.
    pub at: SystemTime,
    /// The fact's name, as in the log.
    pub name: &'static str,
    /// What is known of it.
    pub attributes: Vec<Attribute>,
}
