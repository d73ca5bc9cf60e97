//! Bare HTTP responses: refusals, pages, redirects, JSON that is no model's answer.

use bytes::Bytes;
use serde_json::Value;

use crate::ask::Dialect;
use crate::message::{End, Message, Piece};
use crate::{anthropic, openai};

/// A response with a status, headers and a body.
#[derive(Clone, Debug)]
pub struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    /// An error in the shape of the dialect that was asked.
    Error(String),
    /// These bytes.
    Bytes(Bytes),
}

impl Response {
    /// A status with an error body in the dialect of the path.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Error(String::from(usual_message(status))) }
    }

    /// A status with nothing behind it.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Bytes(Bytes::new()) }
    }

    /// A JSON document.
    pub fn json(status: u16, document: &Value) -> Self {
        Self::json_text(status, document.to_string())
    }

    /// A body declared as JSON, valid or not.
    pub fn json_text(status: u16, text: impl Into<String>) -> Self {
        Self::empty(status).header("content-type", "application/json").body(text.into())
    }

    /// A page such as a proxy or a captive portal sends.
    pub fn html(status: u16) -> Self {
        const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Sorry</title></head>\
                            <body><h1>Something went wrong</h1></body></html>\n";
        Self::empty(status).header("content-type", "text/html; charset=utf-8").body(PAGE)
    }

    /// A 307 to this address.
    pub fn redirect(location: impl Into<String>) -> Self {
        Self::empty(307).header("location", location)
    }

    /// The same with one more header, written as it is.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same with this `retry-after`, sensible or not.
    #[must_use]
    pub fn retry_after(self, value: impl Into<String>) -> Self {
        self.header("retry-after", value)
    }

    /// The same with an error body that says this.
    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.body = Body::Error(message.into());
        self
    }

    /// The same with this body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Body::Bytes(body.into());
        self
    }

    pub(crate) fn to_message(&self, dialect: Dialect) -> Message {
        let mut headers = self.headers.clone();
        let body = match &self.body {
            Body::Bytes(bytes) => bytes.clone(),
            Body::Error(text) => {
                headers.push((String::from("content-type"), String::from("application/json")));
                error_body(dialect, self.status, text).into()
            }
        };
        let pieces = if body.is_empty() { Vec::new() } else { vec![Piece::Bytes(body)] };
        Message { status: self.status, headers, pieces, streamed: false, end: End::Whole }
    }
}

fn error_body(dialect: Dialect, status: u16, message: &str) -> String {
    match dialect {
        Dialect::Anthropic => anthropic::error(status, message),
        Dialect::OpenAi => openai::error(status, message),
    }
}

fn usual_message(status: u16) -> &'static str {
    match status {
        400 => "the request was malformed",
        401 => "invalid api key",
        402 => "insufficient credits",
        403 => "this key may not use this model",
        404 => "the model does not exist",
        408 => "the request timed out",
        413 => "the request is too large",
        422 => "the request can't be processed",
        429 => "rate limit reached, try again later",
        500 => "internal server error",
        502 => "bad gateway",
        503 => "the model is loading",
        504 => "the gateway timed out",
        529 => "overloaded",
        _ => "rehearsed failure",
    }
}
