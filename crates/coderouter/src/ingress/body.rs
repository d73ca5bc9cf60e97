//! Reading a request's body: declared as JSON, not encoded, within limits of size and time.

use crate::door::Refusal;
use crate::exchange::Alarm;
use bytes::{Bytes, BytesMut};
use canon::config::ServerLimits;
use http::header::{self, HeaderMap};
use http::{StatusCode, request::Parts};
use http_body::Body;
use hyper::body::Incoming;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

/// Most bytes that are set aside because a client says its body is that long.
const TRUSTED_LENGTH: usize = 1024 * 1024;

/// Bytes that buy a slow client another second: who drips slower is cut off.
const SLOWEST: usize = 16 * 1024;

/// The whole body.
///
/// # Errors
/// If it is not declared as JSON, is encoded, is too long, or stops coming.
pub async fn read(head: &Parts, mut body: Incoming, limits: &ServerLimits) -> Result<Bytes, Refusal> {
    declared(&head.headers)?;
    let announced = body.size_hint().exact().and_then(|length| usize::try_from(length).ok());
    if announced.is_some_and(|length| length > limits.body_bytes) {
        return Err(too_large(announced, limits));
    }
    let mut whole = BytesMut::new();
    let started = Instant::now();
    let mut alarm = Alarm::new(started + limits.body_timeout);
    loop {
        let earned = Duration::from_secs((whole.len() / SLOWEST) as u64);
        // No gap between two pieces may be longer than the limit, whatever has been earned.
        let due = || (started + limits.body_timeout + earned).min(Instant::now() + limits.body_timeout);
        let mut limit = None;
        let frame = poll_fn(|cx| match Pin::new(&mut body).poll_frame(cx) {
            Poll::Ready(frame) => Poll::Ready(Some(frame)),
            Poll::Pending => alarm.poll(*limit.get_or_insert_with(due), cx).map(|()| None),
        });
        let frame = match frame.await {
            Some(Some(Ok(frame))) => frame,
            Some(None) => return Ok(whole.freeze()),
            Some(Some(Err(_))) => return Err(refusal(StatusCode::BAD_REQUEST, "the body broke off")),
            None => return Err(refusal(StatusCode::REQUEST_TIMEOUT, "the body stopped coming")),
        };
        let Ok(data) = frame.into_data() else { continue };
        if whole.len() + data.len() > limits.body_bytes {
            return Err(too_large(None, limits));
        }
        if whole.is_empty() && announced == Some(data.len()) {
            return Ok(data);
        }
        if whole.is_empty() {
            whole.reserve(announced.unwrap_or(0).min(TRUSTED_LENGTH));
        }
        whole.extend_from_slice(&data);
    }
}

/// A web page can send any other type without asking, so JSON must be declared.
fn declared(headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        let text = "the body is encoded; send it plain, without Content-Encoding";
        return Err(refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
    }
    let declared = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = declared.split(';').next().unwrap_or("").trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(refusal(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "the body must be declared as Content-Type: application/json",
    ))
}

fn too_large(length: Option<usize>, limits: &ServerLimits) -> Refusal {
    let length = length.map_or_else(String::new, |length| format!(" ({length} bytes)"));
    let text = format!("the request body{length} exceeds the limit of {} bytes", limits.body_bytes);
    refusal(StatusCode::PAYLOAD_TOO_LARGE, &text)
}

fn refusal(status: StatusCode, message: &str) -> Refusal {
    Refusal { status, message: message.to_owned() }
}
