//! No page has what must not be told.

use crate::story::clients::{attempted, finished};
use crate::story::{heard, of, redactor, standing, told};
use canon::event::{Fact, Finished, ToolRepaired};
use canon::id::RequestId;
use telemetry::shown::{metrics_json, overview, prometheus, request_summary};

const SECRET: &str = "abcdEFGH12345678";

#[test]
fn no_page_has_a_secret() {
    let padding = "x".repeat(190);
    let error = format!("{padding} {SECRET} {padding}");
    let repaired = ToolRepaired {
        provider: "local".into(),
        model: Some(SECRET.into()),
        tool: SECRET.to_owned(),
        format: "hermes",
        damage: Vec::new(),
        repaired: true,
        outcome: "repaired",
    };
    let over = Finished {
        error: Some(error.clone()),
        model: Some(SECRET.into()),
        ..finished("answered", Some("local".into()), Vec::new())
    };
    let failed = Fact::AttemptFailed {
        provider: "local".into(),
        status: None,
        retryable: false,
        error,
        midstream: false,
    };
    let facts = [
        attempted("local".into()),
        failed,
        Fact::ToolRepaired(Box::new(repaired)),
        Fact::Degraded {
            provider: "local".into(),
            dropped: vec![SECRET.to_owned()],
            reason: "translation-lossy",
        },
        Fact::Finished(Box::new(over)),
    ];
    let seen = heard(facts.map(|fact| of(1, 1.0, fact)));
    let summary = request_summary(&seen, RequestId::new(1), &redactor()).unwrap();
    for page in [
        prometheus(&seen, &standing(), &redactor()),
        metrics_json(&seen, &standing(), &redactor()).to_string(),
        overview(&seen, &standing(), &redactor()).to_string(),
        summary.to_string(),
        overview(&told(), &standing(), &redactor()).to_string(),
    ] {
        // Not even its beginning, where a text was cut.
        assert!(!page.contains("abcdEF"), "{page}");
        assert!(page.contains("[redacted:KEY]"), "{page}");
    }
}

#[test]
fn labels_are_escaped() {
    let seen = heard([of(1, 1.0, attempted("a\\b\"c\nd".into()))]);
    let page = prometheus(&seen, &standing(), &redactor());
    assert!(page.contains(r#"coderouter_provider_attempts_total{provider="a\\b\"c\nd"} 1"#), "{page}");
}
