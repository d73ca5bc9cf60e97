//! What the auto router and the rules of privacy tell.

use super::*;
use canon::event::{AutoRouted, AutoRoutedBy, Signals};

#[test]
fn auto_routing() {
    let routed = |by, code_fence_ratio: Option<f64>| {
        let signals = Signals {
            has_tools: false,
            has_image: Some(true),
            model: Some("gpt \"x\" abcdEFGH12345678".to_owned()),
            content_len: code_fence_ratio.map(|_| 120),
            code_fence_ratio,
            estimated_tokens: None,
        };
        Fact::AutoRouted(Box::new(AutoRouted { profile: "coding".into(), by, signals }))
    };
    check(
        routed(AutoRoutedBy::Rule("user:2".to_owned()), Some(0.123_456)),
        "INFO",
        r#""auto-router-resolved","rule_id":"user:2","resolved_profile":"coding","signals":{"has_image":true,"code_fence_ratio":0.123,"content_len":120,"model":"gpt \"x\" [redacted:KEY]","estimated_tokens":null,"has_tools":false}"#,
        "profile coding by rule user:2",
    );
    let signals = r#""code_fence_ratio":null,"content_len":null,"model":"gpt \"x\" [redacted:KEY]","estimated_tokens":null,"has_tools":false"#;
    for (by, disabled, words) in [
        (AutoRoutedBy::NoRule, false, "profile coding: no rule fits"),
        (AutoRoutedBy::Disabled, true, "profile coding: the auto router is off"),
    ] {
        let payload = format!(
            r#""auto-router-fallthrough","resolved_profile":"coding","signals":{{{signals},"disabled":{disabled}}}"#
        );
        check(routed(by, None), "INFO", &payload, words);
    }
    check(
        Fact::PatternsGivenUp { rules: vec!["a".to_owned(), "b".to_owned()] },
        "WARNING",
        r#""pattern-limit-exceeded","rules":["a","b"]"#,
        "warning: patterns given up, too slow on this text: a, b",
    );
    check(
        Fact::LocalOnly { profile: "coding".into(), rule: "secrets".to_owned() },
        "INFO",
        r#""local-only-pinned","profile":"coding","rule":"secrets""#,
        "stays local by rule secrets",
    );
}
