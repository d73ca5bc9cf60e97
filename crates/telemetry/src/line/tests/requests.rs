//! What is told of a request from its attempts to its end.

use super::check;
use canon::event::{CacheObserved, Fact, Finished, ToolRepaired};
use canon::money::Usd;
use canon::usage::Usage;
use std::time::Duration;

#[test]
fn attempts() {
    let provider = || "llama-cpp".into();
    check(
        Fact::Attempted { provider: provider(), stream: true, native: false, traced: None },
        "INFO",
        r#""try-provider","provider":"llama-cpp","stream":true,"native":false"#,
        "trying llama-cpp",
    );
    let took = Duration::from_micros(2_100_250);
    let answered =
        |first_token| Fact::Answered { provider: provider(), stream: true, native: true, took, first_token };
    check(
        answered(Some(Duration::from_millis(340))),
        "INFO",
        r#""provider-ok","provider":"llama-cpp","stream":true,"native":true,"duration_ms":2100.3,"first_token_ms":340.0"#,
        "llama-cpp answered in 2.1 s, first token after 340 ms",
    );
    check(
        answered(None),
        "INFO",
        r#""provider-ok","provider":"llama-cpp","stream":true,"native":true,"duration_ms":2100.3,"first_token_ms":null"#,
        "llama-cpp answered in 2.1 s",
    );
    let failed = |status, midstream| Fact::AttemptFailed {
        provider: provider(),
        status,
        retryable: true,
        error: "no, abcdEFGH12345678\n\u{1b}[2J".to_owned(),
        midstream,
    };
    check(
        failed(Some(503), false),
        "WARNING",
        r#""provider-failed","provider":"llama-cpp","status":503,"retryable":true,"error":"no, [redacted:KEY]\n\u001b[2J""#,
        "warning: tried llama-cpp -> 503 no, [redacted:KEY]  [2J",
    );
    check(
        failed(None, true),
        "WARNING",
        r#""provider-failed-midstream","provider":"llama-cpp","status":null,"retryable":true,"error":"no, [redacted:KEY]\n\u001b[2J""#,
        "warning: llama-cpp broke off: no, [redacted:KEY]  [2J",
    );
}

#[test]
fn departures() {
    let (provider, profile) = (|| "llama-cpp".into(), || "coding".into());
    let fell = |to: Option<&str>| Fact::FellBack {
        from: provider(),
        to: to.map(Into::into),
        reason: "connection",
        detail: to.map(|_| "transport=connection".to_owned()),
        profile: profile(),
        stream: false,
        pre_attempt: false,
        hop: 0,
    };
    check(
        fell(Some("b")),
        "WARNING",
        r#""fallback-occurred","provider":"llama-cpp","from_provider":"llama-cpp","to_provider":"b","reason":"connection","detail":"transport=connection","profile":"coding","stream":false,"pre_attempt":false,"hop_index":0"#,
        "warning: llama-cpp -> b (connection)",
    );
    check(
        fell(None),
        "WARNING",
        r#""fallback-occurred","provider":"llama-cpp","from_provider":"llama-cpp","to_provider":null,"reason":"connection","detail":null,"profile":"coding","stream":false,"pre_attempt":false,"hop_index":0"#,
        "warning: llama-cpp -> nobody left (connection)",
    );
    check(
        Fact::UniformAuthFailure { profile: profile(), status: 401, providers: vec![provider(), "b".into()] },
        "WARNING",
        r#""chain-uniform-auth-failure","profile":"coding","status":401,"count":2,"providers":["llama-cpp","b"],"hint":"probable-misconfig""#,
        "warning: every provider answered 401: check the keys of llama-cpp, b",
    );
}

#[test]
fn what_a_provider_could_not() {
    let provider = || "a".into();
    check(
        Fact::Degraded {
            provider: provider(),
            dropped: vec!["thinking".to_owned(), "top_k".to_owned()],
            reason: "translation-lossy",
        },
        "INFO",
        r#""capability-degraded","provider":"a","dropped":["thinking","top_k"],"reason":"translation-lossy""#,
        "",
    );
    check(
        Fact::CacheControlStripped { provider: provider(), markers: 3 },
        "INFO",
        r#""cache-control-stripped","provider":"a","markers_removed":3"#,
        "a goes without 3 cache markers",
    );
    check(
        Fact::MalformedFrame { provider: provider(), error: "bad json".to_owned() },
        "WARNING",
        r#""malformed-stream-chunk","provider":"a","error":"bad json""#,
        "warning: a sent a frame that can't be read: bad json",
    );
    let (action, call_in_flight) = ("error", true);
    check(
        Fact::StreamTruncated { provider: provider(), action, wire: "openai", events: 7, call_in_flight },
        "WARNING",
        r#""stream-truncation-detected","provider":"a","action":"error","wire":"openai","events_forwarded":7,"saw_stream_start":true,"tool_call_in_flight":true"#,
        "warning: a ended its stream without an end",
    );
    check(
        Fact::EmptyAnswer { provider: provider(), action: "fallback", stream: false, exhausted: true },
        "WARNING",
        r#""empty-response-detected","provider":"a","action":"fallback","stream":false,"chain_exhausted":true"#,
        "warning: a answered nothing",
    );
    check(
        Fact::PartialSurfaced {
            provider: provider(),
            profile: "coding".into(),
            text_blocks: 1,
            text_length: 42,
        },
        "INFO",
        r#""partial-stitch-surfaced","provider":"a","profile":"coding","text_blocks":1,"text_length":42"#,
        "a broke off; its 42 characters were kept",
    );
    check(
        Fact::MidstreamError { provider: provider(), error: "cut".to_owned() },
        "WARNING",
        r#""sse-midstream-error","provider":"a","original":"cut""#,
        "warning: the answer of a ended with an error: cut",
    );
}

#[test]
fn what_the_client_saw() {
    check(
        Fact::ClientGone { midstream: true },
        "INFO",
        r#""sse-client-disconnect","midstream":true"#,
        "the client went away in the middle of the answer",
    );
    check(
        Fact::ErrorAnswered { status: 502, kind: "api_error" },
        "INFO",
        r#""anthropic-error-response","status":502,"error_type":"api_error""#,
        "answered 502 api_error",
    );
    check(
        Fact::TokensCounted { method: "heuristic", input_tokens: 12 },
        "INFO",
        r#""count-tokens-served","method":"heuristic","input_tokens":12"#,
        "",
    );
    let usage = Usage { input: Some(1_000), output: Some(500), cache_read: Some(2_000), ..Usage::default() };
    let mut observed = CacheObserved {
        provider: "a".into(),
        request_had_cache_control: true,
        streaming: true,
        usage,
        cost: Usd::from_dollars(0.011475),
        savings: Usd::from_dollars(0.0054),
        tax: None,
    };
    check(
        Fact::CacheObserved(Box::new(observed.clone())),
        "INFO",
        r#""cache-observed","provider":"a","request_had_cache_control":true,"outcome":"cache_hit","cache_read_input_tokens":2000,"cache_creation_input_tokens":0,"input_tokens":1000,"output_tokens":500,"streaming":true,"cost_usd":0.011475,"cost_savings_usd":0.0054"#,
        "1000 tokens read, 2000 more from cache, 500 written, $0.0115",
    );
    (observed.usage, observed.cost, observed.savings) = (Usage::default(), Usd::ZERO, Usd::ZERO);
    check(
        Fact::CacheObserved(Box::new(observed)),
        "INFO",
        r#""cache-observed","provider":"a","request_had_cache_control":true,"outcome":"unknown","cache_read_input_tokens":0,"cache_creation_input_tokens":0,"input_tokens":0,"output_tokens":0,"streaming":true,"cost_usd":0,"cost_savings_usd":0"#,
        "0 tokens read, 0 written",
    );
    let took = Duration::from_millis(12);
    let (profile, provider, model) = (Some("coding".into()), Some("a".into()), None);
    check(
        Fact::Finished(Box::new(Finished {
            status: 200,
            profile,
            provider,
            model,
            attempts: 1,
            took,
            ..Finished::default()
        })),
        "INFO",
        r#""request-finished","status":200,"profile":"coding","provider":"a","model":null,"attempts":1,"duration_ms":12.0"#,
        "",
    );
}

#[test]
fn calls_and_filters() {
    let provider = || "a".into();
    let mended = |damage, repaired, outcome| ToolRepaired {
        provider: provider(),
        model: Some("qwen".into()),
        tool: "Bash".to_owned(),
        format: "hermes",
        damage,
        repaired,
        outcome,
    };
    check(
        Fact::ToolRepaired(Box::new(mended(vec!["C3", "N1"], true, "call"))),
        "INFO",
        r#""tool-repair-applied","provider":"a","model":"qwen","tool":"Bash","format":"hermes","corruptions":["C3","N1"],"outcome":"call""#,
        "a: call of Bash repaired (hermes, C3, N1)",
    );
    check(
        Fact::ToolRepaired(Box::new(mended(vec![], false, "unknown-tool"))),
        "INFO",
        r#""tool-repair-declined","provider":"a","model":"qwen","tool":"Bash","format":"hermes","corruptions":[],"outcome":"unknown-tool""#,
        "a: Bash left as text (unknown-tool)",
    );
    check(
        Fact::ToolReasked { provider: provider(), tool: String::new(), why: "bad-json" },
        "INFO",
        r#""tool-repair-reasked","provider":"a","tool":"","reason":"bad-json""#,
        "a: asked for again (bad-json)",
    );
    check(
        Fact::OutputFiltered { provider: provider(), filters: vec!["think", "bytes"], stream: true },
        "INFO",
        r#""output-filter-applied","provider":"a","filters":["think","bytes"],"streaming":true"#,
        "a: filtered by think, bytes",
    );
    check(
        Fact::Degraded {
            provider: provider(),
            dropped: vec!["thinking".to_owned()],
            reason: "provider-does-not-support",
        },
        "INFO",
        r#""capability-degraded","provider":"a","dropped":["thinking"],"reason":"provider-does-not-support""#,
        "a goes without thinking (provider-does-not-support)",
    );
}
