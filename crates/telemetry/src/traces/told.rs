//! What a span's events say of each fact: numbers, and names from the configuration or of our own. Names of tools and
//! fields, messages of backends and all other texts from outside stay out.

use crate::attribute::{Attribute, Value};
use crate::redact::Redactor;
use canon::config::Word;
use canon::event::{Fact, FlowFact, QualityFact};

/// One event's attributes.
macro_rules! row {
    ($($name:literal: $value:expr),* $(,)?) => {
        vec![$((concat!("coderouter.", $name), Value::from($value))),*]
    };
}

/// What is known of a fact; none where it is no event of a span.
pub(super) fn attributes(fact: &Fact, redactor: &Redactor) -> Option<Vec<Attribute>> {
    let mut attributes = match fact {
        Fact::Flow(flow) => flowed(flow)?,
        Fact::Quality(quality) => judged(quality)?,
        Fact::ModeResolved { .. }
        | Fact::AutoRouted(_)
        | Fact::LocalOnly { .. }
        | Fact::ProviderSkipped { .. }
        | Fact::ChainBlocked { .. }
        | Fact::FellBack { .. }
        | Fact::UniformAuthFailure { .. }
        | Fact::ToolSearch { .. } => planned(fact)?,
        fact => answered(fact)?,
    };
    for (_, value) in &mut attributes {
        clean(value, redactor);
    }
    Some(attributes)
}

fn planned(fact: &Fact) -> Option<Vec<Attribute>> {
    Some(match fact {
        Fact::ModeResolved { profile, .. } => row! {"profile": profile.as_str()},
        Fact::AutoRouted(it) => row! {"profile": it.profile.as_str()},
        Fact::LocalOnly { profile, rule } => row! {"profile": profile.as_str(), "rule": rule.as_str()},
        Fact::ProviderSkipped { provider, reason, later, .. } => {
            row! {"provider": provider.as_str(), "reason": reason.word(), "later": *later}
        }
        Fact::ChainBlocked { reason, .. } => row! {"reason": reason.word()},
        Fact::FellBack { from, to, reason, pre_attempt, .. } => {
            let to = to.as_ref().map_or("", |to| to.as_str());
            row! {"from": from.as_str(), "to": to, "reason": *reason, "attempted": !*pre_attempt}
        }
        Fact::UniformAuthFailure { status, .. } => row! {"status": *status},
        Fact::ToolSearch { action, .. } => row! {"action": *action},
        _ => return None,
    })
}

fn flowed(flow: &FlowFact) -> Option<Vec<Attribute>> {
    Some(match flow {
        FlowFact::Reordered { .. } => row! {},
        FlowFact::LastResort { providers, .. } => row! {"providers": providers.len()},
        FlowFact::Queued { provider, .. } => row! {"provider": provider.as_str()},
        FlowFact::Hedged { provider, rival, .. } => {
            row! {"provider": provider.as_str(), "rival": rival.as_str()}
        }
        FlowFact::HedgeWon { provider, loser } => {
            row! {"provider": provider.as_str(), "loser": loser.as_str()}
        }
        FlowFact::Resumed { from, provider, text_length, overlap } => row! {
            "from": from.as_str(), "provider": provider.as_str(), "text_length": *text_length, "overlap": *overlap,
        },
        FlowFact::OutputLowered { provider, lowered, .. } => {
            row! {"provider": provider.as_str(), "lowered": *lowered}
        }
        FlowFact::PrefixBroken { provider, at, part } => {
            row! {"provider": provider.as_str(), "at": *at, "part": *part}
        }
    })
}

fn judged(quality: &QualityFact) -> Option<Vec<Attribute>> {
    Some(match quality {
        QualityFact::DriftDetected { provider, severity, .. } => {
            row! {"provider": provider.as_str(), "severity": *severity}
        }
        QualityFact::ContextWarning { provider, estimated, window, action, .. } => row! {
            "provider": provider.as_str(), "estimated_tokens": *estimated, "window": *window, "action": *action,
        },
        QualityFact::ContextTrimmed { provider, estimated, window, .. } => row! {
            "provider": provider.as_str(), "tokens_before": estimated.0, "tokens_after": estimated.1, "window": *window,
        },
        _ => return None,
    })
}

fn answered(fact: &Fact) -> Option<Vec<Attribute>> {
    Some(match fact {
        Fact::Degraded { provider, dropped, reason } => {
            row! {"provider": provider.as_str(), "reason": *reason, "fields": dropped.len()}
        }
        Fact::ToolLoopSeen(it) => row! {"repeats": it.repeat_count, "action": it.action.word()},
        Fact::ToolCountSeen(it) => row! {"calls": it.total_count, "action": it.action.word()},
        Fact::ToolChoiceEmulated(it) => row! {"provider": it.provider.as_str(), "mode": it.mode},
        Fact::ToolRepaired(it) => row! {
            "provider": it.provider.as_str(), "format": it.format, "outcome": it.outcome,
            "damage": Value::Words(it.damage.iter().map(ToString::to_string).collect()),
        },
        Fact::ToolReasked { provider, why, .. } => row! {"provider": provider.as_str(), "reason": *why},
        Fact::OutputFiltered { provider, filters, .. } => {
            let filters = filters.iter().map(ToString::to_string).collect();
            row! {"provider": provider.as_str(), "filters": Value::Words(filters)}
        }
        Fact::CacheControlStripped { provider, markers } => {
            row! {"provider": provider.as_str(), "markers": *markers}
        }
        Fact::StreamTruncated { provider, action, .. } | Fact::EmptyAnswer { provider, action, .. } => {
            row! {"provider": provider.as_str(), "action": *action}
        }
        Fact::MalformedFrame { provider, .. }
        | Fact::PartialSurfaced { provider, .. }
        | Fact::MidstreamError { provider, .. } => row! {"provider": provider.as_str()},
        Fact::ClientGone { midstream } => row! {"midstream": *midstream},
        Fact::ErrorAnswered { status, kind } => row! {"status": *status, "type": *kind},
        _ => return None,
    })
}

fn clean(value: &mut Value, redactor: &Redactor) {
    match value {
        Value::Text(text) => *text = redactor.clean(text).into_owned(),
        Value::Words(words) => words.iter_mut().for_each(|word| *word = redactor.clean(word).into_owned()),
        Value::Count(_) | Value::Number(_) | Value::Flag(_) => {}
    }
}
