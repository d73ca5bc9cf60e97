//! Headers of answers: what they are, who answered, and what of a backend's headers a client may see.

use canon::fault::Fault;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use std::time::{Duration, SystemTime};

/// Longest wait that is told to a client; absurd values of a backend are cut to it.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// A backend's headers that travel to clients of its own dialect.
const PASSED: [&str; 2] = ["request-id", "openai-processing-ms"];

/// Beginnings of such headers.
const PASSED_PREFIXES: [&str; 2] = ["anthropic-ratelimit-", "x-ratelimit-"];

/// The request's id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The profile it went by.
pub const PROFILE: HeaderName = HeaderName::from_static("x-coderouter-profile");
/// Who answered.
pub const PROVIDER: HeaderName = HeaderName::from_static("x-coderouter-provider");
/// The model that answered, in the backend's words.
pub const MODEL: HeaderName = HeaderName::from_static("x-coderouter-model");
/// What could not be said to the backend.
pub const LOSS: HeaderName = HeaderName::from_static("x-coderouter-loss");
/// How the prompt stands to the model's window.
pub const CONTEXT_BUDGET: HeaderName = HeaderName::from_static("x-coderouter-context-budget");
/// How badly the provider's answers have changed.
pub const DRIFT: HeaderName = HeaderName::from_static("x-coderouter-drift");
/// The output in tokens that the budget still bought.
pub const MAX_TOKENS: HeaderName = HeaderName::from_static("x-coderouter-max-tokens");

/// Marks a stream of events.
pub fn event_stream(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
}

/// Marks a JSON body.
pub fn json(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
}

/// Says whether and when to try again.
pub fn retry(headers: &mut HeaderMap, fault: &Fault) {
    let again = if fault.should_retry.unwrap_or_else(|| fault.is_retryable()) { "true" } else { "false" };
    headers.insert(HeaderName::from_static("x-should-retry"), HeaderValue::from_static(again));
    if let Some(wait) = fault.retry_after {
        let seconds = wait.min(MAX_RETRY_AFTER).as_secs_f64().ceil() as u64;
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// Adds a header whose value comes from names and lists; what can't stand in a header becomes `_`.
pub fn note(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    const LONGEST: usize = 1_000;
    let stands = |c: char| c.is_ascii_graphic() || c == ' ';
    let value = if value.len() <= LONGEST && value.chars().all(stands) {
        HeaderValue::from_str(value)
    } else {
        let clean = value.chars().take(LONGEST).map(|c| if stands(c) { c } else { '_' });
        HeaderValue::from_str(&clean.collect::<String>())
    };
    let Ok(value) = value else { return };
    headers.insert(name, value);
}

/// Copies what a client of the backend's own dialect may see, freed of secrets; what is no text stays behind.
pub fn pass(from: &HeaderMap, to: &mut HeaderMap, clean: impl Fn(&str) -> String) {
    for (name, value) in from {
        let known = PASSED.contains(&name.as_str());
        if known || PASSED_PREFIXES.iter().any(|prefix| name.as_str().starts_with(prefix)) {
            let clean = value.to_str().ok().and_then(|text| HeaderValue::from_str(&clean(text)).ok());
            to.extend(clean.map(|value| (name.clone(), value)));
        }
    }
}

/// What a backend says about waiting: `retry-after` in seconds or as a date is clamped; nonsense and the past are
/// nothing.
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let millis = headers.get("retry-after-ms").and_then(number).map(|ms| ms / 1000.0);
    let told = headers.get(header::RETRY_AFTER);
    let seconds = millis.or_else(|| told.and_then(number)).or_else(|| told.and_then(|at| until(at, now)))?;
    (seconds.is_finite() && seconds >= 0.0)
        .then(|| Duration::from_secs_f64(seconds.min(MAX_RETRY_AFTER.as_secs_f64())))
}

/// What a backend says about trying again at all.
pub fn should_retry(headers: &HeaderMap) -> Option<bool> {
    match headers.get("x-should-retry")?.as_bytes() {
        b"true" => Some(true),
        b"false" => Some(false),
        _ => None,
    }
}

fn until(at: &HeaderValue, now: SystemTime) -> Option<f64> {
    let at = jiff::fmt::rfc2822::parse(at.to_str().ok()?).ok()?;
    SystemTime::from(at.timestamp()).duration_since(now).ok().map(|wait| wait.as_secs_f64())
}

fn number(value: &HeaderValue) -> Option<f64> {
    value.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &'static str, expect: Option<u64>) {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static(value));
        assert_eq!(
            retry_after(&headers, SystemTime::UNIX_EPOCH).map(|wait| wait.as_secs()),
            expect,
            "{value}"
        );
    }

    #[test]
    fn absurd_waits_are_clamped() {
        check("3", Some(3));
        check("-1", None);
        check("1e12", Some(86_400));
        check("NaN", None);
        check("soon", None);
        check("Thu, 01 Jan 1970 00:00:09 GMT", Some(9));
        check("Wed, 31 Dec 1969 23:59:59 GMT", None);
    }

    #[test]
    fn notes_hold_no_line_ends() {
        let mut headers = HeaderMap::new();
        for (value, expect) in [("a\r\nb: c", "a__b: c"), ("a\tb", "a_b"), ("\u{e9}", "_"), ("a b", "a b")] {
            note(&mut headers, MODEL, value);
            assert_eq!(headers[MODEL], expect);
        }
        note(&mut headers, MODEL, &"x".repeat(2_000));
        assert_eq!(headers[MODEL].len(), 1_000);
    }
}
