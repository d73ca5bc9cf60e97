//! The client: connections that are kept, requests written as they are, answers read to their end.

use anyhow::{Context, Result, ensure};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// The longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to a proxy or to the backend.
pub struct Connection {
    socket: TcpStream,
    answer: Vec<u8>,
}

/// Whether `GET /healthz` gets any answer on this port: the router's own, or the backend's through a proxy.
pub async fn answers(port: u16) -> bool {
    let ask = async {
        let mut connection = Connection::open(port).await?;
        connection.send(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await?;
        connection.head().await
    };
    ask.await.is_ok()
}

impl Connection {
    /// Connects to this port of 127.0.0.1.
    pub async fn open(port: u16) -> Result<Self> {
        let socket = TcpStream::connect(("127.0.0.1", port)).await?;
        socket.set_nodelay(true)?;
        Ok(Self { socket, answer: Vec::with_capacity(64 << 10) })
    }

    /// Asks and returns the whole answer, head included; fails where its status is not 200.
    pub async fn ask(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.send(request).await?;
        self.started().await?;
        while !is_whole(&self.answer) {
            self.read().await?;
        }
        Ok(&self.answer)
    }

    /// Writes a request and forgets the answer before.
    pub async fn send(&mut self, request: &[u8]) -> Result<()> {
        self.answer.clear();
        Ok(self.socket.write_all(request).await?)
    }

    /// Reads until the head is there; fails where its status is not 200.
    pub async fn started(&mut self) -> Result<()> {
        self.head().await?;
        ensure!(self.answer.starts_with(b"HTTP/1.1 200 "), "not 200: {}", self.excerpt());
        Ok(())
    }

    async fn head(&mut self) -> Result<()> {
        while head_end(&self.answer).is_none() {
            self.read().await?;
        }
        Ok(())
    }

    async fn read(&mut self) -> Result<()> {
        let read = tokio::time::timeout(PATIENCE, self.socket.read_buf(&mut self.answer));
        ensure!(read.await.context("no answer in time")?? > 0, "closed within an answer: {}", self.excerpt());
        Ok(())
    }

    fn excerpt(&self) -> String {
        String::from_utf8_lossy(&self.answer[..self.answer.len().min(600)]).into_owned()
    }
}

/// Asks on several connections at the same time, each `requests` times.
pub struct Load {
    connections: Vec<Connection>,
    request: Arc<[u8]>,
}

impl Load {
    /// Opens the connections, and asks once on each.
    pub async fn open(port: u16, connections: usize, request: &Arc<[u8]>) -> Result<Self> {
        let mut opened = Vec::new();
        for _ in 0..connections {
            opened.push(Connection::open(port).await?);
        }
        let mut load = Self { connections: opened, request: Arc::clone(request) };
        load.run(1, Duration::ZERO).await?;
        Ok(load)
    }

    /// Asks, each connection this much later than the one before; returns the time of each request in microseconds,
    /// in no order.
    pub async fn run(&mut self, requests: usize, stagger: Duration) -> Result<Vec<f64>> {
        let mut tasks = JoinSet::new();
        for (place, mut connection) in (0..).zip(self.connections.drain(..)) {
            let request = Arc::clone(&self.request);
            tasks.spawn(async move {
                if !stagger.is_zero() {
                    tokio::time::sleep(stagger * place).await;
                }
                let mut times = Vec::with_capacity(requests);
                for _ in 0..requests {
                    let start = Instant::now();
                    connection.ask(&request).await?;
                    times.push(start.elapsed().as_secs_f64() * 1e6);
                }
                anyhow::Ok((connection, times))
            });
        }
        let mut all = Vec::new();
        while let Some(done) = tasks.join_next().await {
            let (connection, times) = done??;
            self.connections.push(connection);
            all.extend(times);
        }
        Ok(all)
    }
}

fn head_end(answer: &[u8]) -> Option<usize> {
    answer.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4)
}

/// Whether an answer has come to its end. Its chunks never end as the last chunk does: what is in them holds no CR.
fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = head_end(answer) else { return false };
    match content_length(&answer[..end]) {
        Some(length) => answer.len() >= end + length,
        None => answer.ends_with(b"\r\n0\r\n\r\n"),
    }
}

/// The body of a whole answer, without the borders of its chunks.
pub fn body(answer: &[u8]) -> Vec<u8> {
    let Some(end) = head_end(answer) else { return Vec::new() };
    let mut rest = &answer[end..];
    if content_length(&answer[..end]).is_some() {
        return rest.to_vec();
    }
    let mut body = Vec::new();
    while let Some(line) = rest.iter().position(|byte| *byte == b'\n') {
        let digits = std::str::from_utf8(rest[..line].trim_ascii()).unwrap_or_default();
        let size = usize::from_str_radix(digits, 16).unwrap_or_default();
        let chunk = rest.get(line + 1..line + 1 + size).unwrap_or_default();
        body.extend_from_slice(chunk);
        rest = rest.get(line + 3 + size..).unwrap_or_default();
    }
    body
}

fn content_length(head: &[u8]) -> Option<usize> {
    let lines = head.split(|byte| *byte == b'\n');
    let mut value = lines.filter_map(|line| {
        let (name, value) = line.split_at_checked(15)?;
        name.eq_ignore_ascii_case(b"content-length:").then(|| value.trim_ascii())
    });
    value.next().and_then(|value| std::str::from_utf8(value).ok()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::{body, is_whole};

    #[test]
    fn the_end_of_an_answer_is_found() {
        let whole = |text: &str| is_whole(text.as_bytes());
        assert!(whole("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
        assert!(!whole("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok"));
        assert!(whole("HTTP/1.1 200 OK\r\n\r\n2\r\nok\r\n0\r\n\r\n"));
        assert!(!whole("HTTP/1.1 200 OK\r\n\r\n2\r\nok\r\n"));
        assert!(!whole("HTTP/1.1 200"));
    }

    #[test]
    fn a_body_is_joined_from_its_chunks() {
        assert_eq!(body(b"HTTP/1.1 200 OK\r\n\r\n2\r\nok\r\na\r\n0123456789\r\n0\r\n\r\n"), b"ok0123456789");
        assert_eq!(body(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), b"ok");
    }
}
