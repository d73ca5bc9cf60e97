//! What the router did while the agent ran, in a few lines: its figures before and after.

use crate::command::plain::plain;
use crate::command::running::Running;
use crate::command::serve::attached;
use bytes::Bytes;
use http::Method;
use serde_json::Value;
use std::fmt::Write;
use std::time::{Duration, Instant};

/// How long at least, and at most, figures are waited for that are on their way: facts are gathered before they are
/// counted, and an agent that was ended leaves requests behind.
const SETTLING: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(1));

/// What a router has seen so far.
///
/// # Errors
/// If it can't be asked.
pub async fn look(running: &Running) -> anyhow::Result<Value> {
    let metrics = running.ask(Method::GET, "/metrics.json", &[], Bytes::new()).await?;
    Ok(attached::figures(running.overview().await?, metrics))
}

/// The same once an agent has ended, while the router goes on.
///
/// # Errors
/// If it can't be asked any more.
pub async fn settled(running: &Running, before: &Value) -> anyhow::Result<Value> {
    let started = Instant::now();
    let there_before = count(&before["requests"]["in_flight"]);
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let after = look(running).await?;
        let is_quiet = count(&after["requests"]["in_flight"]) <= there_before;
        let waited = started.elapsed();
        if (is_quiet && waited > SETTLING.0) || waited > SETTLING.1 {
            return Ok(after);
        }
    }
}

/// The account of it; `others` says that the router may have served others meanwhile.
pub fn lines(before: &Value, after: &Value, took: Duration, others: bool) -> Vec<String> {
    let sum = Sum { before, after };
    let requests = sum.of("/requests/total");
    if requests == 0 {
        return vec!["coderouter: the agent asked nothing of the router".to_owned()];
    }
    let mut first = format!("coderouter: {} in {}", some(requests, "request"), lasted(took));
    let answers = sum.by_name("providers", "name", "/ok");
    if !answers.is_empty() {
        let _ = write!(first, "; answered by {}", listed(&answers));
    }
    for (pointer, words) in [
        ("/requests/fell_back", "fell back"),
        ("/requests/failed", "not answered"),
        ("/requests/broken", "broken off"),
        ("/requests/left", "given up by the agent"),
    ] {
        let many = sum.of(pointer);
        if many > 0 {
            let _ = write!(first, "; {many} {words}");
        }
    }
    if others {
        first.push_str(" (with those of others who asked it meanwhile)");
    }
    let mut lines = vec![first, format!("  {}", tokens(&sum))];
    lines.extend(mended(&sum));
    if sum.of("/requests/failed") > 0 {
        lines.push("hint: `coderouter doctor` says why providers do not answer".to_owned());
    }
    lines
}

fn tokens(sum: &Sum<'_>) -> String {
    let tokens = |kind: &str| sum.of_providers(&format!("/tokens/{kind}"));
    let (cached, written) = (tokens("cache_read"), tokens("output"));
    let read = tokens("input") + cached + tokens("cache_write");
    let of_caches =
        if cached > 0 { format!(", {} of them from caches", grouped(cached)) } else { String::new() };
    let mut text = format!("{} tokens read{of_caches}, {} written; ", grouped(read), grouped(written));
    let (cost, saved) = (sum.dollars("/cost_usd"), sum.dollars("/cache_savings_usd"));
    text.push_str(&if cost > 0.0 { format!("cost {}", dollars(cost)) } else { "cost nothing".to_owned() });
    if saved > 0.0 {
        let _ = write!(text, ", caches saved {}", dollars(saved));
    }
    text
}

/// What was done about answers and requests that were not as they should be.
fn mended(sum: &Sum<'_>) -> Option<String> {
    let (repaired, left) = (sum.of_providers("/repairs/repaired"), sum.of_providers("/repairs/left"));
    let guards = sum.guards();
    let parts = [
        (repaired > 0).then(|| format!("{} repaired", some(repaired, "call"))),
        (left > 0).then(|| format!("{} left as they were", some(left, "call"))),
        (!guards.is_empty()).then(|| format!("guards: {}", listed(&guards))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("  {}", parts.join("; ")))
}

/// What happens to most requests of some agents, and is nothing to be told of each time.
const USUAL: &[&str] = &["capability-degraded"];

/// Figures before and after.
struct Sum<'a> {
    before: &'a Value,
    after: &'a Value,
}

impl Sum<'_> {
    /// What a count has grown by.
    fn of(&self, pointer: &str) -> u64 {
        let at = |page: &Value| page.pointer(pointer).map_or(0, count);
        at(self.after).saturating_sub(at(self.before))
    }

    /// The same for each entry of a list, those that have grown.
    fn by_name(&self, list: &str, name: &str, pointer: &str) -> Vec<(String, u64)> {
        let at = |entry: &Value| entry.pointer(pointer).map_or(0, count);
        let grown = entries(self.after, list).iter().filter_map(|entry| {
            let before = entries(self.before, list).iter().find(|it| it[name] == entry[name]).map_or(0, at);
            let name = plain(entry[name].as_str()?).into_owned();
            Some((name, at(entry).saturating_sub(before))).filter(|(_, grown)| *grown > 0)
        });
        grown.collect()
    }

    /// How often each guard has acted. The list has only those that did since the start, the counts are older.
    fn guards(&self) -> Vec<(String, u64)> {
        let names = entries(self.after, "guards").iter().filter_map(|it| it["event"].as_str());
        let names = names.filter(|name| !USUAL.contains(name));
        let counts = names.map(|name| (plain(name).into_owned(), self.of(&format!("/events/{name}"))));
        counts.filter(|(_, many)| *many > 0).collect()
    }

    fn of_providers(&self, pointer: &str) -> u64 {
        self.by_name("providers", "name", pointer).iter().map(|(_, grown)| grown).sum()
    }

    fn dollars(&self, pointer: &str) -> f64 {
        let all = |page: &Value| -> f64 {
            let each = entries(page, "providers").iter().filter_map(|it| it.pointer(pointer)?.as_f64());
            each.sum()
        };
        (all(self.after) - all(self.before)).max(0.0)
    }
}

fn entries<'a>(page: &'a Value, list: &str) -> &'a [Value] {
    page[list].as_array().map_or(&[], Vec::as_slice)
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

fn some(many: u64, what: &str) -> String {
    let plural = if many == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(many))
}

fn listed(all: &[(String, u64)]) -> String {
    all.iter().map(|(name, many)| format!("{name} ({many})")).collect::<Vec<_>>().join(", ")
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn dollars(amount: f64) -> String {
    if amount < 0.01 { format!("${amount:.6}") } else { format!("${amount:.2}") }
}

fn lasted(took: Duration) -> String {
    match took.as_secs() {
        0 => "less than a second".to_owned(),
        seconds @ 1..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn page(total: u64, ok: u64, tokens: u64, cost: f64) -> Value {
        json!({
            "requests": {"total": total, "fell_back": total / 2, "failed": 0, "broken": 0, "left": 0, "in_flight": 0},
            "providers": [{
                "name": "local\u{1b}", "ok": ok, "cost_usd": cost, "cache_savings_usd": cost * 2.0,
                "tokens": {"input": tokens, "output": tokens / 10, "cache_read": tokens / 2, "cache_write": 0},
                "repairs": {"repaired": ok / 2, "left": 0},
            }, {"name": "idle", "ok": 4}],
            "guards": [{"event": "context-budget-warning"}, {"event": "capability-degraded"}],
            "events": {"context-budget-warning": total / 2, "capability-degraded": total},
        })
    }

    #[test]
    fn it_is_the_difference_that_is_told() {
        let (before, after) = (page(10, 10, 2_000, 1.0), page(14, 12, 22_000, 1.25));
        assert_eq!(
            lines(&before, &after, Duration::from_secs(80), true),
            [
                "coderouter: 4 requests in 1 min 20 s; answered by local\u{fffd} (2); 2 fell back (with those of others who asked it meanwhile)",
                "  30,000 tokens read, 10,000 of them from caches, 2,000 written; cost $0.25, caches saved $0.50",
                "  1 call repaired; guards: context-budget-warning (2)",
            ]
        );
    }

    #[test]
    fn nothing_is_told_as_nothing() {
        let same = page(3, 3, 10, 0.0);
        let told = lines(&same, &same, Duration::ZERO, false);
        assert_eq!(told, ["coderouter: the agent asked nothing of the router"]);
        let told = lines(&json!({}), &page(1, 1, 10, 0.0), Duration::ZERO, false);
        assert_eq!(
            told,
            [
                "coderouter: 1 request in less than a second; answered by local\u{fffd} (1), idle (4)",
                "  15 tokens read, 5 of them from caches, 1 written; cost nothing",
            ]
        );
    }
}
