//! Plans of rows that were remembered, by a configuration with a window, a price and a budget.

use super::*;
use crate::discovery;
use canon::id::RequestId;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use store::replay::summarize;
use store::{Shape, Tokens};

const YAML: &str = "\
allow_paid: true
default_profile: default
providers:
  - name: small
    base_url: http://127.0.0.1:9/v1
    model: m
    max_context_tokens: 1000
    capabilities: {tools: false}
  - name: dear
    base_url: http://127.0.0.1:9/v1
    model: n
    paid: true
    cost: {input_tokens_per_million: 1000000, output_tokens_per_million: 0, monthly_budget_usd: 250}
  - name: last
    base_url: http://127.0.0.1:9/v1
    model: o
profiles:
  - name: default
    providers: [small, dear, last]
";

/// A minute of one month for each number.
fn at(minute: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_767_225_600 + minute * 60)
}

fn row(number: u64, provider: &str, tokens: u64, tools: bool) -> RequestRow {
    RequestRow {
        id: RequestId::new(number),
        at: at(number),
        profile: Some("default".into()),
        provider: Some(provider.into()),
        model: None,
        status: 200,
        attempts: 1,
        streaming: true,
        took: Duration::from_secs(2),
        first_token: None,
        tokens: Tokens { input: Some(tokens), output: Some(1), ..Tokens::default() },
        cost: Usd::from_dollars(0.5),
        savings: Usd::ZERO,
        outcome: "answered".to_owned(),
        fallbacks: Vec::new(),
        error: None,
        shape: Shape { estimated_tokens: tokens, has_tools: tools, ..Shape::default() },
        session: None,
    }
}

fn planned(rows: &[RequestRow]) -> Outcome {
    let loaded = discovery::load(YAML).unwrap();
    let known = summarize(rows);
    let mut anew = Anew::by(&loaded.config, &known);
    rows.iter().for_each(|row| anew.add(row));
    anew.finish()
}

fn lines(rows: &[RequestRow]) -> Vec<String> {
    let text = planned(rows).to_text(Path::new("other.yaml"));
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn the_shape_decides_who_is_asked() {
    let rows = [row(1, "old", 100, false), row(2, "old", 100, true)];
    let lines = lines(&rows);
    assert_eq!(lines[0], "2 requests planned anew by other.yaml: 2 would first have gone elsewhere");
    assert!(lines.contains(&"old small 1 0.5000 0.0000 ? ?".to_owned()), "{lines:#?}");
    assert!(lines.contains(&"old dear 1 0.5000 100.0000 ? ?".to_owned()), "{lines:#?}");
}

#[test]
fn what_the_new_plans_spend_counts_against_the_new_budgets() {
    let rows: Vec<_> = (1..=5).map(|number| row(number, "last", 100, true)).collect();
    let lines = lines(&rows);
    assert!(lines.contains(&"last dear 3 1.5000 300.0000 ? ?".to_owned()), "{lines:#?}");
    assert!(lines.contains(&"last last 2 1.0000 0.0000 2.0s 2.0s".to_owned()), "{lines:#?}");
    assert!(lines.contains(&"all 5 2.5000 300.0000 2.0s 2.0s".to_owned()), "{lines:#?}");
}

#[test]
fn what_is_not_known_is_said() {
    let nameless =
        RequestRow { profile: Some("gone".into()), tokens: Tokens::default(), ..row(1, "last", 100, true) };
    let text = planned(&[nameless]).to_text(Path::new("other.yaml"));
    for words in
        ["1 requests have no price", "1 requests are in no wait", "a profile that this configuration"]
    {
        assert!(text.contains(words), "{text}");
    }
}
