//! What is told of answers that get worse, and of prompts near a context window.

use super::check;
use canon::event::{Fact, QualityFact};
use canon::id::{ProfileName, ProviderName};
use std::time::Duration;

#[track_caller]
fn check_quality(fact: QualityFact, level: &str, payload: &str, words: &str) {
    check(Fact::Quality(Box::new(fact)), level, payload, words);
}

fn a() -> ProviderName {
    "a".into()
}

fn coding() -> ProfileName {
    "coding".into()
}

#[test]
fn drift_detected() {
    check_quality(
        QualityFact::DriftDetected {
            provider: a(),
            profile: coding(),
            severity: "severe",
            reason: "empty_response_rate=0.67".to_owned(),
            action: "promote",
            signals: vec![("empty_response_rate", 2.0 / 3.0), ("error_rate", 0.0)],
        },
        "WARNING",
        r#""drift-detected","provider":"a","profile":"coding","severity":"severe","reason":"empty_response_rate=0.67","action":"promote","signals":{"empty_response_rate":0.667,"error_rate":0}"#,
        "warning: a: answers got worse (severe: empty_response_rate=0.67)",
    );
}

#[test]
fn drift_promoted() {
    check_quality(
        QualityFact::DriftPromoted {
            provider: a(),
            profile: coding(),
            rank: 3,
            cooldown: Duration::from_secs(300),
        },
        "INFO",
        r#""drift-promoted","provider":"a","profile":"coding","demoted_to_rank":3,"cooldown_s":300"#,
        "a goes last for 300 s",
    );
}

#[test]
fn drift_reload_attempted() {
    for (success, words) in [(true, "a unloaded its model"), (false, "a did not unload its model")] {
        check_quality(
            QualityFact::DriftReloaded { provider: a(), success },
            "INFO",
            &format!(r#""drift-reload-attempted","provider":"a","success":{success}"#),
            words,
        );
    }
}

#[test]
fn drift_recovered() {
    check_quality(
        QualityFact::DriftRecovered {
            provider: a(),
            profile: coding(),
            after: Duration::from_millis(301_240),
        },
        "INFO",
        r#""drift-recovered","provider":"a","profile":"coding","after_s":301.2"#,
        "a is judged anew after 301 s",
    );
}

#[test]
fn context_budget_warning() {
    check_quality(
        QualityFact::ContextWarning {
            provider: a(),
            profile: coding(),
            estimated: 7_000,
            window: 8_192,
            ratio: 7_000.0 / 8_192.0,
            action: "warn",
        },
        "WARNING",
        r#""context-budget-warning","provider":"a","profile":"coding","estimated_tokens":7000,"max_context_tokens":8192,"usage_ratio":0.854,"action":"warn""#,
        "warning: the prompt fills 85 % of the 8192 tokens of a",
    );
}

#[test]
fn context_budget_trimmed() {
    let trimmed = |missed_target, after| QualityFact::ContextTrimmed {
        provider: a(),
        profile: coding(),
        messages: (23, after),
        estimated: (9_000, 6_000),
        window: 8_192,
        missed_target,
    };
    check_quality(
        trimmed(false, 11),
        "INFO",
        r#""context-budget-trimmed","provider":"a","profile":"coding","messages_removed":12,"messages_before":23,"messages_after":11,"estimated_tokens_before":9000,"estimated_tokens_after":6000,"max_context_tokens":8192,"target_missed":false"#,
        "trimmed for a: 9000 -> 6000 tokens, 12 messages left out",
    );
    check_quality(
        trimmed(true, 23),
        "INFO",
        r#""context-budget-trimmed","provider":"a","profile":"coding","messages_removed":0,"messages_before":23,"messages_after":23,"estimated_tokens_before":9000,"estimated_tokens_after":6000,"max_context_tokens":8192,"target_missed":true"#,
        "trimmed for a: 9000 -> 6000 tokens, still too much",
    );
}
