//! What each fact is called, how grave it is and what it says: one table for every writer. The names are those of
//! the Python program wherever it had one.

use canon::event::{
    AutoRouted, AutoRoutedBy, CacheObserved, Fact, Finished, Level, Signals, SkipReason, Started,
    ToolRepaired,
};
use canon::id::{ModelName, ProfileName, ProviderName};
use canon::money::Usd;
use std::time::Duration;

/// A named value of a fact.
pub(crate) type Field<'a> = (&'static str, Value<'a>);

/// A value as every writer can write it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    /// Not known, or not so.
    Absent,
    /// Yes or no.
    Flag(bool),
    /// A number of things.
    Count(u64),
    /// How long something took.
    Span(Duration),
    /// What something cost.
    Money(Usd),
    /// A text, which may hold what must not be told.
    Text(&'a str),
    /// A text of any length from outside.
    Error(&'a str),
    /// Several names.
    Names(Vec<&'a str>),
    /// A share between 0 and 1, told to three places.
    Share(f64),
    /// Values that belong together.
    Group(Vec<Field<'a>>),
}

/// The name of a fact in logs and how grave it is.
pub(crate) fn heading(fact: &Fact) -> (&'static str, Level) {
    use Level::{Info, Warning};
    match fact {
        Fact::Started(_) => ("coderouter-startup", Info),
        Fact::Stopped => ("coderouter-shutdown", Info),
        Fact::Notice(notice) => (notice.name, notice.level),
        Fact::ModeResolved { .. } => ("mode-alias-resolved", Info),
        Fact::AutoRouted(it) if matches!(it.by, AutoRoutedBy::Rule(_)) => ("auto-router-resolved", Info),
        Fact::AutoRouted(_) => ("auto-router-fallthrough", Info),
        Fact::PatternsGivenUp { .. } => ("pattern-limit-exceeded", Warning),
        Fact::LocalOnly { .. } => ("local-only-pinned", Info),
        Fact::ProviderSkipped { reason: SkipReason::PaidGate, .. } => ("skip-paid-provider", Info),
        Fact::ProviderSkipped { reason: SkipReason::UnknownProvider, .. } => {
            ("skip-unknown-provider", Warning)
        }
        Fact::ProviderSkipped { reason: SkipReason::JustFailed, .. } => ("demote-just-failed-provider", Info),
        Fact::ChainBlocked { reason: SkipReason::PaidGate, .. } => ("chain-paid-gate-blocked", Warning),
        Fact::ChainBlocked { .. } => ("chain-blocked", Warning),
        Fact::Attempted { .. } => ("try-provider", Info),
        Fact::Answered { .. } => ("provider-ok", Info),
        Fact::AttemptFailed { midstream: false, .. } => ("provider-failed", Warning),
        Fact::AttemptFailed { midstream: true, .. } => ("provider-failed-midstream", Warning),
        Fact::FellBack { .. } => ("fallback-occurred", Warning),
        Fact::UniformAuthFailure { .. } => ("chain-uniform-auth-failure", Warning),
        Fact::Degraded { .. } => ("capability-degraded", Info),
        Fact::ToolRepaired(it) if it.repaired => ("tool-repair-applied", Info),
        Fact::ToolRepaired(_) => ("tool-repair-declined", Info),
        Fact::ToolReasked { .. } => ("tool-repair-reasked", Info),
        Fact::OutputFiltered { .. } => ("output-filter-applied", Info),
        Fact::CacheControlStripped { .. } => ("cache-control-stripped", Info),
        Fact::MalformedFrame { .. } => ("malformed-stream-chunk", Warning),
        Fact::StreamTruncated { .. } => ("stream-truncation-detected", Warning),
        Fact::EmptyAnswer { .. } => ("empty-response-detected", Warning),
        Fact::PartialSurfaced { .. } => ("partial-stitch-surfaced", Info),
        Fact::MidstreamError { .. } => ("sse-midstream-error", Warning),
        Fact::ClientGone { .. } => ("sse-client-disconnect", Info),
        // The name is older than the other dialects, whose errors it tells as well.
        Fact::ErrorAnswered { .. } => ("anthropic-error-response", Info),
        Fact::TokensCounted { .. } => ("count-tokens-served", Info),
        Fact::ToolSearch { .. } => ("tool-search-request", Info),
        Fact::CacheObserved(_) => ("cache-observed", Info),
        Fact::Finished(_) => ("request-finished", Info),
    }
}

/// One row of the table: names and the values they stand for.
macro_rules! fields {
    ($($name:literal: $value:expr),* $(,)?) => { vec![$(($name, Value::from($value))),*] };
}

/// What a fact says, in the order it is told.
pub(crate) fn fields(fact: &Fact) -> Vec<Field<'_>> {
    match fact {
        Fact::Started(it) => started(it),
        Fact::Stopped => Vec::new(),
        Fact::Notice(it) => it.fields.iter().map(|(name, value)| (*name, Value::from(value))).collect(),
        Fact::ModeResolved { mode, profile } => fields! {"mode": mode, "profile": profile},
        Fact::AutoRouted(it) => auto_routed(it),
        Fact::PatternsGivenUp { rules } => fields! {"rules": rules},
        Fact::LocalOnly { profile, rule } => fields! {"profile": profile, "rule": rule},
        Fact::ProviderSkipped { profile, provider, .. } => fields! {"profile": profile, "provider": provider},
        Fact::ChainBlocked { profile, reason, providers } => {
            fields! {"profile": profile, "blocked_providers": providers, "hint": cure(*reason)}
        }
        Fact::Attempted { provider, stream, native } => {
            fields! {"provider": provider, "stream": stream, "native": native}
        }
        Fact::Answered { provider, stream, native, took, first_token } => fields! {
            "provider": provider, "stream": stream, "native": native,
            "duration_ms": took, "first_token_ms": first_token,
        },
        Fact::AttemptFailed { provider, status, retryable, error, midstream: _ } => fields! {
            "provider": provider, "status": status, "retryable": retryable, "error": Value::Error(error),
        },
        Fact::FellBack { from, to, reason, profile, stream, pre_attempt, hop } => fields! {
            "provider": from, "from_provider": from, "to_provider": to, "reason": reason,
            "profile": profile, "stream": stream, "pre_attempt": pre_attempt, "hop_index": hop,
        },
        Fact::UniformAuthFailure { profile, status, providers } => fields! {
            "profile": profile, "status": status, "count": &providers.len(), "providers": providers,
            "hint": "probable-misconfig",
        },
        Fact::Degraded { provider, dropped, reason } => {
            fields! {"provider": provider, "dropped": dropped, "reason": reason}
        }
        Fact::ToolRepaired(it) => repaired(it),
        Fact::ToolReasked { provider, tool, why } => {
            fields! {"provider": provider, "tool": tool, "reason": why}
        }
        Fact::OutputFiltered { provider, filters, stream } => {
            fields! {"provider": provider, "filters": filters, "streaming": stream}
        }
        Fact::CacheControlStripped { provider, markers } => {
            fields! {"provider": provider, "markers_removed": markers}
        }
        Fact::MalformedFrame { .. } | Fact::StreamTruncated { .. } | Fact::EmptyAnswer { .. } => {
            lacking(fact)
        }
        Fact::PartialSurfaced { provider, profile, text_blocks, text_length } => fields! {
            "provider": provider, "profile": profile, "text_blocks": text_blocks, "text_length": text_length,
        },
        Fact::MidstreamError { provider, error } => {
            fields! {"provider": provider, "original": Value::Error(error)}
        }
        Fact::ClientGone { midstream } => fields! {"midstream": midstream},
        Fact::ErrorAnswered { status, kind } => fields! {"status": status, "error_type": kind},
        Fact::TokensCounted { method, input_tokens } => {
            fields! {"method": method, "input_tokens": input_tokens}
        }
        Fact::ToolSearch { action, profile } => fields! {"action": action, "profile": profile},
        Fact::CacheObserved(it) => observed(it),
        Fact::Finished(it) => finished(it),
    }
}

fn started(it: &Started) -> Vec<Field<'_>> {
    fields! {
        "version": it.version, "providers": &it.providers, "profiles": &it.profiles,
        "allow_paid": &it.allow_paid, "default_profile": &it.default_profile, "mode_source": it.mode_source,
    }
}

fn auto_routed(it: &AutoRouted) -> Vec<Field<'_>> {
    let profile = &it.profile;
    let seen = &it.signals;
    match &it.by {
        AutoRoutedBy::Rule(rule) => {
            let mut signals = fields! {"has_image": &seen.has_image};
            signals.extend(common_signals(seen));
            fields! {"rule_id": rule, "resolved_profile": profile, "signals": Value::Group(signals)}
        }
        AutoRoutedBy::NoRule | AutoRoutedBy::Disabled => {
            let mut signals = common_signals(seen);
            signals.extend(fields! {"disabled": &(it.by == AutoRoutedBy::Disabled)});
            fields! {"resolved_profile": profile, "signals": Value::Group(signals)}
        }
    }
}

fn common_signals(seen: &Signals) -> Vec<Field<'_>> {
    fields! {
        "code_fence_ratio": seen.code_fence_ratio.map_or(Value::Absent, Value::Share),
        "content_len": &seen.content_len, "model": &seen.model,
        "estimated_tokens": &seen.estimated_tokens, "has_tools": &seen.has_tools,
    }
}

fn observed(it: &CacheObserved) -> Vec<Field<'_>> {
    let tokens = |count: Option<u64>| Value::Count(count.unwrap_or(0));
    fields! {
        "provider": &it.provider, "request_had_cache_control": &it.request_had_cache_control,
        "outcome": it.outcome(), "cache_read_input_tokens": tokens(it.usage.cache_read),
        "cache_creation_input_tokens": tokens(it.usage.cache_write), "input_tokens": tokens(it.usage.input),
        "output_tokens": tokens(it.usage.output), "streaming": &it.streaming,
        "cost_usd": Value::Money(it.cost), "cost_savings_usd": Value::Money(it.savings),
    }
}

fn repaired(it: &ToolRepaired) -> Vec<Field<'_>> {
    fields! {
        "provider": &it.provider, "model": &it.model, "tool": &it.tool, "format": it.format,
        "corruptions": &it.damage, "outcome": it.outcome,
    }
}

/// Facts about what a provider's answer lacked.
fn lacking(fact: &Fact) -> Vec<Field<'_>> {
    match fact {
        Fact::MalformedFrame { provider, error } => {
            fields! {"provider": provider, "error": Value::Error(error)}
        }
        Fact::StreamTruncated { provider, action, wire, events, call_in_flight } => fields! {
            "provider": provider, "action": action, "wire": wire, "events_forwarded": events,
            "saw_stream_start": &(*events > 0), "tool_call_in_flight": call_in_flight,
        },
        Fact::EmptyAnswer { provider, action, stream, exhausted } => fields! {
            "provider": provider, "action": action, "stream": stream, "chain_exhausted": exhausted,
        },
        _ => Vec::new(),
    }
}

fn finished(it: &Finished) -> Vec<Field<'_>> {
    fields! {
        "status": &it.status, "profile": &it.profile, "provider": &it.provider, "model": &it.model,
        "attempts": &it.attempts, "duration_ms": &it.took,
    }
}

fn cure(blocked: SkipReason) -> &'static str {
    match blocked {
        SkipReason::PaidGate => "set ALLOW_PAID=true or add a free provider to the profile",
        SkipReason::UnknownProvider => "declare the providers that the profile names",
        SkipReason::JustFailed => "see why they failed",
    }
}

macro_rules! value {
    ($($from:ty => |$it:ident| $value:expr),* $(,)?) => {$(
        impl<'a> From<&'a $from> for Value<'a> {
            fn from($it: &'a $from) -> Self {
                $value
            }
        }
    )*};
}

value! {
    str => |it| Value::Text(it),
    String => |it| Value::Text(it),
    &'static str => |it| Value::Text(it),
    ProviderName => |it| Value::Text(it.as_str()),
    ProfileName => |it| Value::Text(it.as_str()),
    ModelName => |it| Value::Text(it.as_str()),
    Duration => |it| Value::Span(*it),
    Vec<String> => |it| Value::Names(it.iter().map(String::as_str).collect()),
    Vec<&'static str> => |it| Value::Names(it.clone()),
    Vec<ProviderName> => |it| Value::Names(it.iter().map(ProviderName::as_str).collect()),
    Vec<ProfileName> => |it| Value::Names(it.iter().map(ProfileName::as_str).collect()),
}

macro_rules! count {
    ($($number:ty),*) => {$(
        impl From<&$number> for Value<'_> {
            fn from(number: &$number) -> Self {
                Value::Count(u64::try_from(*number).unwrap_or(u64::MAX))
            }
        }
    )*};
}

count!(u16, u64, usize);

impl From<&bool> for Value<'_> {
    fn from(flag: &bool) -> Self {
        Value::Flag(*flag)
    }
}

macro_rules! known {
    ($($known:ty),*) => {$(
        impl<'a> From<&'a Option<$known>> for Value<'a> {
            fn from(known: &'a Option<$known>) -> Self {
                known.as_ref().map_or(Value::Absent, Value::from)
            }
        }
    )*};
}

known!(bool, u16, u64, String, Duration, ProviderName, ProfileName, ModelName);
