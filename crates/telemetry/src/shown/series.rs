//! Everything that is counted, as series under the names of OpenTelemetry: dots for words, no `_total`.

use super::prometheus::PREFIX;
use crate::attribute::{Form, Point, Reading, Series, Value};
use crate::redact::Redactor;
use crate::seen::{Counters, Histogram, Kind, METRICS, Metric, Row, Seen, Unit};

/// Metrics that are labelled by the names of fields in requests, which clients make up. Only their sums leave.
const OF_REQUESTS: &[Metric] = &[Metric::CapabilityDegraded];

/// All counts that there are. What is only shown because it is always shown is left out.
pub fn series(seen: &Seen, redactor: &Redactor) -> Vec<Series> {
    let rows = METRICS.iter().map(|row| one(seen.counters(), row, redactor));
    rows.filter(|series| !series.points.is_empty()).collect()
}

fn one(counters: &Counters, row: &'static Row, redactor: &Redactor) -> Series {
    let point = |labels: &[&str], reading| {
        let labels = row.labels.iter().copied().zip(labels);
        let attributes =
            labels.map(|(name, label)| (name, Value::Text(redactor.clean(label).into_owned()))).collect();
        Point { attributes, reading }
    };
    let numbers =
        counters.all(row.metric).map(|(labels, number)| point(&labels, reading(row.unit(), number)));
    let histograms = counters.histograms(row.metric).map(|(labels, it)| point(&labels, spread(row, it)));
    Series {
        name: format!("{}.{}", PREFIX.trim_end_matches('_'), row.name.trim_end_matches("_total")),
        unit: unit(row),
        help: row.help,
        form: match row.kind {
            Kind::Counter(_) => Form::Counter,
            Kind::Gauge(_) => Form::Gauge,
            Kind::Histogram(bounds) => Form::Histogram(bounds),
        },
        points: if OF_REQUESTS.contains(&row.metric) {
            let sum = counters.sum(row.metric);
            (sum > 0).then(|| point(&[], reading(row.unit(), sum))).into_iter().collect()
        } else {
            numbers.chain(histograms).collect()
        },
    }
}

fn unit(row: &Row) -> &'static str {
    match row.unit() {
        Unit::Usd => "{USD}",
        Unit::Millis => "ms",
        _ if row.name.ends_with("_seconds") => "s",
        Unit::Whole | Unit::Share => "1",
    }
}

fn reading(unit: Unit, number: u64) -> Reading {
    match unit {
        Unit::Whole => Reading::Whole(number),
        Unit::Usd => Reading::Real(number as f64 / 1e9),
        Unit::Share => Reading::Real(number as f64 / 1e4),
        Unit::Millis => Reading::Real(number as f64 / 10.0),
    }
}

fn spread(row: &Row, histogram: &Histogram) -> Reading {
    let places = row.bounds().map_or(0, <[f64]>::len) + 1;
    Reading::Spread(histogram.counts[..places].to_vec(), histogram.sum())
}
