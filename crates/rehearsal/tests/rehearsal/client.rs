//! A raw client: it sends text and reads bytes, and knows just enough HTTP to take an answer apart.

use std::io;
use std::time::Duration;

use rehearsal::{Act, Backend, Script};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// No test waits longer for a byte.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) const MESSAGES: &str = "/v1/messages";
pub(crate) const CHAT: &str = "/v1/chat/completions";

/// A stream request that asks for token counts; both dialects read it.
pub(crate) const STREAM: &str =
    r#"{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[]}"#;
/// A plain request.
pub(crate) const PLAIN: &str = r#"{"model":"m","messages":[]}"#;

pub(crate) struct Client {
    socket: TcpStream,
    buffer: Vec<u8>,
}

/// An answer taken apart.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// The sizes of its chunks, without the last.
    pub(crate) chunks: Vec<usize>,
}

impl Received {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("a body in UTF-8")
    }
}

impl Client {
    pub(crate) async fn connect(backend: &Backend) -> Self {
        let socket = TcpStream::connect(backend.addr()).await.expect("the backend listens");
        Self { socket, buffer: Vec::new() }
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.socket.write_all(text.as_bytes()).await.expect("the backend reads");
    }

    pub(crate) async fn post(&mut self, target: &str, body: &str) {
        let length = body.len();
        self.send(&format!("POST {target} HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n{body}"))
            .await;
    }

    /// Everything until the backend closes; an error where it breaks the connection.
    pub(crate) async fn rest(&mut self) -> io::Result<Vec<u8>> {
        while self.more().await? > 0 {}
        Ok(std::mem::take(&mut self.buffer))
    }

    /// At least that many bytes, or all there are.
    pub(crate) async fn at_least(&mut self, length: usize) -> &[u8] {
        while self.buffer.len() < length && self.more().await.expect("the connection holds") > 0 {}
        &self.buffer
    }

    /// Everything up to and with this text.
    pub(crate) async fn until(&mut self, text: &str) -> Vec<u8> {
        let mut scanned: usize = 0;
        loop {
            let start = scanned.saturating_sub(text.len());
            let found = self.buffer[start..].windows(text.len()).position(|window| window == text.as_bytes());
            if let Some(at) = found {
                return self.buffer.drain(..start + at + text.len()).collect();
            }
            scanned = self.buffer.len();
            assert!(self.more().await.expect("the connection holds") > 0, "closed before {text:?}");
        }
    }

    /// The next answer, read as its head says.
    pub(crate) async fn answer(&mut self) -> Received {
        let head = String::from_utf8(self.until("\r\n\r\n").await).expect("a head in UTF-8");
        let status = head[9..12].parse().expect("a status");
        let mut chunks = Vec::new();
        let body = if head.contains("transfer-encoding: chunked") {
            self.chunks(&mut chunks).await
        } else if let Some((_, length)) = head.split_once("content-length: ") {
            let length = length.lines().next().and_then(|text| text.parse().ok()).expect("a length");
            self.take(length).await
        } else {
            self.rest().await.expect("a clean end")
        };
        Received { status, head, body, chunks }
    }

    async fn chunks(&mut self, sizes: &mut Vec<usize>) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let line = String::from_utf8(self.until("\r\n").await).expect("a size line");
            let size = usize::from_str_radix(line.trim(), 16).expect("a size");
            body.extend(self.take(size).await);
            assert_eq!(self.take(2).await, b"\r\n");
            if size == 0 {
                return body;
            }
            sizes.push(size);
        }
    }

    async fn take(&mut self, length: usize) -> Vec<u8> {
        self.at_least(length).await;
        assert!(self.buffer.len() >= length, "closed {} bytes early", length - self.buffer.len());
        self.buffer.drain(..length).collect()
    }

    async fn more(&mut self) -> io::Result<usize> {
        tokio::time::timeout(PATIENCE, self.socket.read_buf(&mut self.buffer)).await?
    }
}

/// A backend that does the same for every model call.
pub(crate) async fn backend(act: impl Into<Act>) -> Backend {
    started(Script::always(act)).await
}

pub(crate) async fn started(script: Script) -> Backend {
    Backend::start(script).await.expect("a free port")
}

/// The answer to one request.
pub(crate) async fn ask(backend: &Backend, target: &str, body: &str) -> Received {
    let mut client = Client::connect(backend).await;
    client.post(target, body).await;
    client.answer().await
}
