//! An OpenTelemetry collector of the tests' own: it takes whatever comes, and reads it by the protocol's own schema.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::metrics::v1::{HistogramDataPoint, Metric, NumberDataPoint, metric};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use rehearsal::{Act, Backend, Response, Script, Seen};

/// A collector.
pub(crate) struct Collector {
    backend: Backend,
}

impl Collector {
    /// One that takes everything.
    pub(crate) async fn start() -> Self {
        Self::playing(Script::always(Response::empty(200))).await
    }

    /// One that answers by a script.
    pub(crate) async fn playing(script: Script) -> Self {
        Self { backend: Backend::start(script.everywhere()).await.expect("a free port") }
    }

    /// One that takes connections and says nothing.
    pub(crate) async fn hanging() -> Self {
        Self::playing(Script::always(Act::hang())).await
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        self.backend.url()
    }

    /// Everything it got.
    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.backend.requests()
    }

    /// Waits until it has got so many requests.
    pub(crate) async fn wait_for(&self, count: usize) {
        self.backend.wait_for(count).await.expect("requests");
    }

    /// All spans it got, and whose they are.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let messages = self.messages::<ExportTraceServiceRequest>("/v1/traces");
        let resources = messages.into_iter().flat_map(|message| message.resource_spans);
        resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans).collect()
    }

    /// Who sent spans.
    pub(crate) fn resource(&self) -> Resource {
        let message = self.messages::<ExportTraceServiceRequest>("/v1/traces").pop().expect("spans");
        message.resource_spans[0].resource.clone().expect("a resource")
    }

    /// The latest reading of metrics.
    pub(crate) fn metrics(&self) -> Vec<Metric> {
        let message = self.messages::<ExportMetricsServiceRequest>("/v1/metrics").pop().expect("metrics");
        let scopes = message.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
        scopes.flat_map(|scope| scope.metrics).collect()
    }

    fn messages<M: Message + Default>(&self, path: &str) -> Vec<M> {
        let requests = self.requests().into_iter().filter(|seen| seen.path() == path);
        requests
            .map(|seen| {
                assert_eq!(seen.header("content-type"), Some("application/x-protobuf"));
                M::decode(seen.body).expect("a message of the protocol")
            })
            .collect()
    }
}

/// The value of an attribute as a text; empty where there is none.
pub(crate) fn value(attributes: &[KeyValue], name: &str) -> String {
    let mut found = attributes.iter().filter(|attribute| attribute.key == name);
    let value = found.next().and_then(|attribute| attribute.value.as_ref()?.value.as_ref());
    assert!(found.next().is_none(), "{name} twice");
    match value {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        Some(Value::BoolValue(flag)) => flag.to_string(),
        _ => String::new(),
    }
}

/// A histogram's points.
pub(crate) fn histogram(metrics: &[Metric], name: &str) -> Vec<HistogramDataPoint> {
    match metrics.iter().find(|metric| metric.name == name).and_then(|metric| metric.data.as_ref()) {
        Some(metric::Data::Histogram(histogram)) => histogram.data_points.clone(),
        _ => Vec::new(),
    }
}

/// A counter's points.
pub(crate) fn counter(metrics: &[Metric], name: &str) -> Vec<NumberDataPoint> {
    match metrics.iter().find(|metric| metric.name == name).and_then(|metric| metric.data.as_ref()) {
        Some(metric::Data::Sum(sum)) if sum.is_monotonic => sum.data_points.clone(),
        _ => Vec::new(),
    }
}
