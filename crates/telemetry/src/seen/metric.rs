//! The table of metrics: what each is called, what it counts, by which labels. Whoever shows, keeps or documents
//! metrics reads this table; nothing else knows their names.

use super::histogram::{RATES, SECONDS};

/// How a metric's numbers are kept, and how they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// A number of things.
    Whole,
    /// Money in billionths of a dollar, shown in dollars.
    Usd,
    /// A share in ten-thousandths, shown as one.
    Share,
    /// Milliseconds in tenths, shown as milliseconds.
    Millis,
}

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// It only grows.
    Counter(Unit),
    /// The latest value.
    Gauge(Unit),
    /// How many values were at most which of these bounds.
    Histogram(&'static [f64]),
}

/// When a metric is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// From the start.
    Always,
    /// Once there is something to show.
    IfAny,
}

/// One metric.
#[derive(Debug)]
pub(crate) struct Row {
    /// Which one.
    pub(crate) metric: Metric,
    /// Its name without the program's.
    pub(crate) name: &'static str,
    /// What it is.
    pub(crate) kind: Kind,
    /// Its labels, in order.
    pub(crate) labels: &'static [&'static str],
    /// When it is shown.
    pub(crate) shown: Shown,
    /// What it says, for people.
    pub(crate) help: &'static str,
}

impl Metric {
    /// Its row in the table.
    pub(crate) fn row(self) -> &'static Row {
        &METRICS[self as usize]
    }
}

impl Row {
    /// The unit of its numbers; a histogram's counts are of values.
    pub(crate) fn unit(&self) -> Unit {
        match self.kind {
            Kind::Counter(unit) | Kind::Gauge(unit) => unit,
            Kind::Histogram(_) => Unit::Whole,
        }
    }

    /// The bounds of a histogram; none of what is no histogram.
    pub(crate) fn bounds(&self) -> Option<&'static [f64]> {
        match self.kind {
            Kind::Histogram(bounds) => Some(bounds),
            Kind::Counter(_) | Kind::Gauge(_) => None,
        }
    }
}

const COUNTER: Kind = Kind::Counter(Unit::Whole);
const USD: Kind = Kind::Counter(Unit::Usd);
const SHARE: Kind = Kind::Gauge(Unit::Share);
const MILLIS: Kind = Kind::Gauge(Unit::Millis);
const TIMES: Kind = Kind::Histogram(SECONDS);
const SPEEDS: Kind = Kind::Histogram(RATES);

macro_rules! metrics {
    ($($metric:ident $name:literal $kind:ident [$($label:literal),*] $shown:ident $help:literal)*) => {
        /// Every metric that is folded from facts.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Metric {
            $($metric),*
        }

        /// All of them, in the order they are shown.
        pub(crate) const METRICS: &[Row] = &[$(Row {
            metric: Metric::$metric,
            name: $name,
            kind: $kind,
            labels: &[$($label),*],
            shown: Shown::$shown,
            help: $help,
        }),*];
    };
}

// One line a metric: its name here and outside, kind, labels, when it is shown, and what it says.
#[rustfmt::skip]
metrics! {
    // The Python program's, under its names.
    Attempts "requests_total" COUNTER [] Always "Attempts at providers; requests of clients are client_requests_total."
    PaidGateBlocked "chain_paid_gate_blocked_total" COUNTER [] Always "Chains of which nobody was left because paid providers are not allowed."
    BudgetBlocked "chain_budget_exceeded_total" COUNTER [] Always "Chains of which nobody was left because budgets are spent."
    MemoryBlocked "chain_memory_pressure_blocked_total" COUNTER [] Always "Chains of which nobody was left because backends ran out of memory."
    UniformAuth "chain_uniform_auth_failure_total" COUNTER [] Always "Requests of which every attempt ended with the same refusal of credentials."
    AutoFallthrough "auto_router_fallthrough_total" COUNTER [] Always "Requests whose profile no rule of the auto router chose."
    ProviderAttempts "provider_attempts_total" COUNTER ["provider"] Always "Attempts at a provider."
    ProviderOutcomes "provider_outcomes_total" COUNTER ["provider", "outcome"] Always "How attempts ended: ok, failed, or failed_midstream after content had gone to the client."
    ProviderSkipped "provider_skipped_total" COUNTER ["provider", "reason"] Always "How often a provider was passed over."
    Demoted "provider_demoted_unhealthy_total" COUNTER ["provider"] Always "How often a provider went to the end of a chain as unhealthy."
    HealthTransitions "backend_health_transitions_total" COUNTER ["provider", "state"] Always "How often a backend entered a state of health."
    CapabilityDegraded "capability_degraded_total" COUNTER ["capability"] Always "Fields of requests that were left out or lost."
    OutputFilter "output_filter_applied_total" COUNTER ["filter"] Always "Answers that a filter changed."
    CacheRead "cache_read_tokens_total" COUNTER ["provider"] Always "Prompt tokens found in a cache."
    CacheCreation "cache_creation_tokens_total" COUNTER ["provider"] Always "Prompt tokens written into a cache."
    CacheObserved "cache_observed_total" COUNTER ["provider", "outcome"] Always "Answers by what the prompt cache did: cache_hit, cache_creation, no_cache or unknown."
    Cost "cost_total_usd_total" USD ["provider"] Always "What answers cost, in US dollars."
    Savings "cost_savings_usd_total" USD ["provider"] Always "What prompt caches saved, in US dollars."
    ContextWarnings "context_budget_warnings_total" COUNTER ["profile"] Always "Prompts that were near a context window."
    ContextTrims "context_budget_trims_total" COUNTER ["profile"] Always "Prompts that were trimmed for a context window."
    ContextRatio "context_budget_usage_ratio" SHARE ["profile"] Always "The share of a context window that the latest prompt near one took."
    DriftDetected "drift_detected_total" COUNTER ["provider"] Always "How often answers of a provider were found to have become worse."
    DriftPromoted "drift_promoted_total" COUNTER [] IfAny "How often a provider went last for its drift."
    DriftReload "drift_reload_total" COUNTER [] IfAny "How often a backend was told to unload a model that drifted."
    DriftReloadOk "drift_reload_success_total" COUNTER [] IfAny "How often it did."
    PartialStitch "partial_stitch_surfaced_total" COUNTER [] IfAny "Broken answers that were given to clients as short ones."
    Probes "probe_total" COUNTER ["provider"] IfAny "Probes of a provider."
    ProbeOutcomes "probe_outcomes_total" COUNTER ["provider", "outcome"] IfAny "How probes ended: success or failure."
    ProbeRounds "probe_rounds_total" COUNTER [] IfAny "Rounds of probes."
    ProbeDrift "probe_drift_detected_total" COUNTER ["provider"] IfAny "Probes that were answered by another model than was asked for."
    ProbeLatency "probe_latency_ms" MILLIS ["provider"] IfAny "How long the latest probe took, in milliseconds."
    StreamTruncated "stream_truncated_total" COUNTER ["provider"] IfAny "Streams that ended without their end."
    TruncatedBy "stream_truncated_by_action_total" COUNTER ["action"] IfAny "The same by what was done about it."

    // Requests of clients.
    ClientRequests "client_requests_total" COUNTER ["outcome"] Always "Requests of clients by how they ended: answered, surfaced, broken, unanswered, left, welcomed."
    FellBack "client_requests_fell_back_total" COUNTER [] Always "Requests of clients that left a provider because something was wrong with it."
    RequestSeconds "request_duration_seconds" TIMES ["outcome"] Always "From the first byte of a request to the last of its answer."
    FirstTokenSeconds "first_token_seconds" TIMES [] Always "From the first byte of a request to the first content of its answer."
    Fallbacks "fallbacks_total" COUNTER ["provider", "reason"] Always "How often a request left a provider, and why."
    Errors "errors_answered_total" COUNTER ["status", "type"] Always "Errors that clients were answered."
    Disconnects "client_disconnects_total" COUNTER ["midstream"] Always "Clients that went away, and whether content had gone to them."
    TokensCounted "tokens_counted_total" COUNTER ["method"] IfAny "Requests to count tokens."
    ToolSearch "tool_search_requests_total" COUNTER ["action"] IfAny "Requests with deferred tools."

    // Answers of providers.
    AttemptSeconds "provider_duration_seconds" TIMES ["provider"] Always "From an attempt to the end of its answer."
    AttemptFirstToken "provider_first_token_seconds" TIMES ["provider"] Always "From an attempt to the first content of its answer."
    Rate "output_tokens_per_second" SPEEDS ["provider"] Always "Tokens a second of answers, from their first content on."
    Answers "answers_total" COUNTER ["provider", "model"] Always "Whole answers by the model that gave them."
    Tokens "tokens_total" COUNTER ["provider", "kind"] Always "Tokens: input read in full, output, cache_read, cache_write."
    LanguageTax "language_tax_usd_total" USD ["provider"] Always "What the language of prompts cost beyond their characters, in US dollars."
    TokensSaved "tokens_saved_total" COUNTER ["mechanism"] Always "Prompt tokens that were not sent."
    Empty "empty_responses_total" COUNTER ["provider"] Always "Answers without text and without a call."
    Malformed "malformed_chunks_total" COUNTER ["provider"] IfAny "Answers with frames that could not be read."
    MidstreamErrors "midstream_errors_total" COUNTER ["provider"] IfAny "Broken streams that ended with an error the client could read."

    // Repair.
    ToolRepairs "tool_repairs_total" COUNTER ["provider", "model", "outcome"] Always "Calls that were not as they should be: repaired, or left for a reason."
    ToolDamage "tool_repair_damage_total" COUNTER ["damage"] Always "What was wrong with them."
    ToolFormats "tool_repair_formats_total" COUNTER ["format"] Always "The families of formats they were written in."
    ToolReasked "tool_reasked_total" COUNTER ["provider", "reason"] IfAny "Calls that were asked for once more."
    ToolChoice "tool_choice_emulated_total" COUNTER ["provider", "mode"] IfAny "Forced tool choices that were turned into directives."
    Stripped "cache_control_stripped_total" COUNTER ["provider"] IfAny "Prompt-cache markers that were taken out."

    // Guards and the plan.
    ToolLoops "tool_loops_detected_total" COUNTER ["profile", "action"] Always "Requests whose history ends in a loop of calls."
    ToolCounts "tool_count_exceeded_total" COUNTER ["profile", "action"] Always "Requests with more calls behind them than allowed."
    ChainBlocked "chain_blocked_total" COUNTER ["reason"] Always "Chains of which nobody was left, by reason."
    MovedBack "provider_moved_back_total" COUNTER ["provider", "reason"] IfAny "How often a provider was tried after the others, and why."
    LastResort "chain_last_resort_total" COUNTER ["profile"] IfAny "Requests whose providers were all doubted and tried all the same."
    Reordered "adaptive_reorders_total" COUNTER [] IfAny "Requests whose chain was put into another order."
    LocalOnly "local_only_requests_total" COUNTER ["profile"] IfAny "Requests that were kept on this machine and network."
    GivenUp "patterns_given_up_total" COUNTER [] IfAny "Requests on whose text patterns were given up."
    Modes "modes_resolved_total" COUNTER ["profile"] IfAny "Requests that named a mode."
    AutoRouted "auto_routed_total" COUNTER ["profile"] IfAny "Requests whose profile the auto router chose."
    Queued "requests_queued_total" COUNTER ["provider"] IfAny "Requests that waited for a provider at its limits."
    Hedges "hedges_total" COUNTER ["provider"] IfAny "How often a second provider was started beside a slow one, by the second."
    HedgesWon "hedges_won_total" COUNTER ["provider"] IfAny "Who spoke first of two."
    Resumed "answers_resumed_total" COUNTER ["provider"] IfAny "Answers that broke off and went on at a provider."
    Lowered "output_lowered_total" COUNTER ["provider"] IfAny "Requests whose output was lowered to what a budget buys."
    PrefixBroken "prompt_prefix_broken_total" COUNTER ["provider", "part"] IfAny "Prompts that did not begin with that of the turn before, by where they differ."

    // Backends and healing.
    Pressured "memory_pressure_detected_total" COUNTER ["provider", "action"] Always "Backends that ran out of memory."
    Flagged "provider_flagged_total" COUNTER ["provider", "healthy"] IfAny "How often the health cache took a provider out or had it back."
    Excluded "self_healing_excluded_total" COUNTER ["provider"] Always "How often a provider was taken out until a probe succeeds."
    Restored "self_healing_restored_total" COUNTER ["provider"] Always "How often it came back."
    Restarts "self_healing_restarts_total" COUNTER ["provider", "success"] IfAny "Restart commands that were run."
    RecoveryProbes "self_healing_recovery_probes_total" COUNTER ["provider", "success"] IfAny "Probes of providers that are out."
    DriftRecovered "drift_recovered_total" COUNTER ["provider"] IfAny "How often a provider's drift was over."

    // The rest.
    Events "events_total" COUNTER ["event"] Always "Facts by their names in logs."
    Lost "telemetry_dropped_total" COUNTER [] Always "Facts that nobody was told, as too many came at once."
    Untold "otlp_lost_total" COUNTER ["signal"] IfAny "Spans, and readings of metrics, that no OpenTelemetry collector has got."
}
