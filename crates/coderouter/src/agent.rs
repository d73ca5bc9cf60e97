//! Somebody who asks a router over HTTP, as agents do, and reads what comes back: the demo, and commands that look at a
//! running program.

use crate::upstream::{Connector, Io, Link};
use anyhow::Context;
use bytes::Bytes;
use canon::config::{Endpoint, Scheme};
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::Value;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Longest wait for one answer, where nothing else is said.
const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody who asks a router.
pub struct Agent {
    endpoint: Endpoint,
    connector: Connector,
    patience: Duration,
}

/// An answer that is coming.
pub struct Coming {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    link: Link<Io>,
    body: Incoming,
}

/// What came back.
pub struct Heard {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Bytes,
    /// How long the first byte of the body took.
    pub first_byte: Duration,
    /// How long all of it took.
    pub took: Duration,
}

impl Agent {
    /// An agent of the router at this address.
    pub fn new(address: SocketAddr) -> Self {
        let (host, port) = (address.ip().to_string(), address.port());
        Self::of(Endpoint { scheme: Scheme::Http, host, port, path: String::new() })
    }

    /// An agent of the router behind this URL.
    pub fn of(endpoint: Endpoint) -> Self {
        Self { endpoint, connector: Connector::from_environment(), patience: PATIENCE }
    }

    /// The same with less or more patience for one answer.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Posts a JSON document.
    ///
    /// # Errors
    /// If no answer comes.
    pub async fn post(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> anyhow::Result<Heard> {
        self.ask(Method::POST, path, headers, body.to_string().into()).await
    }

    /// Asks for something.
    ///
    /// # Errors
    /// If no answer comes.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> anyhow::Result<Heard> {
        let heard = async {
            let started = Instant::now();
            let mut coming = self.open(method, path, headers, body).await?;
            let mut body = Vec::new();
            let mut first_byte = None;
            while let Some(data) = coming.next().await? {
                first_byte.get_or_insert_with(|| started.elapsed());
                body.extend_from_slice(&data);
            }
            let took = started.elapsed();
            Ok(Heard {
                status: coming.status,
                headers: coming.headers,
                body: body.into(),
                first_byte: first_byte.unwrap_or(took),
                took,
            })
        };
        tokio::time::timeout(self.patience, heard).await.context("no answer in time")?
    }

    /// Asks for something whose answer may take as long as it likes.
    ///
    /// # Errors
    /// If no head of an answer comes.
    pub async fn open(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> anyhow::Result<Coming> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.endpoint.path))
            .header(header::HOST, self.endpoint.authority())
            .header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body))?;
        let head = async {
            let mut link = Link::open(self.connector.connect(&self.endpoint).await?).await?;
            let answer = link.send(request).await?;
            anyhow::Ok((link, answer))
        };
        let (link, answer): (_, Response<Incoming>) =
            tokio::time::timeout(self.patience, head).await.context("no answer in time")??;
        let (head, body) = answer.into_parts();
        Ok(Coming { status: head.status, headers: head.headers, link, body })
    }
}

impl Coming {
    /// The next bytes of the body; none at its end.
    ///
    /// # Errors
    /// If the connection breaks.
    pub async fn next(&mut self) -> anyhow::Result<Option<Bytes>> {
        let Self { link, body, .. } = self;
        let Some(frame) = poll_fn(|cx| link.poll_frame(body, cx)).await else { return Ok(None) };
        Ok(Some(frame?.into_data().unwrap_or_default()))
    }
}

impl Heard {
    /// A header's value, empty where it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The JSON documents of a stream's events, or the one of a plain answer.
    pub fn documents(&self) -> Vec<Value> {
        let text = String::from_utf8_lossy(&self.body);
        if let Ok(whole) = serde_json::from_str(&text) {
            return vec![whole];
        }
        text.lines()
            .filter_map(|line| line.strip_prefix("data:"))
            .filter_map(|data| serde_json::from_str(data.trim()).ok())
            .collect()
    }

    /// The text of an answer in either dialect, streamed or not.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for document in self.documents() {
            for pointer in
                ["/delta/text", "/content/0/text", "/choices/0/delta/content", "/choices/0/message/content"]
            {
                text.push_str(document.pointer(pointer).and_then(Value::as_str).unwrap_or(""));
            }
        }
        text
    }

    /// The first tool call of an Anthropic stream: id, name and arguments.
    pub fn call(&self) -> Option<(String, String, Value)> {
        let documents = self.documents();
        let mut blocks = documents.iter().filter_map(|document| document.get("content_block"));
        let block = blocks.find(|block| block["type"] == "tool_use")?;
        let pieces =
            documents.iter().filter_map(|document| document.pointer("/delta/partial_json")?.as_str());
        let arguments = serde_json::from_str(&pieces.collect::<String>()).ok()?;
        Some((block["id"].as_str()?.to_owned(), block["name"].as_str()?.to_owned(), arguments))
    }

    /// Whether the stream ended with an error its client can read.
    pub fn has_error_event(&self) -> bool {
        self.documents().iter().any(|document| document.get("error").is_some())
    }
}
