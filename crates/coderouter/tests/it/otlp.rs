//! Traces and metrics as a collector gets them. Each sort of question has a file below.

mod loss;
mod secrets;
mod spans;

use crate::collector::Collector;
use crate::house::Plan;

/// A house whose router exports to a collector.
fn exporting(plan: Plan, collector: &Collector) -> Plan {
    plan.variable("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())
}
