//! What was seen and how things stand, as pages for machines. Every text that may come from outside is redacted here.

mod metrics_json;
mod number;
mod overview;
mod prometheus;
mod series;

pub use metrics_json::metrics_json;
pub use overview::{overview, request_summary};
pub use prometheus::{prometheus, reference};
pub use series::series;
