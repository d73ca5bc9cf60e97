//! What a backend's error means, from its status and its words. Dialects only add their own shapes around it.

mod body;
mod overflow;

pub use body::{of_answer, of_error};

use canon::fault::{Fault, FaultKind, Phase};

/// What the client reads where a backend refused our credentials: a 401's own words make agents ask for a login.
pub const CREDENTIALS_REFUSED: &str = "the provider refused the router's credentials";

/// The kind of a backend's error; status 0 stands for an error inside a stream.
pub fn classify(status: u16, message: &str) -> FaultKind {
    let words = message.to_ascii_lowercase();
    if matches!(status, 0 | 200 | 400 | 413 | 422 | 500)
        && let Some(overflow) = overflow::find(&words)
    {
        return overflow;
    }
    if has_any(&words, BILLING) {
        return FaultKind::Billing;
    }
    match status {
        400 | 422 => FaultKind::Rejected,
        401 | 403 => FaultKind::Auth,
        402 => FaultKind::Billing,
        404 | 405 | 410 => FaultKind::NotFound,
        408 => FaultKind::Timeout(Phase::FirstByte),
        413 => FaultKind::TooLarge,
        429 => FaultKind::RateLimit,
        503 | 529 => FaultKind::Overloaded,
        300..400 => FaultKind::Malformed,
        500.. if words.contains("overloaded") => FaultKind::Overloaded,
        0..300 => of_words(&words),
        _ => FaultKind::Backend,
    }
}

/// The kind of an error that came without a status.
fn of_words(words: &str) -> FaultKind {
    match () {
        () if has_any(words, &["overloaded", "at capacity"]) => FaultKind::Overloaded,
        () if has_any(words, &["rate limit", "rate_limit", "too many requests"]) => FaultKind::RateLimit,
        () if has_any(words, &["authentication_error", "permission_error", "invalid_api_key"]) => {
            FaultKind::Auth
        }
        () if words.contains("invalid_request_error") => FaultKind::Rejected,
        () if words.contains("request_too_large") => FaultKind::TooLarge,
        () if words.contains("not_found_error") => FaultKind::NotFound,
        () => FaultKind::Backend,
    }
}

/// The fault's message and, on a line of its own, its cure.
pub fn told(fault: &Fault) -> String {
    match &fault.hint {
        Some(hint) => format!("{}\nhint: {hint}", fault.message),
        None => fault.message.clone(),
    }
}

fn has_any(words: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| words.contains(phrase))
}

/// Words by which backends ask for money, under various statuses.
const BILLING: &[&str] = &[
    "insufficient_quota",
    "insufficient credits",
    "insufficient balance",
    "credit balance is too low",
    "billing_error",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_and_words_have_their_kinds() {
        let cases: &[(u16, &str, FaultKind)] = &[
            (400, "tools.0: unknown field", FaultKind::Rejected),
            (400, "Your credit balance is too low to access the API", FaultKind::Billing),
            (401, "bad key", FaultKind::Auth),
            (403, "no", FaultKind::Auth),
            (404, "model not found", FaultKind::NotFound),
            (413, "too big", FaultKind::TooLarge),
            (429, "slow down", FaultKind::RateLimit),
            (429, "insufficient_quota", FaultKind::Billing),
            (307, "", FaultKind::Malformed),
            (500, "boom", FaultKind::Backend),
            (500, "Overloaded", FaultKind::Overloaded),
            (529, "", FaultKind::Overloaded),
            (418, "", FaultKind::Backend),
            (0, "overloaded_error Overloaded", FaultKind::Overloaded),
            (0, "rate_limit_error", FaultKind::RateLimit),
            (0, "something broke", FaultKind::Backend),
        ];
        for (status, message, kind) in cases {
            assert_eq!(classify(*status, message), *kind, "{status} {message}");
        }
    }
}
