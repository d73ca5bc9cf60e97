//! Scenarios that refuse with an HTTP status, or say less than an answer.

use serde_json::Value;

use super::Scenario;
use crate::act::Act;
use crate::reply::Reply;
use crate::response::Response;
use crate::seen::Seen;

pub(super) const ALL: &[Scenario] = &[
    Scenario::counted("status", "Refuses with this status.", ("status", 500), |status| {
        let status = u16::try_from(status).ok().filter(|status| (200..1000).contains(status));
        Response::status(status.unwrap_or(500)).into()
    }),
    Scenario::plain("400", "Finds the request malformed.", |_| Response::status(400).into()),
    Scenario::plain("401", "Knows no such key.", |_| Response::status(401).into()),
    Scenario::plain("402", "Wants to be paid.", |_| Response::status(402).into()),
    Scenario::plain("403", "Forbids the model.", |_| Response::status(403).into()),
    Scenario::plain("404", "Knows no such model.", |_| Response::status(404).into()),
    Scenario::plain("413", "Finds the request too large.", |_| Response::status(413).into()),
    Scenario::plain("422", "Can't process the request.", |_| Response::status(422).into()),
    Scenario::counted("429", "Limits the rate.", ("seconds of retry-after", 1), |seconds| {
        Response::status(429).retry_after(seconds.to_string()).into()
    }),
    Scenario::plain("429-bare", "Limits the rate without saying for how long.", |_| {
        Response::status(429).into()
    }),
    Scenario::plain("429-negative", "Limits the rate with a negative retry-after.", |_| limited("-5")),
    Scenario::plain("429-absurd", "Limits the rate for longer than the world lasts.", |_| {
        limited("1000000000000")
    }),
    Scenario::plain("429-date", "Limits the rate until a date in the past.", |_| {
        limited("Wed, 21 Oct 2015 07:28:00 GMT")
    }),
    Scenario::plain("429-words", "Limits the rate with a retry-after that is no number.", |_| {
        limited("soon")
    }),
    Scenario::plain("500", "Fails inside.", |_| Response::status(500).into()),
    Scenario::plain(
        "out-of-memory",
        "Has no memory left for the request, as a local server says it.",
        |_| Response::status(500).message("CUDA error: out of memory").into(),
    ),
    Scenario::plain("502", "Is a proxy without a backend.", |_| Response::html(502).into()),
    Scenario::plain("503", "Is still loading its model.", |_| Response::status(503).into()),
    Scenario::plain("529", "Is overloaded.", |_| Response::status(529).into()),
    Scenario::plain("html", "Answers with a page and status 200.", |_| Response::html(200).into()),
    Scenario::plain("empty-200", "Answers 200 with an empty body.", |_| Response::empty(200).into()),
    Scenario::plain("empty-stream", "Answers 200 with an event stream of no events.", |_| {
        Response::empty(200).header("content-type", "text/event-stream").into()
    }),
    Scenario::plain("only-done", "Answers with `[DONE]` and nothing else.", |_| {
        Response::empty(200).header("content-type", "text/event-stream").body("data: [DONE]\n\n").into()
    }),
    Scenario::plain("bad-json", "Answers 200 with JSON that breaks off.", |_| {
        Response::json_text(200, r#"{"id":"x","choi"#).into()
    }),
    Scenario::plain("wrong-shape", "Answers 200 with JSON that is no answer.", |_| {
        Response::json_text(200, r#"{"ok":true}"#).into()
    }),
    Scenario::plain("array-200", "Answers 200 with a JSON array.", |_| Response::json_text(200, "[]").into()),
    Scenario::plain("error-200", "Answers 200 with an error document.", |_| Response::status(200).into()),
    Scenario::plain(
        "ollama-parse-error",
        "Fails like Ollama on its model's call, with the raw text.",
        |_| {
            let text = r#"error parsing tool call: raw='{"name":"Write","arguments":{"file_path":"/tmp/a","content":"hi"}', err=unexpected end of JSON input"#;
            Response::status(500).message(text).into()
        },
    ),
    Scenario::plain("rejects-thinking", "Rejects adaptive thinking, answers without it.", |_| {
        rejects("adaptive thinking is not supported on this model", |body| {
            body["thinking"]["type"] == "adaptive"
        })
    }),
    Scenario::plain("rejects-context-management", "Rejects the field context_management.", |_| {
        rejects("context_management: Extra inputs are not permitted", |body| {
            body.get("context_management").is_some()
        })
    }),
    Scenario::plain("rejects-output-config", "Rejects the field output_config.", |_| {
        rejects("output_config: Extra inputs are not permitted", |body| body.get("output_config").is_some())
    }),
    Scenario::plain("rejects-system-role", "Rejects system messages behind the first.", |_| {
        rejects("role 'system' is not supported on this model", |body| {
            let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
            messages.iter().skip(1).any(|message| message["role"] == "system")
        })
    }),
    Scenario::plain("rejects-stream-options", "Rejects the field stream_options.", |_| {
        rejects("unrecognized request argument: stream_options", |body| body.get("stream_options").is_some())
    }),
    Scenario::plain("leaks-key", "Refuses with the caller's own key in the message.", |_| {
        Act::decide(|seen: &Seen| {
            let key = seen.header("x-api-key").or(seen.header("authorization")).unwrap_or("none");
            Response::status(401).message(format!("invalid api key: {key}")).into()
        })
    }),
    Scenario::counted("long-message", "Refuses at great length.", ("bytes", 1 << 20), |bytes| {
        let length = usize::try_from(bytes.min(64 << 20)).unwrap_or_default();
        Response::status(500).message("a".repeat(length)).into()
    }),
    Scenario::plain("nasty-message", "Refuses with line ends, escapes and markup in the message.", |_| {
        Response::status(500)
            .message("no\r\nx-injected: 1\r\n\r\n\u{1b}[2J<script>alert(1)</script>\u{0}\u{2028}")
            .into()
    }),
];

fn limited(retry_after: &str) -> Act {
    Response::status(429).retry_after(retry_after).into()
}

/// A 400 for bodies like this, an answer for the rest.
fn rejects(message: &'static str, like: fn(&Value) -> bool) -> Act {
    Act::decide(move |seen| {
        if like(&seen.json()) {
            Response::status(400).message(message).into()
        } else {
            Reply::words("Accepted.").into()
        }
    })
}
