//! Traces and metrics for an OpenTelemetry collector, over OTLP/HTTP in protobuf. Off unless the program was built with
//! the feature `otel` and the standard variables name a collector. It hangs on the thread of the facts, never on a
//! request: a collector that stalls costs telemetry, which is counted, and nothing else.

#[cfg(not(feature = "otel"))]
mod absent;
#[cfg(feature = "otel")]
mod ear;
#[cfg(feature = "otel")]
mod encode;
#[cfg(feature = "otel")]
mod exporting;
#[cfg(feature = "otel")]
mod outbox;
#[cfg(feature = "otel")]
mod post;
#[cfg(feature = "otel")]
mod settings;

#[cfg(not(feature = "otel"))]
pub use absent::{Prepared, Running};
#[cfg(feature = "otel")]
pub use exporting::{Prepared, Running};
