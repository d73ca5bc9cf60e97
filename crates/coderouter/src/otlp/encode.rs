//! Spans and series as messages of OTLP (<https://opentelemetry.io/docs/specs/otlp/>).

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, any_value,
};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
    ScopeMetrics, Sum, metric, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{self as proto, ResourceSpans, ScopeSpans, span};
use prost::Message;
use std::time::{SystemTime, UNIX_EPOCH};
use telemetry::attribute::{Attribute, Form, Point, Reading, Series, Value};
use telemetry::traces::{Kind, Mark, Span};

/// Says that a parent is known to be another process's, or of this one (`SpanFlags` of the protocol).
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// A message with spans.
pub(super) fn spans(resource: &[(String, String)], spans: &[Span]) -> Bytes {
    let spans = spans.iter().map(one).collect();
    let scope_spans = vec![ScopeSpans { scope: Some(scope()), spans, ..ScopeSpans::default() }];
    let resource = Some(described(resource));
    let resource_spans = vec![ResourceSpans { resource, scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec().into()
}

/// A message with numbers that have grown since `start`.
pub(super) fn metrics(
    resource: &[(String, String)],
    series: &[Series],
    start: SystemTime,
    now: SystemTime,
) -> Bytes {
    let times = Times { start: nanos(start), now: nanos(now) };
    let metrics = series.iter().map(|series| counted(series, times)).collect();
    let scope_metrics = vec![ScopeMetrics { scope: Some(scope()), metrics, ..ScopeMetrics::default() }];
    let resource = Some(described(resource));
    let resource_metrics = vec![ResourceMetrics { resource, scope_metrics, ..ResourceMetrics::default() }];
    ExportMetricsServiceRequest { resource_metrics }.encode_to_vec().into()
}

#[derive(Clone, Copy)]
struct Times {
    start: u64,
    now: u64,
}

fn one(span: &Span) -> proto::Span {
    let remote = if span.kind == Kind::Server && span.parent.is_some() { IS_REMOTE } else { 0 };
    proto::Span {
        trace_id: span.context.trace.number().to_be_bytes().to_vec(),
        span_id: span.context.span.number().to_be_bytes().to_vec(),
        parent_span_id: span.parent.map(|parent| parent.number().to_be_bytes().to_vec()).unwrap_or_default(),
        flags: u32::from(span.context.flags.number()) | HAS_IS_REMOTE | remote,
        name: span.name.clone(),
        kind: match span.kind {
            Kind::Server => span::SpanKind::Server,
            Kind::Client => span::SpanKind::Client,
        }
        .into(),
        start_time_unix_nano: nanos(span.start),
        end_time_unix_nano: nanos(span.end),
        attributes: attributes(&span.attributes),
        events: span.marks.iter().map(event).collect(),
        dropped_events_count: span.lost_marks,
        status: span
            .failed
            .then(|| proto::Status { code: proto::status::StatusCode::Error.into(), ..Default::default() }),
        ..proto::Span::default()
    }
}

fn event(mark: &Mark) -> span::Event {
    span::Event {
        time_unix_nano: nanos(mark.at),
        name: mark.name.to_owned(),
        attributes: attributes(&mark.attributes),
        dropped_attributes_count: 0,
    }
}

fn counted(series: &Series, times: Times) -> Metric {
    let temporality = AggregationTemporality::Cumulative.into();
    let numbers = || series.points.iter().map(|point| number(point, times)).collect();
    let data = match series.form {
        Form::Counter => metric::Data::Sum(Sum {
            data_points: numbers(),
            aggregation_temporality: temporality,
            is_monotonic: true,
        }),
        Form::Gauge => metric::Data::Gauge(Gauge { data_points: numbers() }),
        Form::Histogram(bounds) => metric::Data::Histogram(Histogram {
            data_points: series.points.iter().map(|point| spread(point, bounds, times)).collect(),
            aggregation_temporality: temporality,
        }),
    };
    Metric {
        name: series.name.clone(),
        description: series.help.to_owned(),
        unit: series.unit.to_owned(),
        data: Some(data),
        ..Metric::default()
    }
}

fn number(point: &Point, times: Times) -> NumberDataPoint {
    let value = match point.reading {
        Reading::Whole(number) => number_data_point::Value::AsInt(whole(number)),
        Reading::Real(number) => number_data_point::Value::AsDouble(number),
        Reading::Spread(_, sum) => number_data_point::Value::AsDouble(sum),
    };
    NumberDataPoint {
        attributes: attributes(&point.attributes),
        start_time_unix_nano: times.start,
        time_unix_nano: times.now,
        value: Some(value),
        ..NumberDataPoint::default()
    }
}

fn spread(point: &Point, bounds: &[f64], times: Times) -> HistogramDataPoint {
    let (counts, sum) = match &point.reading {
        Reading::Spread(counts, sum) => (counts.as_slice(), *sum),
        Reading::Whole(_) | Reading::Real(_) => (&[][..], 0.0),
    };
    HistogramDataPoint {
        attributes: attributes(&point.attributes),
        start_time_unix_nano: times.start,
        time_unix_nano: times.now,
        count: counts.iter().sum(),
        sum: Some(sum),
        bucket_counts: counts.to_vec(),
        explicit_bounds: bounds.to_vec(),
        ..HistogramDataPoint::default()
    }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope {
        name: "coderouter".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    }
}

fn described(resource: &[(String, String)]) -> Resource {
    let text = |value: &String| any_value::Value::StringValue(value.clone());
    let attributes = resource.iter().map(|(name, value)| pair(name, text(value))).collect();
    Resource { attributes, ..Resource::default() }
}

fn attributes(attributes: &[Attribute]) -> Vec<KeyValue> {
    attributes.iter().map(|(name, value)| pair(name, any(value))).collect()
}

fn pair(name: &str, value: any_value::Value) -> KeyValue {
    KeyValue { key: name.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

fn any(value: &Value) -> any_value::Value {
    match value {
        Value::Text(text) => any_value::Value::StringValue(text.clone()),
        Value::Count(count) => any_value::Value::IntValue(whole(*count)),
        Value::Number(number) => any_value::Value::DoubleValue(*number),
        Value::Flag(flag) => any_value::Value::BoolValue(*flag),
        Value::Words(words) => any_value::Value::ArrayValue(ArrayValue {
            values: words
                .iter()
                .map(|word| AnyValue { value: Some(any_value::Value::StringValue(word.clone())) })
                .collect(),
        }),
    }
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn nanos(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}
