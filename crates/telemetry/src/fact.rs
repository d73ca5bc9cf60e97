//! What each fact is called, how grave it is and what it says: one table for every writer. The names are those of
//! the Python program wherever it had one.

mod auto_routed;
mod backend;
mod flow;
mod guarded;
mod quality;
mod skip;

use canon::event::{CacheObserved, Fact, Finished, Level, Started};
use canon::id::{ModelName, ProfileName, ProviderName};
use canon::moment::Month;
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
    /// A setting or a wait in seconds.
    Seconds(Duration),
    /// A share or another plain number.
    Ratio(f64),
    /// What is known of several providers: median milliseconds, share of failures, samples.
    Speeds(&'a [(ProviderName, Option<Duration>, f64, u64)]),
    /// A calendar month.
    Month(Month),
    /// What something cost.
    Money(Usd),
    /// What much has cost together, told to a millionth.
    Total(Usd),
    /// A text, which may hold what must not be told.
    Text(&'a str),
    /// A text of any length from outside.
    Error(&'a str),
    /// Several names.
    Names(Vec<&'a str>),
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
        Fact::AutoRouted(it) => auto_routed::heading(it),
        Fact::PatternsGivenUp { .. } => ("pattern-limit-exceeded", Warning),
        Fact::LocalOnly { .. } => ("local-only-pinned", Info),
        Fact::ProviderSkipped { reason, later, .. } => (skip::name(*reason, *later), skip::level(*reason)),
        Fact::ChainBlocked { reason, .. } => (skip::blocked(*reason), Warning),
        Fact::Flow(it) => flow::heading(it),
        Fact::Backend(it) => backend::heading(it),
        Fact::Quality(it) => quality::heading(it),
        Fact::Attempted { .. } => ("try-provider", Info),
        Fact::Answered { .. } => ("provider-ok", Info),
        Fact::AttemptFailed { midstream: false, .. } => ("provider-failed", Warning),
        Fact::AttemptFailed { midstream: true, .. } => ("provider-failed-midstream", Warning),
        Fact::FellBack { .. } => ("fallback-occurred", Warning),
        Fact::UniformAuthFailure { .. } => ("chain-uniform-auth-failure", Warning),
        Fact::Degraded { .. } => ("capability-degraded", Info),
        Fact::ToolLoopSeen(_) => ("tool-loop-detected", Warning),
        Fact::ToolCountSeen(_) => ("tool-count-exceeded", Warning),
        Fact::ToolChoiceEmulated(_) => ("tool-choice-emulated", Info),
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
macro_rules! row {
    ($($name:literal: $value:expr),* $(,)?) => { vec![$(($name, Value::from($value))),*] };
}

use row;

/// What a fact says, in the order it is told.
pub(crate) fn fields(fact: &Fact) -> Vec<Field<'_>> {
    match fact {
        Fact::Started(it) => started(it),
        Fact::Stopped => Vec::new(),
        Fact::Notice(it) => it.fields.iter().map(|(name, value)| (*name, Value::from(value))).collect(),
        Fact::ModeResolved { mode, profile } => row! {"mode": mode, "profile": profile},
        Fact::AutoRouted(it) => auto_routed::fields(it),
        Fact::PatternsGivenUp { rules } => row! {"rules": rules},
        Fact::LocalOnly { profile, rule } => row! {"profile": profile, "rule": rule},
        Fact::ProviderSkipped { profile, provider, reason, .. } => skip::fields(profile, provider, *reason),
        Fact::ChainBlocked { profile, reason, providers } => skip::chain(profile, *reason, providers),
        Fact::Flow(it) => flow::fields(it),
        Fact::Backend(it) => backend::fields(it),
        Fact::Quality(it) => quality::fields(it),
        Fact::Attempted { .. } | Fact::Answered { .. } | Fact::AttemptFailed { .. } => attempted(fact),
        Fact::FellBack { .. } => fell_back(fact),
        Fact::UniformAuthFailure { profile, status, providers } => row! {
            "profile": profile, "status": status, "count": &providers.len(), "providers": providers,
            "hint": "probable-misconfig",
        },
        Fact::Degraded { provider, dropped, reason } => {
            row! {"provider": provider, "dropped": dropped, "reason": reason}
        }
        Fact::ToolLoopSeen(it) => guarded::tool_loop(it),
        Fact::ToolCountSeen(it) => guarded::tool_count(it),
        Fact::ToolChoiceEmulated(it) => guarded::tool_choice(it),
        Fact::ToolRepaired(_) | Fact::ToolReasked { .. } => mended(fact),
        Fact::OutputFiltered { provider, filters, stream } => {
            row! {"provider": provider, "filters": filters, "streaming": stream}
        }
        Fact::CacheControlStripped { provider, markers } => {
            row! {"provider": provider, "markers_removed": markers}
        }
        Fact::MalformedFrame { .. } | Fact::StreamTruncated { .. } | Fact::EmptyAnswer { .. } => {
            lacking(fact)
        }
        Fact::PartialSurfaced { provider, profile, text_blocks, text_length } => row! {
            "provider": provider, "profile": profile, "text_blocks": text_blocks, "text_length": text_length,
        },
        Fact::MidstreamError { provider, error } => {
            row! {"provider": provider, "original": Value::Error(error)}
        }
        Fact::ClientGone { midstream } => row! {"midstream": midstream},
        Fact::ErrorAnswered { status, kind } => row! {"status": status, "error_type": kind},
        Fact::TokensCounted { method, input_tokens } => {
            row! {"method": method, "input_tokens": input_tokens}
        }
        Fact::ToolSearch { action, profile } => row! {"action": action, "profile": profile},
        Fact::CacheObserved(it) => observed(it),
        Fact::Finished(it) => finished(it),
    }
}

/// Facts about attempts.
fn attempted(fact: &Fact) -> Vec<Field<'_>> {
    match fact {
        Fact::Attempted { provider, stream, native, .. } => {
            row! {"provider": provider, "stream": stream, "native": native}
        }
        Fact::Answered { provider, stream, native, took, first_token } => row! {
            "provider": provider, "stream": stream, "native": native,
            "duration_ms": took, "first_token_ms": first_token,
        },
        Fact::AttemptFailed { provider, status, retryable, error, midstream: _ } => row! {
            "provider": provider, "status": status, "retryable": retryable, "error": Value::Error(error),
        },
        _ => Vec::new(),
    }
}

/// Facts about departures.
fn fell_back(fact: &Fact) -> Vec<Field<'_>> {
    match fact {
        Fact::FellBack { from, to, reason, detail, profile, stream, pre_attempt, hop } => row! {
            "provider": from, "from_provider": from, "to_provider": to, "reason": reason,
            "detail": detail, "profile": profile, "stream": stream, "pre_attempt": pre_attempt, "hop_index": hop,
        },
        _ => Vec::new(),
    }
}

fn started(it: &Started) -> Vec<Field<'_>> {
    row! {
        "version": it.version, "providers": &it.providers, "profiles": &it.profiles,
        "allow_paid": &it.allow_paid, "default_profile": &it.default_profile, "mode_source": it.mode_source,
    }
}

fn observed(it: &CacheObserved) -> Vec<Field<'_>> {
    let tokens = |count: Option<u64>| Value::Count(count.unwrap_or(0));
    let mut fields = row! {
        "provider": &it.provider, "request_had_cache_control": &it.request_had_cache_control,
        "outcome": it.outcome(), "cache_read_input_tokens": tokens(it.usage.cache_read),
        "cache_creation_input_tokens": tokens(it.usage.cache_write), "input_tokens": tokens(it.usage.input),
        "output_tokens": tokens(it.usage.output), "streaming": &it.streaming,
        "cost_usd": Value::Money(it.cost), "cost_savings_usd": Value::Money(it.savings),
    };
    if let Some((cost, multiplier)) = it.tax {
        fields.push(("language_tax_usd", Value::Money(cost)));
        fields.push(("language_tax_multiplier", Value::Ratio(multiplier)));
    }
    fields
}

/// Facts about calls that were not as they should be.
fn mended(fact: &Fact) -> Vec<Field<'_>> {
    match fact {
        Fact::ToolRepaired(it) => row! {
            "provider": &it.provider, "model": &it.model, "tool": &it.tool, "format": it.format,
            "corruptions": &it.damage, "outcome": it.outcome,
        },
        Fact::ToolReasked { provider, tool, why } => {
            row! {"provider": provider, "tool": tool, "reason": why}
        }
        _ => Vec::new(),
    }
}

/// Facts about what a provider's answer lacked.
fn lacking(fact: &Fact) -> Vec<Field<'_>> {
    match fact {
        Fact::MalformedFrame { provider, error } => {
            row! {"provider": provider, "error": Value::Error(error)}
        }
        Fact::StreamTruncated { provider, action, wire, events, call_in_flight } => row! {
            "provider": provider, "action": action, "wire": wire, "events_forwarded": events,
            "saw_stream_start": &(*events > 0), "tool_call_in_flight": call_in_flight,
        },
        Fact::EmptyAnswer { provider, action, stream, exhausted } => row! {
            "provider": provider, "action": action, "stream": stream, "chain_exhausted": exhausted,
        },
        _ => Vec::new(),
    }
}

fn finished(it: &Finished) -> Vec<Field<'_>> {
    row! {
        "status": &it.status, "profile": &it.profile, "provider": &it.provider, "model": &it.model,
        "attempts": &it.attempts, "duration_ms": &it.took,
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
    Month => |it| Value::Month(*it),
    Usd => |it| Value::Money(*it),
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

count!(u16, u32, u64, usize);

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

known!(bool, u16, u64, usize, Duration, String, ProviderName, ProfileName, ModelName);
