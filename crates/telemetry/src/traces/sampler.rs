//! Which traces are told.

use canon::trace::{TraceFlags, TraceId};

/// What is recorded of requests for whoever makes traces of facts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Recorded {
    /// Spans, of those traces that the sampler takes; backends hear of them.
    Traces(Sampler),
    /// No more than metrics need; traces of others are passed on.
    Metrics,
}

/// How it is decided whether a trace is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampler {
    /// Whether the caller's word counts, where there is one.
    follows_caller: bool,
    /// Those of the rest whose ids, 63 bits of them, are below this.
    below: u64,
}

/// How many different numbers 63 bits are.
const ALL: u64 = 1 << 63;

impl Sampler {
    /// The sampler of this name in `OTEL_TRACES_SAMPLER` and with this share of all traces. None if there is no such
    /// sampler, or it needs a share and this is none.
    pub fn named(name: &str, share: Option<f64>) -> Option<Self> {
        let (follows_caller, name) = match name.strip_prefix("parentbased_") {
            Some(rest) => (true, rest),
            None => (false, name),
        };
        let below = match name {
            "always_on" => ALL,
            "always_off" => 0,
            "traceidratio" => share.filter(|share| (0.0..=1.0).contains(share)).map(below)?,
            _ => return None,
        };
        Some(Self { follows_caller, below })
    }

    /// Whether a trace is told; `caller` is what the caller says of it, where it is not begun here.
    pub fn takes(&self, trace: TraceId, caller: Option<TraceFlags>) -> bool {
        match caller {
            Some(flags) if self.follows_caller => flags.is_sampled(),
            // The lower half of an id is random in every system.
            _ => (trace.number() as u64) >> 1 < self.below,
        }
    }
}

/// What is told where nothing else is wanted: what the caller tells, and all that begins here.
impl Default for Sampler {
    fn default() -> Self {
        Self { follows_caller: true, below: ALL }
    }
}

fn below(share: f64) -> u64 {
    // The cast is exact enough: a share of one is 2^63 itself.
    (share * ALL as f64) as u64
}

#[cfg(test)]
mod tests {
    use super::Sampler;
    use canon::trace::{TraceFlags, TraceId};

    fn check(name: &str, share: Option<f64>, expect: [bool; 3]) {
        let sampler = Sampler::named(name, share).unwrap();
        let trace = TraceId::new(u128::from(u64::MAX / 2));
        let callers = [None, Some(TraceFlags::sampled(true)), Some(TraceFlags::sampled(false))];
        assert_eq!(callers.map(|caller| sampler.takes(trace, caller)), expect, "{name} {share:?}");
    }

    #[test]
    fn samplers_have_their_standard_names() {
        check("always_on", None, [true, true, true]);
        check("always_off", None, [false, false, false]);
        check("traceidratio", Some(1.0), [true, true, true]);
        check("traceidratio", Some(0.4), [false, false, false]);
        check("parentbased_always_on", None, [true, true, false]);
        check("parentbased_always_off", None, [false, true, false]);
        check("parentbased_traceidratio", Some(0.6), [true, true, false]);
        check("parentbased_traceidratio", Some(0.0), [false, true, false]);
        assert_eq!(Sampler::named("parentbased_always_on", None), Some(Sampler::default()));
        for (name, share) in
            [("", None), ("jaeger_remote", None), ("traceidratio", None), ("traceidratio", Some(1.5))]
        {
            assert_eq!(Sampler::named(name, share), None, "{name} {share:?}");
        }
        assert_eq!(Sampler::named("traceidratio", Some(f64::NAN)), None);
    }

    #[test]
    fn a_share_is_that_share_of_random_ids() {
        let sampler = Sampler::named("traceidratio", Some(0.25)).unwrap();
        let ids = (0..10_000_u64).map(|n| TraceId::new(u128::from(n.wrapping_mul(0x9e37_79b9_7f4a_7c15))));
        let taken = ids.filter(|id| sampler.takes(*id, None)).count();
        assert!((2_400..2_600).contains(&taken), "{taken}");
    }
}
