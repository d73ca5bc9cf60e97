//! Errors, both ways: a backend's body as a fault, a fault as this dialect's clients read it.

use crate::codec::ErrorAnswer;
use crate::fault;
use crate::json::Writer;
use bytes::Bytes;
use canon::fault::{Detail, Fault, FaultKind};

/// Reads an error answer. It can't fail: what is no error object is its own message.
pub fn decode_fault(status: u16, body: &Bytes) -> Fault {
    fault::of_answer(status, body)
}

/// Writes a fault as an answer, `{"error": {message, type, param, code}}` and its detail behind them. A guard's refusal
/// comes before any byte of an answer, so it has its real status for streams too.
///
/// Agents compact their conversation on the code `context_length_exceeded`, and the openai SDKs repeat what has a
/// status of 429 or 500 and above.
pub fn encode_fault(fault: &Fault) -> ErrorAnswer {
    let class = class(&fault.kind);
    answer(&class, &message(fault), fault.field.as_deref(), fault.detail.as_deref())
}

/// Writes the refusal of a request that never got as far as a fault: its status is what counts.
pub fn encode_refusal(status: u16, message: &str) -> ErrorAnswer {
    let code = match status {
        401 => Some("invalid_api_key"),
        404 => Some("not_found"),
        413 => Some("request_too_large"),
        _ => None,
    };
    answer(&Class { status, kind: REQUEST, code }, message, None, None)
}

fn answer(class: &Class, message: &str, field: Option<&str>, detail: Option<&Detail>) -> ErrorAnswer {
    let &Class { status, kind, code } = class;
    let mut body = Vec::with_capacity(256);
    Writer::new(&mut body).object(|w| {
        w.key("error").object(|w| {
            w.key("message").str(message);
            w.key("type").str(kind);
            match field {
                Some(field) => w.key("param").str(field),
                None => w.key("param").null(),
            }
            match code {
                Some(code) => w.key("code").str(code),
                None => w.key("code").null(),
            }
            if let Some(detail) = detail {
                w.key(detail.name()).json(&detail.json());
            }
        });
    });
    ErrorAnswer { status, kind, body: body.into() }
}

/// How a kind of fault is told.
struct Class {
    status: u16,
    kind: &'static str,
    code: Option<&'static str>,
}

fn class(kind: &FaultKind) -> Class {
    let (status, kind, code) = match kind {
        FaultKind::Invalid | FaultKind::Rejected => (400, REQUEST, None),
        FaultKind::TooLarge => (413, REQUEST, Some("request_too_large")),
        FaultKind::Overflow { .. } => (400, REQUEST, Some("context_length_exceeded")),
        FaultKind::RateLimit => (429, "rate_limit_error", Some("rate_limit_exceeded")),
        FaultKind::Internal => (500, SERVER, None),
        FaultKind::Auth
        | FaultKind::Billing
        | FaultKind::NotFound
        | FaultKind::Overloaded
        | FaultKind::Backend
        | FaultKind::Connect
        | FaultKind::Cut
        | FaultKind::Timeout(_)
        | FaultKind::Malformed
        | FaultKind::Empty
        | FaultKind::EmptyStream
        | FaultKind::Truncated
        | FaultKind::NoProvider
        | FaultKind::ClientGone => (502, SERVER, None),
    };
    Class { status, kind, code }
}

const REQUEST: &str = "invalid_request_error";
const SERVER: &str = "server_error";

/// The message; an overflow in the maker's own words where its numbers are known, an invalid field by its name.
fn message(fault: &Fault) -> String {
    let told = fault::told(fault);
    match (&fault.kind, &fault.field) {
        (FaultKind::Overflow { prompt: Some(prompt), limit: Some(limit) }, _) => format!(
            "This model's maximum context length is {limit} tokens. However, your messages resulted in {prompt} \
             tokens. Please reduce the length of the messages."
        ),
        (_, Some(field)) if !told.contains(field.as_str()) => format!("{field}: {told}"),
        _ => told,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(fault: &Fault, status: u16, body: &str) {
        let answer = encode_fault(fault);
        assert_eq!((answer.status, std::str::from_utf8(&answer.body).unwrap()), (status, body));
    }

    #[test]
    fn faults_are_told_in_the_dialects_shape() {
        check(
            &Fault::invalid("messages.0.role", "expected a role"),
            400,
            r#"{"error":{"message":"messages.0.role: expected a role","type":"invalid_request_error","param":"messages.0.role","code":null}}"#,
        );
        check(
            &Fault::new(FaultKind::Overflow { prompt: Some(9), limit: Some(4) }, "too long"),
            400,
            r#"{"error":{"message":"This model's maximum context length is 4 tokens. However, your messages resulted in 9 tokens. Please reduce the length of the messages.","type":"invalid_request_error","param":null,"code":"context_length_exceeded"}}"#,
        );
        check(
            &Fault::new(FaultKind::NoProvider, "no provider may be tried").with_hint("start one"),
            502,
            r#"{"error":{"message":"no provider may be tried\nhint: start one","type":"server_error","param":null,"code":null}}"#,
        );
        check(
            &Fault::new(FaultKind::Invalid, "too many").with_detail(
                Detail::new("tool_count").with_number("max_allowed", 50_u32).with_text("profile", "a\"b"),
            ),
            400,
            r#"{"error":{"message":"too many","type":"invalid_request_error","param":null,"code":null,"tool_count":{"max_allowed":50,"profile":"a\"b"}}}"#,
        );
    }

    #[test]
    fn a_refused_key_is_not_the_clients_business() {
        let body = Bytes::from_static(
            br#"{"error":{"message":"Incorrect API key provided: sk-1","code":"invalid_api_key"}}"#,
        );
        let fault = decode_fault(401, &body);
        assert_eq!(fault.kind, FaultKind::Auth);
        let answer = encode_fault(&fault);
        assert_eq!(answer.status, 502);
        assert!(!String::from_utf8_lossy(&answer.body).contains("sk-1"));
    }
}
