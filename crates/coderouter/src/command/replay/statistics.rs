//! The statistics of providers, as tables and as JSON.

use super::table;
use serde_json::{Value, json};
use store::moment;
use store::replay::{Change, ProviderStatistics, Summary, compare};

const HEADS: &[&str] = &[
    "Provider",
    "Reqs",
    "Failed%",
    "AvgIn",
    "AvgOut",
    "AvgTime",
    "AvgCost",
    "TotalCost",
    "Cache%",
    "Stream%",
];

/// What all providers did.
pub(super) fn all(summary: &Summary, as_json: bool) -> String {
    let moments = [summary.first, summary.last].map(|at| at.map(moment::write));
    if as_json {
        let [first, last] = moments;
        let (cost, savings) = (summary.cost.dollars(), summary.savings.dollars());
        return json!({
            "first": first, "last": last, "requests": summary.requests, "unanswered": summary.unanswered,
            "cost_usd": cost, "savings_usd": savings,
            "providers": summary.providers.iter().map(one).collect::<Vec<_>>(),
        })
        .to_string();
    }
    let [first, last] = moments.map(Option::unwrap_or_default);
    let Summary { requests, unanswered, cost, savings, .. } = summary;
    let rows: Vec<_> = summary.providers.iter().map(row).collect();
    format!(
        "{first} to {last}\n{requests} requests, {unanswered} unanswered, ${:.4} spent, ${:.4} saved by prompt caches\n\n{}",
        cost.dollars(),
        savings.dollars(),
        table::draw(1, HEADS, &rows)
    )
}

fn row(one: &ProviderStatistics) -> Vec<String> {
    vec![
        one.provider.clone(),
        one.requests.to_string(),
        percent(one.failure_rate()),
        format!("{:.0}", one.average_prompt()),
        format!("{:.0}", one.average_output()),
        time(one.average_took_ms()),
        format!("{:.5}", one.average_cost()),
        format!("{:.4}", one.cost_usd),
        percent(one.cache_hit_ratio()),
        percent(one.streaming_ratio()),
    ]
}

/// The sums and what follows from them.
fn one(one: &ProviderStatistics) -> Value {
    let mut value = json!(one);
    for (name, number) in [
        ("average_prompt", one.average_prompt()),
        ("average_output", one.average_output()),
        ("average_cost_usd", one.average_cost()),
        ("average_took_ms", one.average_took_ms()),
        ("cache_hit_ratio", one.cache_hit_ratio()),
        ("streaming_ratio", one.streaming_ratio()),
        ("failure_rate", one.failure_rate()),
    ] {
        value[name] = number.into();
    }
    value
}

/// How it would be with the second provider in the place of the first.
pub(super) fn compared(before: &ProviderStatistics, after: &ProviderStatistics, as_json: bool) -> String {
    let changes = compare(before, after);
    if as_json {
        let changes = changes.iter().map(|change| {
            json!({
                "name": change.name, "before": change.before, "after": change.after,
                "delta": change.delta(), "relative": change.relative(),
            })
        });
        let changes: Vec<_> = changes.collect();
        return json!({"before": before.provider, "after": after.provider, "changes": changes}).to_string();
    }
    let rows: Vec<_> = changes.iter().map(changed).collect();
    let heads = ["", before.provider.as_str(), after.provider.as_str(), "Delta"];
    let mut text = table::draw(1, &heads, &rows);
    let relative = |name| changes.iter().find(|change| change.name == name).and_then(Change::relative);
    let (a, b) = (&before.provider, &after.provider);
    if let Some(part) = relative("average cost") {
        text.push_str(&format!("\n\nA request to {b} cost {} one to {a}.", words(part)));
    }
    if let Some(part) = relative("total cost") {
        text.push_str(&format!("\nAll requests to {b} together cost {} those to {a}.", words(part)));
    }
    text
}

fn changed(change: &Change) -> Vec<String> {
    let number = |number: f64| match change.name {
        "requests" | "average input" | "average output" => format!("{number:.0}"),
        "average time" => time(number),
        "average cost" | "total cost" => format!("{number:.5}"),
        _ => percent(number),
    };
    let (before, after) = (number(change.before), number(change.after));
    let sign = if change.delta() > 0.0 { "+" } else { "" };
    let delta = if before == after { "=".to_owned() } else { format!("{sign}{}", number(change.delta())) };
    vec![change.name.to_owned(), before, after, delta]
}

fn words(part: f64) -> String {
    let percent = format!("{:.0} %", part.abs() * 100.0);
    match part {
        part if part > 0.0 => format!("{percent} more than"),
        part if part < 0.0 => format!("{percent} less than"),
        _ => "as much as".to_owned(),
    }
}

fn percent(part: f64) -> String {
    format!("{:.1}", part * 100.0)
}

/// Milliseconds, in seconds where they are many. Rows without times sum up to none, which is not known.
pub(super) fn time(millis: f64) -> String {
    match millis.abs() {
        0.0 => "?".to_owned(),
        small if small < 1e3 => format!("{millis:.0}ms"),
        _ => format!("{:.1}s", millis / 1e3),
    }
}
