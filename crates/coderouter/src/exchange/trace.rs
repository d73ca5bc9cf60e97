//! The trace that a request belongs to: what its client says of it, and what backends hear.

use canon::trace::{self, TraceContext};
use http::{HeaderMap, HeaderValue};

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// The longest `tracestate` that is passed on, in bytes: eight times what everybody has to pass on.
const MOST_STATE: usize = 4096;

/// A request's place in a trace.
#[derive(Debug)]
pub struct Trace {
    context: TraceContext,
    state: Option<HeaderValue>,
}

impl Trace {
    /// The trace that a client's headers name, if they do.
    pub fn of(headers: &HeaderMap) -> Option<Box<Self>> {
        let mut parents = headers.get_all(TRACEPARENT).iter();
        let context = TraceContext::read(parents.next()?.as_bytes())?;
        // Of two it would be a guess which one is meant.
        parents.next().is_none().then(|| Box::new(Self { context, state: state(headers) }))
    }

    /// Tells a backend. As nothing is recorded here, what comes next hangs on the client's own span.
    pub fn tell(&self, headers: &mut HeaderMap) {
        let parent = HeaderValue::from_bytes(&self.context.write());
        headers.extend(parent.ok().map(|parent| (http::HeaderName::from_static(TRACEPARENT), parent)));
        let state = self.state.clone();
        headers.extend(state.map(|state| (http::HeaderName::from_static(TRACESTATE), state)));
    }
}

/// All that a client's `tracestate` says, in a buffer of its own; none where it is not one.
fn state(headers: &HeaderMap) -> Option<HeaderValue> {
    let parts: Vec<&[u8]> = headers.get_all(TRACESTATE).iter().map(HeaderValue::as_bytes).collect();
    let state = parts.join(&b","[..]);
    let is_fit = state.len() <= MOST_STATE && trace::is_trace_state(&state);
    is_fit.then(|| HeaderValue::from_bytes(&state).ok()).flatten()
}
