//! A client's connection, byte by byte: just enough HTTP to send anything and to take an answer apart with the
//! times at which it came. It knows no dialect.

use crate::house::House;
use std::io;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// No test waits longer for a byte.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection. Dropping it is how a client leaves.
pub(crate) struct Line {
    socket: TcpStream,
    buffer: Vec<u8>,
    body: Body,
}

/// How the rest of the answer's body comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    Chunked,
    Length(usize),
    Ended,
}

/// The head of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
}

/// An answer, whole or as far as it came.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
    /// When each piece of the body came, and where it ends.
    pub(crate) pieces: Vec<(Instant, usize)>,
    /// Whether the body came to its end.
    pub(crate) whole: bool,
}

impl Head {
    /// A header's value, empty where it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

impl House {
    /// A new connection to the router.
    pub(crate) async fn connect(&self) -> Line {
        Line::over(TcpStream::connect(self.address).await.expect("the router listens"))
    }

    /// A connection that takes only a few bytes before it is read from.
    pub(crate) async fn connect_narrow(&self) -> Line {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4096).expect("a small buffer");
        Line::over(socket.connect(self.address).await.expect("the router listens"))
    }
}

impl Line {
    fn over(socket: TcpStream) -> Self {
        socket.set_nodelay(true).expect("an open socket");
        Self { socket, buffer: Vec::new(), body: Body::Ended }
    }

    /// Sends bytes as they are. A router that has closed its end already is no error.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let sent = tokio::time::timeout(PATIENCE, self.socket.write_all(bytes.as_ref())).await;
        let _ = sent.expect("the router takes what it is sent");
    }

    /// Ends the sending side only.
    pub(crate) async fn half_close(&mut self) {
        self.socket.shutdown().await.expect("an open socket");
    }

    /// The head of the next answer, 1xx passed over; `None` where the connection ends instead.
    pub(crate) async fn head(&mut self) -> Option<Head> {
        loop {
            let text = String::from_utf8(self.until(b"\r\n\r\n").await?).expect("a head in UTF-8");
            let mut lines = text.lines();
            let status = lines.next().and_then(|line| line.get(9..12)?.parse().ok()).expect("a status line");
            let headers = lines.filter_map(|line| line.split_once(':'));
            let headers =
                headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
            let head = Head { status, headers };
            if status >= 200 {
                self.body = Body::of(&head);
                return Some(head);
            }
        }
    }

    /// The status of the next head, were it only a 1xx.
    pub(crate) async fn interim(&mut self) -> u16 {
        let text = String::from_utf8(self.until(b"\r\n\r\n").await.expect("a head")).expect("UTF-8");
        text.get(9..12).and_then(|status| status.parse().ok()).expect("a status")
    }

    /// Everything until the router closes.
    pub(crate) async fn drain(&mut self) -> Vec<u8> {
        while self.more().await.is_ok() {}
        std::mem::take(&mut self.buffer)
    }

    /// The next piece of the body: `None` at its end, an error where the connection breaks before.
    pub(crate) async fn piece(&mut self) -> io::Result<Option<Vec<u8>>> {
        match self.body {
            Body::Ended => Ok(None),
            Body::Length(left) => {
                while self.buffer.is_empty() {
                    self.more().await?;
                }
                let piece: Vec<u8> = self.buffer.drain(..left.min(self.buffer.len())).collect();
                self.body = Body::left(left - piece.len());
                Ok(Some(piece))
            }
            Body::Chunked => self.chunk().await,
        }
    }

    /// The body up to a text; fails the test where it does not come.
    pub(crate) async fn body_until(&mut self, text: &str) -> Vec<u8> {
        let mut body = Vec::new();
        while !contains(&body, text.as_bytes()) {
            let piece = self.piece().await.expect("an open connection");
            let seen = String::from_utf8_lossy(&body);
            body.extend(piece.unwrap_or_else(|| panic!("no {text:?} in {seen}")));
        }
        body
    }

    /// The next answer; `None` where the connection ends instead.
    pub(crate) async fn answer(&mut self) -> Option<Answer> {
        let head = self.head().await?;
        Some(self.rest(head).await)
    }

    /// The rest of an answer whose head was read.
    pub(crate) async fn rest(&mut self, head: Head) -> Answer {
        let mut answer = Answer { head, body: Vec::new(), pieces: Vec::new(), whole: false };
        loop {
            match self.piece().await {
                Ok(Some(piece)) => {
                    answer.body.extend(piece);
                    answer.pieces.push((Instant::now(), answer.body.len()));
                }
                Ok(None) => break answer.whole = true,
                Err(_) => break,
            }
        }
        answer
    }

    /// For the answer to a HEAD request, whose body is never sent.
    pub(crate) fn without_body(&mut self) {
        self.body = Body::Ended;
    }

    /// Whether the router closes the connection without another byte.
    pub(crate) async fn closes(&mut self) -> bool {
        self.buffer.is_empty() && self.more().await.is_err()
    }

    async fn chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let broken = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let size = String::from_utf8(self.until(b"\r\n").await.ok_or_else(broken)?).expect("a size line");
        let size = usize::from_str_radix(size.trim(), 16).expect("a size");
        while self.buffer.len() < size + 2 {
            self.more().await?;
        }
        let piece: Vec<u8> = self.buffer.drain(..size).collect();
        assert_eq!(self.buffer.drain(..2).collect::<Vec<u8>>(), b"\r\n");
        if size == 0 {
            self.body = Body::Ended;
            return Ok(None);
        }
        Ok(Some(piece))
    }

    /// Everything up to and with these bytes; `None` where the connection ends before.
    async fn until(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        let mut scanned = 0_usize;
        loop {
            let from = scanned.saturating_sub(end.len());
            if let Some(at) = self.buffer[from..].windows(end.len()).position(|window| window == end) {
                return Some(self.buffer.drain(..from + at + end.len()).collect());
            }
            scanned = self.buffer.len();
            self.more().await.ok()?;
        }
    }

    async fn more(&mut self) -> io::Result<()> {
        let read = tokio::time::timeout(PATIENCE, self.socket.read_buf(&mut self.buffer)).await;
        match read.expect("the router answers or closes in time")? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

impl Body {
    fn of(head: &Head) -> Self {
        let chunked = head.header("transfer-encoding").eq_ignore_ascii_case("chunked");
        match head.header("content-length").parse() {
            Ok(length) => Self::left(length),
            Err(_) if chunked => Self::Chunked,
            Err(_) => Self::Ended,
        }
    }

    fn left(length: usize) -> Self {
        if length == 0 { Self::Ended } else { Self::Length(length) }
    }
}

/// Whether bytes hold other bytes.
pub(crate) fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
