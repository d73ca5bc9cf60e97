//! The table of all metrics as a page for people.

use super::gauges::gauges;
use super::{PREFIX, kind};
use crate::seen::{METRICS, Seen, Shown};
use crate::standing::{Standing, StoreCondition};
use std::time::UNIX_EPOCH;

/// Every metric of [`super::prometheus`] as a Markdown table: name, type, labels, what it says.
pub fn reference() -> String {
    let standing = Standing { store: Some(StoreCondition::Working), ..Standing::default() };
    let gauges = gauges(&Seen::new(UNIX_EPOCH), &standing);
    let gauges = gauges.iter().map(|gauge| line(gauge.name, "gauge", gauge.labels, gauge.help));
    let rows = METRICS.iter().map(|row| {
        let more = if row.shown == Shown::IfAny { " Shown once there is any." } else { "" };
        line(row.name, kind(row), row.labels, &format!("{}{more}", row.help))
    });
    let head = "| metric | type | labels | meaning |\n|---|---|---|---|\n".to_owned();
    [head].into_iter().chain(gauges).chain(rows).collect()
}

fn line(name: &str, kind: &str, labels: &[&str], help: &str) -> String {
    let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
    format!("| `{PREFIX}{name}` | {kind} | {} | {help} |\n", labels.join(", "))
}
