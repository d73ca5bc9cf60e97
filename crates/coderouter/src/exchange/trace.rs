//! The trace that a request belongs to: what its client says of it, and what backends hear.

use canon::event::RequestTrace;
use canon::trace::{self, SpanId, TraceContext, TraceId};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use telemetry::traces::Recorded;
use wire::codec::Wire;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The longest `tracestate` that is passed on, in bytes: eight times what everybody has to pass on.
const MOST_STATE: usize = 4096;

/// A request's place in a trace.
#[derive(Debug)]
pub struct Trace {
    /// Where the client stands, if it says so.
    caller: Option<TraceContext>,
    state: Option<HeaderValue>,
    /// The request's own span, where anything is recorded here.
    own: Option<TraceContext>,
    /// Whether that is a span that somebody can find: then backends stand below it.
    is_told: bool,
}

impl Trace {
    /// The trace that a client's headers name. Where traces are recorded, a new one if they name none.
    pub fn of(headers: &HeaderMap, recorded: Option<Recorded>) -> Option<Box<Self>> {
        let caller = caller(headers);
        if caller.is_none() && recorded.is_none() {
            return None;
        }
        let state = caller.and_then(|_| state(headers));
        let own = recorded.map(|recorded| own(caller, recorded));
        Some(Box::new(Self { caller, state, own, is_told: matches!(recorded, Some(Recorded::Traces(_))) }))
    }

    /// A span for an attempt; none where traces are only passed on.
    pub fn attempt(&self) -> Option<SpanId> {
        self.own.map(|_| new_span())
    }

    /// Tells a backend where it stands: below the attempt's span. Where no spans are told that would be one that
    /// nobody ever finds, so there it is the client's own.
    pub fn tell(&self, attempt: Option<SpanId>, headers: &mut HeaderMap) {
        let context = match (self.own, attempt) {
            (Some(own), Some(span)) if self.is_told => Some(TraceContext { span, ..own }),
            _ => self.caller,
        };
        let parent = context.and_then(|context| HeaderValue::from_bytes(&context.write()).ok());
        headers.extend(parent.map(|parent| (TRACEPARENT, parent)));
        headers.extend(self.state.clone().map(|state| (TRACESTATE, state)));
    }

    /// What is told of a request in this dialect; nothing where traces are only passed on.
    pub fn request(&self, wire: Wire) -> Option<Box<RequestTrace>> {
        let route = match wire {
            Wire::Anthropic => "/v1/messages",
            Wire::OpenAi => "/v1/chat/completions",
        };
        let parent = self.caller.map(|caller| caller.span);
        Some(Box::new(RequestTrace { context: self.own?, parent, route }))
    }
}

/// The span of a request in its client's trace, or in a new one.
fn own(caller: Option<TraceContext>, recorded: Recorded) -> TraceContext {
    let trace = caller.map_or_else(|| TraceId::new(fastrand::u128(..)), |caller| caller.trace);
    let flags = caller.map(|caller| caller.flags);
    let is_sampled = match recorded {
        Recorded::Traces(sampler) => sampler.takes(trace, flags),
        Recorded::Metrics => false,
    };
    TraceContext { trace, span: new_span(), flags: flags.unwrap_or_default().with_sampled(is_sampled) }
}

fn new_span() -> SpanId {
    SpanId::new(fastrand::u64(..))
}

/// Where the client stands, if it says so.
fn caller(headers: &HeaderMap) -> Option<TraceContext> {
    let mut parents = headers.get_all(TRACEPARENT).iter();
    let context = TraceContext::read(parents.next()?.as_bytes())?;
    // Of two it would be a guess which one is meant.
    parents.next().is_none().then_some(context)
}

/// All that a client's `tracestate` says, in a buffer of its own; none where it is not one.
fn state(headers: &HeaderMap) -> Option<HeaderValue> {
    let parts: Vec<&[u8]> = headers.get_all(TRACESTATE).iter().map(HeaderValue::as_bytes).collect();
    let state = parts.join(&b","[..]);
    let is_fit = state.len() <= MOST_STATE && trace::is_trace_state(&state);
    is_fit.then(|| HeaderValue::from_bytes(&state).ok()).flatten()
}
