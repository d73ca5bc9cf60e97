//! `GET /v1/overview`: what the dashboard shows.

use crate::redact::Redactor;
use crate::seen::Seen;
use crate::standing::Standing;
use canon::id::RequestId;
use serde_json::{Value, json};

/// What the dashboard shows, as one JSON document.
pub fn overview(seen: &Seen, standing: &Standing, redactor: &Redactor) -> Value {
    let _ = (seen, redactor);
    json!({"version": standing.version})
}

/// One of the latest requests that are over, as the overview's `recent_requests` has it; none where it is not among
/// them.
pub fn request_summary(seen: &Seen, id: RequestId, redactor: &Redactor) -> Option<Value> {
    let _ = (seen, id, redactor);
    None
}
