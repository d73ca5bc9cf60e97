//! What is told of a request's way along its chain.

use super::check;
use canon::event::{Fact, FlowFact};
use canon::id::{ProfileName, ProviderName};
use std::time::Duration;

#[track_caller]
fn check_flow(fact: FlowFact, level: &str, payload: &str, words: &str) {
    check(Fact::Flow(Box::new(fact)), level, payload, words);
}

fn a() -> ProviderName {
    "a".into()
}

fn b() -> ProviderName {
    "b".into()
}

fn coding() -> ProfileName {
    "coding".into()
}

#[test]
fn adaptive_routing_applied() {
    let stats = vec![(b(), Some(Duration::from_micros(100_049)), 0.0, 4), (a(), None, 2.0 / 3.0, 3)];
    check_flow(
        FlowFact::Reordered { declared: vec![a(), b()], effective: vec![b(), a()], stats },
        "INFO",
        r#""adaptive-routing-applied","static_order":["a","b"],"effective_order":["b","a"],"stats":{"b":{"median_latency_ms":100,"error_rate":0,"sample_count":4},"a":{"median_latency_ms":null,"error_rate":0.6667,"sample_count":3}}"#,
        "order by speed and failures: b, a",
    );
    check_flow(
        FlowFact::Reordered { declared: Vec::new(), effective: Vec::new(), stats: Vec::new() },
        "INFO",
        r#""adaptive-routing-applied","static_order":[],"effective_order":[],"stats":{}"#,
        "order by speed and failures: ",
    );
}

#[test]
fn chain_all_unhealthy_last_resort() {
    check_flow(
        FlowFact::LastResort { profile: coding(), providers: vec![a(), b()] },
        "INFO",
        r#""chain-all-unhealthy-last-resort","profile":"coding","providers":["a","b"]"#,
        "everybody in profile coding is doubted; trying a, b all the same",
    );
}

#[test]
fn request_queued() {
    check_flow(
        FlowFact::Queued { provider: a(), profile: coding(), wait: Duration::from_millis(2_500) },
        "INFO",
        r#""request-queued","provider":"a","profile":"coding","wait_s":2.5"#,
        "waiting up to 2 s for a",
    );
}

#[test]
fn hedge_started_and_decided() {
    check_flow(
        FlowFact::Hedged { provider: a(), rival: b(), after: Duration::from_millis(4_000), traced: None },
        "INFO",
        r#""hedge-started","provider":"a","rival":"b","after_ms":4000.0"#,
        "a is slow (4.0 s): trying b beside it",
    );
    check_flow(
        FlowFact::HedgeWon { provider: b(), loser: a() },
        "INFO",
        r#""hedge-decided","provider":"b","loser":"a""#,
        "b was first, a was let go",
    );
}

#[test]
fn partial_stitch_resumed() {
    check_flow(
        FlowFact::Resumed { from: a(), provider: b(), text_length: 900, overlap: 12 },
        "INFO",
        r#""partial-stitch-resumed","provider":"b","from_provider":"a","text_length":900,"overlap":12"#,
        "b goes on where a broke off",
    );
}

#[test]
fn budget_output_lowered() {
    let words = "warning: a may write 1024 tokens: the budget buys no more";
    check_flow(
        FlowFact::OutputLowered { provider: a(), asked: Some(64_000), lowered: 1_024 },
        "WARNING",
        r#""budget-output-lowered","provider":"a","max_tokens":64000,"lowered_to":1024"#,
        words,
    );
    check_flow(
        FlowFact::OutputLowered { provider: a(), asked: None, lowered: 1_024 },
        "WARNING",
        r#""budget-output-lowered","provider":"a","max_tokens":null,"lowered_to":1024"#,
        words,
    );
}

#[test]
fn prompt_prefix_broken() {
    check_flow(
        FlowFact::PrefixBroken { provider: a(), at: 1_234, part: "tools" },
        "WARNING",
        r#""prompt-prefix-broken","provider":"a","at_byte":1234,"part":"tools""#,
        "warning: a reads the prompt anew: it differs from byte 1234 on, in tools",
    );
}
