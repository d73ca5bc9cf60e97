//! `GET /metrics`: the text format of Prometheus, version 0.0.4.

mod gauges;
mod reference;

pub use reference::reference;

use super::number;
use crate::redact::Redactor;
use crate::seen::{Counters, Histogram, Kind, METRICS, Row, Seen, Shown};
use crate::standing::Standing;
use gauges::{Gauge, gauges};
use std::fmt::Write;

/// What every metric's name begins with.
pub(super) const PREFIX: &str = "coderouter_";

/// What was seen as Prometheus reads it. Its type is `text/plain; version=0.0.4; charset=utf-8`.
pub fn prometheus(seen: &Seen, standing: &Standing, redactor: &Redactor) -> String {
    let mut out = Page { text: String::with_capacity(32 * 1024), redactor };
    for gauge in gauges(seen, standing) {
        out.gauge(&gauge);
    }
    for row in METRICS {
        if row.shown == Shown::Always || is_any(seen.counters(), row) {
            out.row(seen.counters(), row);
        }
    }
    out.text
}

/// The word for what a metric is.
fn kind(row: &Row) -> &'static str {
    match row.kind {
        Kind::Counter(_) => "counter",
        Kind::Gauge(_) => "gauge",
        Kind::Histogram(_) => "histogram",
    }
}

fn is_any(counters: &Counters, row: &Row) -> bool {
    counters.all(row.metric).next().is_some() || counters.histograms(row.metric).next().is_some()
}

struct Page<'r> {
    text: String,
    redactor: &'r Redactor,
}

impl Page<'_> {
    fn gauge(&mut self, gauge: &Gauge) {
        self.head(gauge.name, "gauge", gauge.help);
        let mut samples: Vec<_> = gauge.samples.iter().collect();
        samples.sort();
        for (labels, value) in samples {
            let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
            self.sample(gauge.name, gauge.labels, &labels, None, value);
        }
    }

    fn row(&mut self, counters: &Counters, row: &Row) {
        self.head(row.name, kind(row), row.help);
        if let Some(bounds) = row.bounds() {
            return self.histograms(counters, row, bounds);
        }
        if row.labels.is_empty() {
            let value = number::text(row.unit(), counters.get(row.metric, &[]));
            return self.sample(row.name, &[], &[], None, &value);
        }
        for (labels, count) in counters.all(row.metric) {
            self.sample(row.name, row.labels, &labels, None, &number::text(row.unit(), count));
        }
    }

    fn histograms(&mut self, counters: &Counters, row: &Row, bounds: &[f64]) {
        if row.labels.is_empty() && !is_any(counters, row) {
            self.histogram(row, bounds, &[], &Histogram::default());
        }
        for (labels, histogram) in counters.histograms(row.metric) {
            self.histogram(row, bounds, &labels, histogram);
        }
    }

    fn histogram(&mut self, row: &Row, bounds: &[f64], labels: &[&str], histogram: &Histogram) {
        let bounds = bounds.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
        let mut below = 0_u64;
        let bucket = format!("{}_bucket", row.name);
        for (bound, count) in bounds.zip(histogram.counts) {
            below = below.saturating_add(count);
            self.sample(&bucket, row.labels, labels, Some(&bound), &below.to_string());
        }
        let (sum, count) = (histogram.sum().to_string(), histogram.count().to_string());
        self.sample(&format!("{}_sum", row.name), row.labels, labels, None, &sum);
        self.sample(&format!("{}_count", row.name), row.labels, labels, None, &count);
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string can't fail.
        let _ = writeln!(self.text, "# HELP {PREFIX}{name} {help}\n# TYPE {PREFIX}{name} {kind}");
    }

    fn sample(&mut self, name: &str, names: &[&str], labels: &[&str], bound: Option<&str>, value: &str) {
        self.text.push_str(PREFIX);
        self.text.push_str(name);
        let labels = names.iter().copied().zip(labels.iter().copied());
        let labels = labels.chain(bound.map(|bound| ("le", bound)));
        for (place, (name, label)) in labels.clone().enumerate() {
            self.text.push(if place == 0 { '{' } else { ',' });
            self.text.push_str(name);
            self.text.push_str("=\"");
            escape(&self.redactor.clean(label), &mut self.text);
            self.text.push('"');
        }
        if labels.count() > 0 {
            self.text.push('}');
        }
        self.text.push(' ');
        self.text.push_str(value);
        self.text.push('\n');
    }
}

fn escape(label: &str, out: &mut String) {
    for character in label.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            character => out.push(character),
        }
    }
}
