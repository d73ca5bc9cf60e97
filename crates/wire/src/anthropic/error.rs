//! Errors in this dialect's shape, both ways.

use std::borrow::Cow;

use bytes::Bytes;
use canon::fault::{Detail, Fault, FaultKind};

use crate::codec::ErrorAnswer;
use crate::fault::{of_answer, told};
use crate::json::Writer;

/// Reads a backend's error answer.
pub fn decode_fault(status: u16, body: &Bytes) -> Fault {
    of_answer(status, body)
}

/// Writes a fault for a client, its detail behind the message. A guard's refusal comes before any byte of an answer,
/// so it has its real status for streams too.
pub fn encode_fault(fault: &Fault) -> ErrorAnswer {
    let (status, kind) = place(&fault.kind);
    answer(status, kind, &message(fault), fault.detail.as_deref())
}

/// Writes the refusal of a request that never got as far as a fault: its status is what counts.
pub fn encode_refusal(status: u16, message: &str) -> ErrorAnswer {
    let kind = match status {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        _ => "invalid_request_error",
    };
    answer(status, kind, message, None)
}

fn answer(status: u16, kind: &'static str, message: &str, detail: Option<&Detail>) -> ErrorAnswer {
    let mut body = Vec::with_capacity(message.len() + 64);
    Writer::line(&mut body).object(|w| {
        w.key("type").str("error");
        w.key("error").object(|w| {
            w.key("type").str(kind);
            w.key("message").str(message);
            if let Some(detail) = detail {
                w.key(detail.name()).json(&detail.json());
            }
        });
    });
    ErrorAnswer { status, kind, body: body.into() }
}

/// The status and the word for a kind of fault. A provider's 401 never becomes the client's: agents would ask for a
/// login.
fn place(kind: &FaultKind) -> (u16, &'static str) {
    match kind {
        FaultKind::Invalid | FaultKind::Rejected | FaultKind::Overflow { .. } => {
            (400, "invalid_request_error")
        }
        FaultKind::TooLarge => (413, "request_too_large"),
        FaultKind::RateLimit => (429, "rate_limit_error"),
        FaultKind::Internal => (500, "api_error"),
        _ => (502, "api_error"),
    }
}

fn message(fault: &Fault) -> Cow<'_, str> {
    match (&fault.kind, &fault.field) {
        (FaultKind::Overflow { prompt, limit }, _) => overflow(*prompt, *limit, fault),
        (FaultKind::Invalid, Some(field)) => Cow::Owned(format!("{field}: {}", told(fault))),
        _ => Cow::Owned(told(fault)),
    }
}

/// The words that make Claude Code compact its conversation; it reads the numbers.
fn overflow(prompt: Option<u64>, limit: Option<u64>, fault: &Fault) -> Cow<'static, str> {
    Cow::Owned(match (prompt, limit) {
        (Some(prompt), Some(limit)) if prompt > limit => {
            format!("prompt is too long: {prompt} tokens > {limit} maximum")
        }
        _ if fault.message.starts_with("prompt is too long") => told(fault),
        _ => format!("prompt is too long: {}", told(fault)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_told_in_the_words_agents_know() {
        let overflow = |prompt, limit| FaultKind::Overflow { prompt, limit };
        let cases: &[(Fault, u16, &str)] = &[
            (
                Fault::invalid("messages.0.content", "field required"),
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"messages.0.content: field required"}}"#,
            ),
            (
                Fault::new(overflow(Some(9), Some(8)), "whatever"),
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}}"#,
            ),
            (
                Fault::new(overflow(None, None), "context window exceeded"),
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: context window exceeded"}}"#,
            ),
            (
                Fault::new(FaultKind::Auth, crate::fault::CREDENTIALS_REFUSED).with_hint("set the key"),
                502,
                r#"{"type":"error","error":{"type":"api_error","message":"the provider refused the router's credentials\nhint: set the key"}}"#,
            ),
            (
                Fault::new(FaultKind::Invalid, "a loop").with_detail(
                    Detail::new("tool_loop")
                        .with_text("tool_name", "\"sh\"\n")
                        .with_number("threshold", 3_u32),
                ),
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"a loop","tool_loop":{"tool_name":"\"sh\"\n","threshold":3}}}"#,
            ),
        ];
        for (fault, status, body) in cases {
            let answer = encode_fault(fault);
            assert_eq!((answer.status, std::str::from_utf8(&answer.body).unwrap()), (*status, *body));
        }
    }
}
