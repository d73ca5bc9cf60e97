//! Facts: what happened, recorded once. Logs, metrics, the dashboard and memory are folds of them.

mod auto_routed;
mod backend;
mod finished;
mod flow;
mod guarded;
mod quality;
mod skip;
mod traced;

pub use auto_routed::{AutoRouted, AutoRoutedBy, Signals};
pub use backend::BackendFact;
pub use finished::{Departure, Finished, RequestShape, TokenCounts};
pub use flow::FlowFact;
pub use guarded::{ToolChoiceEmulated, ToolCountSeen, ToolLoopSeen};
pub use quality::QualityFact;
pub use skip::{Capability, SkipReason};
pub use traced::{AttemptTrace, RequestTrace};

use crate::id::{ModelName, ProfileName, ProviderName, RequestId};
use crate::money::Usd;
use crate::usage::Usage;
use std::time::{Duration, SystemTime};

/// One fact.
#[derive(Clone, Debug)]
pub struct Event {
    /// When it happened.
    pub at: SystemTime,
    /// The request it belongs to; absent for facts of the process.
    pub request: Option<RequestId>,
    /// What happened.
    pub fact: Fact,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum Fact {
    /// The process serves.
    Started(Box<Started>),
    /// The process stops.
    Stopped,
    /// Something about the process that a person should read: an event name and a text.
    Notice(Notice),
    /// A mode was turned into a profile.
    ModeResolved {
        /// The mode the client named.
        mode: String,
        /// The profile it stands for.
        profile: ProfileName,
    },
    /// The auto router chose a profile.
    AutoRouted(Box<AutoRouted>),
    /// Patterns of the configuration were given up on one request's text: they backtrack too much.
    PatternsGivenUp {
        /// The ids of their rules, each once.
        rules: Vec<String>,
    },
    /// A request may go to local providers only.
    LocalOnly {
        /// The chain.
        profile: ProfileName,
        /// The id of the rule that says so.
        rule: String,
    },
    /// A provider was passed over before any attempt.
    ProviderSkipped {
        /// The chain.
        profile: ProfileName,
        /// The provider.
        provider: ProviderName,
        /// Why.
        reason: SkipReason,
        /// Whether it is tried after the others, rather than not at all.
        later: bool,
    },
    /// No provider of a chain may be tried, all for one reason.
    ChainBlocked {
        /// The chain.
        profile: ProfileName,
        /// Why.
        reason: SkipReason,
        /// The providers passed over.
        providers: Vec<ProviderName>,
    },
    /// Something happened on the request's way along its chain.
    Flow(Box<FlowFact>),
    /// Something happened to a backend.
    Backend(Box<BackendFact>),
    /// Something about answers that get worse, or prompts that get too long.
    Quality(Box<QualityFact>),
    /// A request goes to a provider.
    Attempted {
        /// The provider.
        provider: ProviderName,
        /// Whether a stream was asked for.
        stream: bool,
        /// Whether the backend speaks the client's dialect.
        native: bool,
        /// What its trace tells of it, where traces are recorded.
        traced: Option<Box<AttemptTrace>>,
    },
    /// A provider answered whole.
    Answered {
        /// The provider.
        provider: ProviderName,
        /// Whether it was a stream.
        stream: bool,
        /// Whether the backend speaks the client's dialect.
        native: bool,
        /// From the attempt to the end.
        took: Duration,
        /// From the attempt to the first content.
        first_token: Option<Duration>,
    },
    /// An attempt failed.
    AttemptFailed {
        /// The provider.
        provider: ProviderName,
        /// The status it answered with.
        status: Option<u16>,
        /// Whether another try might help.
        retryable: bool,
        /// What went wrong, redacted.
        error: String,
        /// Whether content had gone to the client already.
        midstream: bool,
    },
    /// The request moved from one provider to another, or to none.
    FellBack {
        /// Left behind.
        from: ProviderName,
        /// Where it went; absent when the chain was exhausted.
        to: Option<ProviderName>,
        /// Why, in the words of headers.
        reason: &'static str,
        /// A little more: a status, what the connection did, or the cap of a budget.
        detail: Option<String>,
        /// The chain.
        profile: ProfileName,
        /// Whether a stream was asked for.
        stream: bool,
        /// Whether the provider was passed over without an attempt.
        pre_attempt: bool,
        /// Place in the request's list of hops, from 0.
        hop: usize,
    },
    /// All attempts ended with the same refusal of credentials.
    UniformAuthFailure {
        /// The chain.
        profile: ProfileName,
        /// 401 or 403.
        status: u16,
        /// The providers.
        providers: Vec<ProviderName>,
    },
    /// Something of the request could not be said to a provider, or was taken out for it.
    Degraded {
        /// The provider.
        provider: ProviderName,
        /// The fields' names.
        dropped: Vec<String>,
        /// Why: `provider-does-not-support`, `translation-lossy`, `non-standard-field`, `unsupported-backend`.
        reason: &'static str,
    },
    /// The history of a request ends in a loop of calls.
    ToolLoopSeen(Box<ToolLoopSeen>),
    /// A request has more calls behind it than its profile allows.
    ToolCountSeen(Box<ToolCountSeen>),
    /// A forced tool choice was turned into a directive.
    ToolChoiceEmulated(Box<ToolChoiceEmulated>),
    /// A tool call was mended, or something that has its form was left as text.
    ToolRepaired(Box<ToolRepaired>),
    /// A call that can't be run is asked for once more.
    ToolReasked {
        /// The provider.
        provider: ProviderName,
        /// The tool that was named; empty where no name could be read.
        tool: String,
        /// What was wrong, in a word.
        why: &'static str,
    },
    /// Filters changed what a client sees of an answer.
    OutputFiltered {
        /// The provider.
        provider: ProviderName,
        /// The filters, by their names in the configuration.
        filters: Vec<&'static str>,
        /// Whether it was a stream.
        stream: bool,
    },
    /// Prompt-cache markers were taken out.
    CacheControlStripped {
        /// The provider.
        provider: ProviderName,
        /// How many.
        markers: usize,
    },
    /// A frame of a stream could not be read and was passed over.
    MalformedFrame {
        /// The provider.
        provider: ProviderName,
        /// What was wrong with it.
        error: String,
    },
    /// A stream ended without its end.
    StreamTruncated {
        /// The provider.
        provider: ProviderName,
        /// `off`, `warn` or `error`.
        action: &'static str,
        /// The backend's dialect.
        wire: &'static str,
        /// How many deltas had come.
        events: u64,
        /// Whether a call was open.
        call_in_flight: bool,
    },
    /// An answer without text and without a call.
    EmptyAnswer {
        /// The provider.
        provider: ProviderName,
        /// `off`, `warn` or `fallback`.
        action: &'static str,
        /// Whether it was a stream.
        stream: bool,
        /// Whether no provider was left.
        exhausted: bool,
    },
    /// What a broken stream had said was given to the client as a short answer.
    PartialSurfaced {
        /// The provider.
        provider: ProviderName,
        /// The chain.
        profile: ProfileName,
        /// Text blocks that were begun.
        text_blocks: usize,
        /// Characters of text.
        text_length: usize,
    },
    /// A broken stream ended with an error the client can read.
    MidstreamError {
        /// The provider.
        provider: ProviderName,
        /// What went wrong, redacted.
        error: String,
    },
    /// The client went away.
    ClientGone {
        /// Whether content had gone to it.
        midstream: bool,
    },
    /// An error was answered.
    ErrorAnswered {
        /// The HTTP status.
        status: u16,
        /// The dialect's error type.
        kind: &'static str,
    },
    /// Tokens were counted for a client.
    TokensCounted {
        /// `heuristic` or `tokenizer`.
        method: &'static str,
        /// The count.
        input_tokens: u64,
    },
    /// A request with deferred tools or tool search was seen.
    ToolSearch {
        /// `reject`, `expand` or `passthrough`.
        action: &'static str,
        /// The chain.
        profile: ProfileName,
    },
    /// What an answer cost and what of its prompt was cached.
    CacheObserved(Box<CacheObserved>),
    /// A client's request is over.
    Finished(Box<Finished>),
}

/// What the process started with.
#[derive(Clone, Debug)]
pub struct Started {
    /// The program's version.
    pub version: &'static str,
    /// Providers, in order.
    pub providers: Vec<ProviderName>,
    /// Profiles, in order.
    pub profiles: Vec<ProfileName>,
    /// Whether paid providers may be used.
    pub allow_paid: bool,
    /// The profile of requests that name none.
    pub default_profile: ProfileName,
    /// `env` or `config`.
    pub mode_source: &'static str,
}

/// A line for people about the process itself.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The event's name in logs.
    pub name: &'static str,
    /// How grave it is.
    pub level: Level,
    /// Named values beside it.
    pub fields: Vec<(&'static str, String)>,
}

/// How grave a fact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For developers.
    Debug,
    /// Ordinary.
    Info,
    /// Something should be looked at.
    Warning,
    /// Something failed.
    Error,
}

/// What became of a tool call that was not as it should be.
#[derive(Clone, Debug)]
pub struct ToolRepaired {
    /// The provider.
    pub provider: ProviderName,
    /// The model that wrote it, in its backend's words.
    pub model: Option<ModelName>,
    /// The tool; empty where no name could be read.
    pub tool: String,
    /// The family of formats it was written in.
    pub format: &'static str,
    /// What was wrong, by the ids of the corruption catalogue.
    pub damage: Vec<&'static str>,
    /// Whether the client got it as a call.
    pub repaired: bool,
    /// What became of it, in a word.
    pub outcome: &'static str,
}

/// The accounting of one answer.
#[derive(Clone, Debug)]
pub struct CacheObserved {
    /// Who answered.
    pub provider: ProviderName,
    /// Whether the request carried prompt-cache markers.
    pub request_had_cache_control: bool,
    /// Whether it was a stream.
    pub streaming: bool,
    /// The backend's counts.
    pub usage: Usage,
    /// What it cost.
    pub cost: Usd,
    /// What the cache saved.
    pub savings: Usd,
    /// What the language of the prompt cost beyond its characters, and how many tokens each estimated one was, where
    /// the provider names a tokenizer.
    pub tax: Option<(Usd, f64)>,
}

impl CacheObserved {
    /// `cache_hit`, `cache_creation`, `no_cache`, or `unknown` where the backend sent no counts.
    pub fn outcome(&self) -> &'static str {
        match &self.usage {
            usage if !usage.is_present() => "unknown",
            usage if usage.cache_read.unwrap_or(0) > 0 => "cache_hit",
            usage if usage.cache_write.unwrap_or(0) > 0 => "cache_creation",
            _ => "no_cache",
        }
    }
}
