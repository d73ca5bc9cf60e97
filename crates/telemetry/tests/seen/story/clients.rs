//! What clients ask, and how they are answered.

use super::of;
use canon::config::ToolLoopAction;
use canon::event::{
    AutoRouted, AutoRoutedBy, CacheObserved, Capability, Departure, Event, Fact, Finished, FlowFact,
    RequestShape, Signals, SkipReason, TokenCounts, ToolChoiceEmulated, ToolCountSeen, ToolLoopSeen,
    ToolRepaired,
};
use canon::id::ProviderName;
use canon::moment::Month;
use canon::money::Usd;
use canon::usage::Usage;
use std::time::Duration;

/// All of it, in order.
pub fn facts() -> Vec<Event> {
    [plain(), moved_on(), broke(), refused(), hedged(), odd(), on_its_way()].concat()
}

fn local() -> ProviderName {
    "local".into()
}

fn cloud() -> ProviderName {
    "cloud".into()
}

pub fn attempted(provider: ProviderName) -> Fact {
    Fact::Attempted { provider, stream: true, native: true, traced: None }
}

pub fn answered(provider: ProviderName, millis: u64) -> Fact {
    let first_token = Some(Duration::from_millis(millis / 4));
    Fact::Answered { provider, stream: true, native: true, took: Duration::from_millis(millis), first_token }
}

pub fn failed(provider: ProviderName, midstream: bool) -> Fact {
    let error = "[local] no: abcdEFGH12345678".to_owned();
    Fact::AttemptFailed { provider, status: Some(503), retryable: true, error, midstream }
}

fn observed(provider: ProviderName, usage: Usage, cost: f64) -> Fact {
    Fact::CacheObserved(Box::new(CacheObserved {
        provider,
        request_had_cache_control: true,
        streaming: true,
        usage,
        cost: Usd::from_dollars(cost),
        savings: Usd::from_dollars(cost / 2.0),
        tax: Some((Usd::from_dollars(cost / 10.0), 1.5)),
    }))
}

fn usage(output: u64, cache_read: u64) -> Usage {
    Usage { input: Some(1_000), output: Some(output), cache_read: Some(cache_read), ..Usage::default() }
}

pub fn finished(
    outcome: &'static str,
    provider: Option<ProviderName>,
    departures: Vec<Departure>,
) -> Finished {
    Finished {
        status: if provider.is_some() { 200 } else { 503 },
        profile: Some("coding".into()),
        model: provider.as_ref().map(|_| "qwen3-coder:30b".into()),
        provider,
        attempts: 1 + departures.len(),
        took: Duration::from_millis(4_100),
        first_token: Some(Duration::from_millis(900)),
        stream: true,
        outcome,
        departures,
        tokens: TokenCounts {
            input: Some(1_000),
            output: Some(120),
            cache_read: Some(500),
            cache_write: None,
        },
        cost: Usd::from_dollars(0.0123),
        savings: Usd::from_dollars(0.004),
        shape: RequestShape { class: "main", ..RequestShape::default() },
        ..Finished::default()
    }
}

fn departure(reason: &'static str, attempted: bool) -> Departure {
    Departure { from: "local".into(), reason, attempted }
}

fn skipped(provider: ProviderName, reason: SkipReason, later: bool) -> Fact {
    Fact::ProviderSkipped { profile: "coding".into(), provider, reason, later }
}

/// A request that the first provider answers, with a call that is mended.
fn plain() -> Vec<Event> {
    let repaired = ToolRepaired {
        provider: local(),
        model: Some("qwen3-coder:30b".into()),
        tool: "Bash".to_owned(),
        format: "hermes",
        damage: vec!["single-quotes"],
        repaired: true,
        outcome: "repaired",
    };
    let left = ToolRepaired { repaired: false, outcome: "unknown-tool", ..repaired.clone() };
    let routed =
        AutoRouted { profile: "coding".into(), by: AutoRoutedBy::NoRule, signals: Signals::default() };
    vec![
        of(1, 1.0, Fact::AutoRouted(Box::new(routed))),
        of(1, 1.0, skipped(cloud(), SkipReason::PaidGate, false)),
        of(1, 1.0, attempted(local())),
        of(1, 2.0, Fact::ToolRepaired(Box::new(repaired))),
        of(1, 2.0, Fact::ToolRepaired(Box::new(left))),
        of(1, 5.0, answered(local(), 4_000)),
        of(1, 5.0, observed(local(), usage(120, 500), 0.0)),
        of(1, 5.0, Fact::Finished(Box::new(finished("answered", Some(local()), Vec::new())))),
    ]
}

/// A request that moves on to the second, with a guard that warns.
fn moved_on() -> Vec<Event> {
    let looped = ToolLoopSeen {
        profile: "coding".into(),
        tool: "Read".to_owned(),
        repeat_count: 3,
        period: Some(1),
        threshold: 3,
        window: 10,
        action: ToolLoopAction::Warn,
    };
    let fell = Fact::FellBack {
        from: local(),
        to: Some(cloud()),
        reason: "upstream-5xx",
        detail: Some("status=503".to_owned()),
        profile: "coding".into(),
        stream: true,
        pre_attempt: false,
        hop: 0,
    };
    let over = finished("answered", Some(cloud()), vec![departure("upstream-5xx", true)]);
    vec![
        of(2, 61.0, Fact::ToolLoopSeen(Box::new(looped))),
        of(2, 61.0, attempted(local())),
        of(2, 61.5, failed(local(), false)),
        of(2, 61.5, attempted(cloud())),
        of(2, 65.0, answered(cloud(), 3_500)),
        of(2, 65.0, observed(cloud(), usage(80, 0), 0.0123)),
        of(2, 65.0, fell),
        of(2, 65.0, Fact::Finished(Box::new(over))),
    ]
}

/// An answer that breaks off, and is given as a short one.
fn broke() -> Vec<Event> {
    let short = Fact::PartialSurfaced {
        provider: local(),
        profile: "coding".into(),
        text_blocks: 1,
        text_length: 99,
    };
    let truncated = Fact::StreamTruncated {
        provider: local(),
        action: "error",
        wire: "openai",
        events: 12,
        call_in_flight: false,
    };
    let empty = Fact::EmptyAnswer { provider: local(), action: "fallback", stream: true, exhausted: true };
    let over = finished("surfaced", Some(local()), vec![departure("stream-truncated", true)]);
    vec![
        of(3, 70.0, attempted(local())),
        of(3, 70.5, empty),
        of(3, 71.0, truncated),
        of(3, 71.0, failed(local(), true)),
        of(3, 71.0, short),
        of(3, 71.0, Fact::MidstreamError { provider: local(), error: "no".to_owned() }),
        of(3, 71.0, Fact::MalformedFrame { provider: local(), error: "no".to_owned() }),
        of(3, 71.0, observed(local(), Usage::default(), 0.0)),
        of(3, 71.0, Fact::Finished(Box::new(over))),
    ]
}

/// Requests that nobody answers: money is spent, a key is wrong, a client leaves.
fn refused() -> Vec<Event> {
    let month = Month { year: 2026, month: 11 };
    let spent = SkipReason::BudgetExceeded { cap: Usd::ZERO, spent: Usd::ZERO, month };
    let blocked = |reason| Fact::ChainBlocked { profile: "coding".into(), reason, providers: vec![cloud()] };
    let pressed = SkipReason::MemoryPressure { wait: Duration::from_secs(5) };
    let nobody = Finished {
        error: Some("nobody is left: abcdEFGH12345678".to_owned()),
        attempts: 0,
        ..finished("unanswered", None, vec![departure("budget-exceeded", false)])
    };
    let auth = Fact::UniformAuthFailure { profile: "coding".into(), status: 401, providers: vec![cloud()] };
    vec![
        of(4, 80.0, skipped(cloud(), spent, false)),
        of(4, 80.0, skipped(local(), pressed, true)),
        of(4, 80.0, skipped(local(), SkipReason::Unhealthy, true)),
        of(4, 80.0, skipped("gone".into(), SkipReason::UnknownProvider, false)),
        of(4, 80.0, skipped(local(), SkipReason::Incapable(Capability::Vision), false)),
        of(4, 80.0, blocked(spent)),
        of(4, 80.0, blocked(pressed)),
        of(4, 80.0, blocked(SkipReason::PaidGate)),
        of(4, 80.0, blocked(SkipReason::LocalOnly)),
        of(4, 80.0, auth),
        of(4, 80.0, Fact::ErrorAnswered { status: 503, kind: "overloaded_error" }),
        of(4, 80.0, Fact::Finished(Box::new(nobody))),
        of(5, 81.0, attempted(cloud())),
        of(5, 82.0, Fact::ClientGone { midstream: true }),
        of(5, 82.0, Fact::Finished(Box::new(finished("left", Some(cloud()), Vec::new())))),
    ]
}

/// A second provider beside a slow one: it is one attempt, whenever it is told.
fn hedged() -> Vec<Event> {
    let flow = |fact| Fact::Flow(Box::new(fact));
    let after = Duration::from_secs(2);
    let over = finished("answered", Some(cloud()), vec![departure("hedged", true)]);
    vec![
        of(6, 90.0, attempted(local())),
        of(6, 92.0, flow(FlowFact::Hedged { provider: local(), rival: cloud(), after, traced: None })),
        of(6, 93.0, flow(FlowFact::HedgeWon { provider: cloud(), loser: local() })),
        of(6, 93.0, attempted(cloud())),
        of(6, 94.0, answered(cloud(), 2_000)),
        of(6, 94.0, observed(cloud(), usage(60, 900), 0.004)),
        of(6, 94.0, Fact::Finished(Box::new(over))),
    ]
}

/// Facts that are rare.
fn odd() -> Vec<Event> {
    let counted = ToolCountSeen {
        profile: "coding".into(),
        total_count: 90,
        max_allowed: 50,
        action: ToolLoopAction::Inject,
    };
    let emulated = ToolChoiceEmulated { provider: local(), tool: None, mode: "any" };
    let flow = |fact| Fact::Flow(Box::new(fact));
    let wait = Duration::from_secs(1);
    [
        Fact::ModeResolved { mode: "fast".to_owned(), profile: "coding".into() },
        Fact::PatternsGivenUp { rules: vec!["r".to_owned()] },
        Fact::LocalOnly { profile: "coding".into(), rule: "r".to_owned() },
        Fact::ToolCountSeen(Box::new(counted)),
        Fact::ToolSearch { action: "expand", profile: "coding".into() },
        Fact::ToolChoiceEmulated(Box::new(emulated)),
        Fact::ToolReasked { provider: local(), tool: "Bash".to_owned(), why: "bad-json" },
        Fact::Degraded {
            provider: local(),
            dropped: vec!["thinking".to_owned(), "cache_control".to_owned()],
            reason: "translation-lossy",
        },
        Fact::OutputFiltered { provider: local(), filters: vec!["strip-thinking"], stream: true },
        Fact::CacheControlStripped { provider: local(), markers: 4 },
        flow(FlowFact::Reordered { declared: Vec::new(), effective: Vec::new(), stats: Vec::new() }),
        flow(FlowFact::LastResort { profile: "coding".into(), providers: vec![local()] }),
        flow(FlowFact::Queued { provider: local(), profile: "coding".into(), wait }),
        flow(FlowFact::Resumed { from: local(), provider: cloud(), text_length: 9, overlap: 2 }),
        flow(FlowFact::OutputLowered { provider: cloud(), asked: Some(9), lowered: 2 }),
        flow(FlowFact::PrefixBroken { provider: local(), at: 7, part: "tools" }),
        Fact::Finished(Box::new(Finished { outcome: "welcomed", status: 200, ..Finished::default() })),
    ]
    .into_iter()
    .map(|fact| of(7, 100.0, fact))
    .chain([of(8, 101.0, Fact::TokensCounted { method: "heuristic", input_tokens: 77 })])
    .collect()
}

/// A request that is not over yet.
fn on_its_way() -> Vec<Event> {
    vec![of(9, 230.0, attempted(local()))]
}
