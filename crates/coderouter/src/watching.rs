//! What people and their tools look at: metrics, the overview, facts as they come, the dashboard's files.
//!
//! What was seen is `telemetry`'s; here it is put together with how things stand, and sent.

mod chains;
mod feed;
mod filter;
mod page;
mod standing;

pub use chains::told as plan;
pub use feed::follow;
pub use filter::Filter;
pub use page::{CONTENT_SECURITY_POLICY, Page};

use crate::router::Router;
use serde_json::Value;
use telemetry::shown;

/// What was seen, as Prometheus reads it.
pub fn prometheus(router: &Router) -> String {
    let standing = standing::of(router);
    router.recorder().look(|seen, redactor| shown::prometheus(seen, &standing, redactor))
}

/// What was seen, with the keys of the Python program.
pub fn metrics(router: &Router) -> Value {
    let standing = standing::of(router);
    router.recorder().look(|seen, redactor| shown::metrics_json(seen, &standing, redactor))
}

/// What the dashboard shows.
pub fn overview(router: &Router) -> Value {
    let standing = standing::of(router);
    router.recorder().look(|seen, redactor| shown::overview(seen, &standing, redactor))
}
