//! Names and fields of what is told about a request's way.

use super::{Field, Value, row};
use canon::event::{FlowFact, Level};

pub(super) fn heading(fact: &FlowFact) -> (&'static str, Level) {
    use Level::{Info, Warning};
    match fact {
        FlowFact::Reordered { .. } => ("adaptive-routing-applied", Info),
        FlowFact::LastResort { .. } => ("chain-all-unhealthy-last-resort", Info),
        FlowFact::Queued { .. } => ("request-queued", Info),
        FlowFact::Hedged { .. } => ("hedge-started", Info),
        FlowFact::HedgeWon { .. } => ("hedge-decided", Info),
        FlowFact::Resumed { .. } => ("partial-stitch-resumed", Info),
        FlowFact::OutputLowered { .. } => ("budget-output-lowered", Warning),
        FlowFact::PrefixBroken { .. } => ("prompt-prefix-broken", Warning),
    }
}

pub(super) fn fields(fact: &FlowFact) -> Vec<Field<'_>> {
    match fact {
        FlowFact::Reordered { declared, effective, stats } => row! {
            "static_order": declared, "effective_order": effective, "stats": Value::Speeds(stats),
        },
        FlowFact::LastResort { profile, providers } => row! {"profile": profile, "providers": providers},
        FlowFact::Queued { provider, profile, wait } => {
            row! {"provider": provider, "profile": profile, "wait_s": Value::Seconds(*wait)}
        }
        FlowFact::Hedged { provider, rival, after, .. } => {
            row! {"provider": provider, "rival": rival, "after_ms": after}
        }
        FlowFact::HedgeWon { provider, loser } => row! {"provider": provider, "loser": loser},
        FlowFact::Resumed { from, provider, text_length, overlap } => row! {
            "provider": provider, "from_provider": from, "text_length": text_length, "overlap": overlap,
        },
        FlowFact::OutputLowered { provider, asked, lowered } => {
            row! {"provider": provider, "max_tokens": asked, "lowered_to": lowered}
        }
        FlowFact::PrefixBroken { provider, at, part } => {
            row! {"provider": provider, "at_byte": at, "part": part}
        }
    }
}
