//! `GET /metrics.json`: the Python program's keys, and ours after them.

use crate::redact::Redactor;
use crate::seen::Seen;
use crate::standing::Standing;
use serde_json::{Value, json};

/// What was seen as one JSON document.
pub fn metrics_json(seen: &Seen, standing: &Standing, redactor: &Redactor) -> Value {
    let _ = (seen, redactor);
    json!({"config": {"default_profile": standing.default_profile.as_str()}})
}
