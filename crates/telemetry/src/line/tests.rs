//! Every fact as both lines, as a table, and the law that a line is one line.

use super::*;
use crate::redact::Redactor;
use canon::event::{CacheObserved, Event, Fact, Finished, Level, Notice, SkipReason, Started};
use canon::id::RequestId;
use canon::money::Usd;
use canon::usage::Usage;
use proptest::prelude::*;
use std::time::{Duration, UNIX_EPOCH};

fn redactor() -> Redactor {
    Redactor::new([("KEY".to_owned(), "abcdEFGH12345678".to_owned())])
}

fn event(fact: Fact) -> Event {
    let at = UNIX_EPOCH + Duration::from_millis(1_770_091_506_789);
    Event { at, request: Some(RequestId::new(0x1a2b_0000_0000_0000)), fact }
}

fn lines(event: &Event) -> (String, String) {
    let (mut json, mut short) = (Vec::new(), Vec::new());
    write_json(event, &redactor(), &mut json);
    write_short(event, &redactor(), UtcOffset::default(), &mut short);
    (String::from_utf8(json).unwrap(), String::from_utf8(short).unwrap())
}

/// The payload between what begins and ends every line, and the words behind the time and the request.
fn check(fact: Fact, level: &str, payload: &str, words: &str) {
    let told = event(fact);
    let (json, short) = lines(&told);
    let head = format!(r#"{{"ts":"2026-02-03T04:05:06.789Z","level":"{level}","logger":"coderouter","msg":"#);
    let tail = ",\"request_id\":\"req_1a2b000000000000\"}\n";
    assert_eq!(json, format!("{head}{payload}{tail}"));
    serde_json::from_str::<serde_json::Value>(&json).unwrap();
    let (name, word) = name(&told.fact);
    let mut fields = Vec::new();
    write_fields(&told, &redactor(), &mut fields);
    let fields = String::from_utf8(fields).unwrap();
    let rest = payload.strip_prefix(&format!("\"{name}\"")).unwrap().trim_start_matches(',');
    let comma = if rest.is_empty() { "" } else { "," };
    assert_eq!((word, fields), (level, format!("{{{rest}{comma}{}}}", &tail[1..tail.len() - 2])));
    let words = if words.is_empty() { String::new() } else { format!("04:05:06 req_1a2b {words}\n") };
    assert_eq!(short, words);
}

#[test]
fn planning() {
    let profile = || "coding".into();
    check(
        Fact::ModeResolved { mode: "think".to_owned(), profile: profile() },
        "INFO",
        r#""mode-alias-resolved","mode":"think","profile":"coding""#,
        "mode think is profile coding",
    );
    let skipped = |reason| Fact::ProviderSkipped {
        profile: profile(),
        provider: "a".into(),
        reason,
        later: reason == SkipReason::JustFailed,
    };
    check(
        skipped(SkipReason::PaidGate),
        "INFO",
        r#""skip-paid-provider","profile":"coding","provider":"a""#,
        "passed over a: it costs money",
    );
    check(
        skipped(SkipReason::UnknownProvider),
        "WARNING",
        r#""skip-unknown-provider","profile":"coding","provider":"a""#,
        "warning: passed over a: nobody declared it",
    );
    check(
        skipped(SkipReason::JustFailed),
        "INFO",
        r#""demote-just-failed-provider","profile":"coding","provider":"a""#,
        "a goes last: it has just failed",
    );
    let providers = vec!["a".into(), "b".into()];
    check(
        Fact::ChainBlocked { profile: profile(), reason: SkipReason::PaidGate, providers },
        "WARNING",
        r#""chain-paid-gate-blocked","profile":"coding","blocked_providers":["a","b"],"hint":"set ALLOW_PAID=true or add a free provider to the profile""#,
        "warning: nobody in profile coding may be tried (a, b): set ALLOW_PAID=true or add a free provider to the profile",
    );
    check(
        Fact::ToolSearch { action: "reject", profile: profile() },
        "INFO",
        r#""tool-search-request","action":"reject","profile":"coding""#,
        "tool search: reject",
    );
}

#[test]
fn attempts() {
    let provider = || "llama-cpp".into();
    check(
        Fact::Attempted { provider: provider(), stream: true, native: false },
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
        r#""provider-ok","provider":"llama-cpp","stream":true,"native":true,"duration_ms":2100.2,"first_token_ms":340.0"#,
        "llama-cpp answered in 2.1 s, first token after 340 ms",
    );
    check(
        answered(None),
        "INFO",
        r#""provider-ok","provider":"llama-cpp","stream":true,"native":true,"duration_ms":2100.2,"first_token_ms":null"#,
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
        profile: profile(),
        stream: false,
        pre_attempt: false,
        hop: 0,
    };
    check(
        fell(Some("b")),
        "WARNING",
        r#""fallback-occurred","provider":"llama-cpp","from_provider":"llama-cpp","to_provider":"b","reason":"connection","profile":"coding","stream":false,"pre_attempt":false,"hop_index":0"#,
        "warning: llama-cpp -> b (connection)",
    );
    check(
        fell(None),
        "WARNING",
        r#""fallback-occurred","provider":"llama-cpp","from_provider":"llama-cpp","to_provider":null,"reason":"connection","profile":"coding","stream":false,"pre_attempt":false,"hop_index":0"#,
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
fn the_process() {
    let mut started = event(Fact::Started(Box::new(Started {
        version: "0.1.0",
        providers: vec!["a".into(), "b".into()],
        profiles: vec!["coding".into()],
        allow_paid: true,
        default_profile: "coding".into(),
        mode_source: "config",
    })));
    started.request = None;
    let (json, short) = lines(&started);
    assert_eq!(
        json,
        "{\"ts\":\"2026-02-03T04:05:06.789Z\",\"level\":\"INFO\",\"logger\":\"coderouter\",\
         \"msg\":\"coderouter-startup\",\"version\":\"0.1.0\",\"providers\":[\"a\",\"b\"],\
         \"profiles\":[\"coding\"],\"allow_paid\":true,\"default_profile\":\"coding\",\"mode_source\":\"config\"}\n"
    );
    assert_eq!(short, "04:05:06 coderouter 0.1.0, profile coding, providers a, b, paid ones too\n");
    check(Fact::Stopped, "INFO", r#""coderouter-shutdown""#, "coderouter stopped");
    let notice = |level| {
        let fields = vec![("path", "~/x.yaml".to_owned()), ("hint", "say \"so\"".to_owned())];
        Fact::Notice(Notice { name: "config-reload-failed", level, fields })
    };
    let payload = r#""config-reload-failed","path":"~/x.yaml","hint":"say \"so\"""#;
    check(
        notice(Level::Error),
        "ERROR",
        payload,
        "error: config-reload-failed path=~/x.yaml hint=say \"so\"",
    );
    check(notice(Level::Debug), "DEBUG", payload, "");
}

#[test]
fn an_error_is_cut_after_its_secrets_are_out() {
    let error = "x".repeat(490) + "abcdEFGH12345678" + &"y".repeat(500);
    let fact = Fact::MidstreamError { provider: "a".into(), error };
    let (json, short) = lines(&event(fact));
    for line in [json, short] {
        assert!(line.contains("xx[redacted:…"), "{line}");
        assert!(!line.contains("abcd"), "{line}");
    }
}

proptest! {
    #[test]
    fn a_line_is_one_line_whatever_is_in_it(text in "\\PC*|.*", mode in ".*") {
        for fact in [
            Fact::MidstreamError { provider: text.as_str().into(), error: text.clone() },
            Fact::ModeResolved { mode, profile: text.as_str().into() },
            Fact::Degraded { provider: "a".into(), dropped: vec![text.clone()], reason: "non-standard-field" },
        ] {
            let (json, short) = lines(&event(fact));
            prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{json}");
            prop_assert_eq!((json.ends_with('\n'), json.matches('\n').count()), (true, 1));
            prop_assert!(short.ends_with('\n') && short.chars().filter(|c| c.is_control()).count() == 1);
        }
    }
}
