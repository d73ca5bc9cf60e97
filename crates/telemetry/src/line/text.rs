//! A text from anywhere, made fit for a line: without secrets, and not too long.

use crate::redact::Redactor;
use std::borrow::Cow;

/// The most characters of an error from outside in a line.
pub(super) const ERROR_LIMIT: usize = 500;

/// The most characters of any other text in a line.
pub(super) const TEXT_LIMIT: usize = 4_000;

/// The text without secrets, cut afterwards: a secret cut in two would no longer be known.
pub(super) fn fit<'a>(text: &'a str, limit: usize, redactor: &Redactor) -> Cow<'a, str> {
    let clean = redactor.clean(text);
    // No text has more characters than bytes.
    if clean.len() <= limit {
        return clean;
    }
    match clean.char_indices().nth(limit) {
        Some((end, _)) => Cow::Owned(format!("{}…", &clean[..end])),
        None => clean,
    }
}
