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
use std::sync::Arc;
use telemetry::redact::Redactor;
use telemetry::seen::Seen;
use telemetry::shown;
use telemetry::standing::Standing;

/// What was seen, as Prometheus reads it.
pub async fn prometheus(router: &Arc<Router>) -> String {
    page(router, shown::prometheus).await
}

/// What was seen as JSON, with the keys of the Python program.
pub async fn metrics(router: &Arc<Router>) -> String {
    page(router, |seen, standing, redactor| shown::metrics_json(seen, standing, redactor).to_string()).await
}

/// What the dashboard shows, as JSON.
pub async fn overview(router: &Arc<Router>) -> String {
    page(router, |seen, standing, redactor| shown::overview(seen, standing, redactor).to_string()).await
}

/// Makes a page beside the threads that serve: it takes a millisecond or two, for which nobody's request should wait.
async fn page(router: &Arc<Router>, make: fn(&Seen, &Standing, &Redactor) -> String) -> String {
    let router = Arc::clone(router);
    let made = tokio::task::spawn_blocking(move || {
        let standing = standing::of(&router);
        router.recorder().look(|seen, redactor| make(seen, &standing, redactor))
    });
    made.await.unwrap_or_default()
}
