//! Where a request stands in a trace that others keep as well: the headers `traceparent` and `tracestate` as the
//! recommendation of the W3C has them (<https://www.w3.org/TR/trace-context/>). Who makes the random numbers is not
//! known here.

mod state;
#[cfg(test)]
mod tests;

pub use state::is_trace_state;

use std::fmt;
use std::num::NonZero;

/// The length of a `traceparent` of version 00.
pub const LENGTH: usize = 55;

/// The id that all spans of a trace share; never zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(NonZero<u128>);

/// The id of one span of a trace; never zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpanId(NonZero<u64>);

/// What the caller says about a trace beside its ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TraceFlags(u8);

/// A place in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace.
    pub trace: TraceId,
    /// The span whose children come next.
    pub span: SpanId,
    /// What is said about it.
    pub flags: TraceFlags,
}

impl TraceId {
    /// Makes an id from a random number; the caller brings the randomness.
    pub fn new(seed: u128) -> Self {
        Self(NonZero::new(seed).unwrap_or(NonZero::<u128>::MIN))
    }

    /// The number it was made from.
    pub fn number(self) -> u128 {
        self.0.get()
    }
}

impl SpanId {
    /// Makes an id from a random number; the caller brings the randomness.
    pub fn new(seed: u64) -> Self {
        Self(NonZero::new(seed).unwrap_or(NonZero::<u64>::MIN))
    }

    /// The number it was made from.
    pub fn number(self) -> u64 {
        self.0.get()
    }
}

impl TraceFlags {
    const SAMPLED: u8 = 1;

    /// The flags that version 00 knows, the one of random ids included; others must not be passed on.
    const KNOWN: u8 = 3;

    /// No flag but, where it is so, that the caller may have kept the trace.
    pub fn sampled(is_sampled: bool) -> Self {
        Self(if is_sampled { Self::SAMPLED } else { 0 })
    }

    /// Whether the caller may have kept the trace.
    pub fn is_sampled(self) -> bool {
        self.0 & Self::SAMPLED != 0
    }

    /// The same but for whether the trace is kept.
    pub fn with_sampled(self, is_sampled: bool) -> Self {
        Self(self.0 & !Self::SAMPLED | Self::sampled(is_sampled).0)
    }

    /// As a number.
    pub fn number(self) -> u8 {
        self.0
    }
}

impl TraceContext {
    /// Reads the value of a `traceparent`. What breaks a rule of the recommendation is none; of later versions it is
    /// what version 00 knows of them.
    pub fn read(value: &[u8]) -> Option<Self> {
        let (head, rest) = value.split_at_checked(LENGTH)?;
        let fits = match number(&head[..2])? {
            0 => rest.is_empty(),
            0xff => false,
            _ => rest.is_empty() || rest[0] == b'-',
        };
        if !fits || [2, 35, 52].iter().any(|place| head[*place] != b'-') {
            return None;
        }
        Some(Self {
            trace: TraceId(NonZero::new(number(&head[3..35])?)?),
            // Sixteen digits are no more than 64 bits.
            span: SpanId(NonZero::new(number(&head[36..52])? as u64)?),
            flags: TraceFlags(number(&head[53..])? as u8 & TraceFlags::KNOWN),
        })
    }

    /// The value of its `traceparent`, in version 00.
    pub fn write(&self) -> [u8; LENGTH] {
        let mut value = [b'-'; LENGTH];
        digits(&mut value[..2], 0);
        digits(&mut value[3..35], self.trace.number());
        digits(&mut value[36..52], self.span.number().into());
        digits(&mut value[53..], self.flags.number().into());
        value
    }
}

/// Hexadecimal digits as a number; upper case is none.
fn number(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0, |number: u128, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(digit))
    })
}

fn digits(into: &mut [u8], number: u128) {
    for (place, digit) in into.iter_mut().rev().enumerate() {
        *digit = b"0123456789abcdef"[(number >> (4 * place)) as usize & 15];
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
