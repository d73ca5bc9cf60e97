//! Reading requests off a connection: heads, bodies with a length, chunked bodies. Nothing of what they mean.

use std::io;
use std::ops::Range;

use bytes::{Bytes, BytesMut};
use memchr::{memchr, memmem};
use tokio::io::{AsyncRead, AsyncReadExt};

/// The longest request head that is read, in bytes.
const LONGEST_HEAD: usize = 1 << 20;
/// The longest body that is read, in bytes.
const LONGEST_BODY: usize = 256 << 20;
/// The longest chunk size line or trailer that is read, in bytes.
const LONGEST_LINE: usize = 8 << 10;
/// What a client may send ahead while it is being answered, in bytes; the rest stays in the kernel.
const LONGEST_PIPELINE: usize = 64 << 10;
/// The most a buffer grows ahead of the bytes that come.
const LARGEST_STEP: usize = 1 << 20;

/// A request's head, kept as it came.
#[derive(Debug)]
pub(crate) struct Head {
    raw: Bytes,
    method: Range<usize>,
    target: Range<usize>,
    pub(crate) body: BodyLength,
    pub(crate) keep_alive: bool,
    pub(crate) expects_continue: bool,
}

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyLength {
    Exactly(usize),
    Chunked,
}

/// Why a request can't be read.
#[derive(Debug)]
pub(crate) enum Malformed {
    /// Not HTTP, or HTTP that contradicts itself.
    Framing(&'static str),
    /// One of the limits is exceeded.
    TooLong,
    /// The connection ended inside the request.
    CutOff,
}

impl From<io::Error> for Malformed {
    fn from(_: io::Error) -> Self {
        Self::CutOff
    }
}

impl Head {
    fn parse(raw: Bytes) -> Result<Self, Malformed> {
        let line_end = memmem::find(&raw, b"\r\n").unwrap_or(raw.len());
        let mut words = raw[..line_end].split(|byte| *byte == b' ');
        let (Some(method), Some(target), Some(b"HTTP/1.1" | b"HTTP/1.0"), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(Malformed::Framing("the request line is not `METHOD target HTTP/1.1`"));
        };
        let method = 0..method.len();
        let target = method.end + 1..method.end + 1 + target.len();
        let keep_alive = raw[..line_end].ends_with(b"1");
        let body = BodyLength::Exactly(0);
        let mut head = Self { method, target, body, keep_alive, expects_continue: false, raw };
        head.read_framing()?;
        Ok(head)
    }

    /// Takes from the headers what says how the body and the connection end.
    fn read_framing(&mut self) -> Result<(), Malformed> {
        let raw = self.raw.clone();
        for (name, value) in header_lines(&raw) {
            if name.eq_ignore_ascii_case(b"content-length") {
                let length = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                self.body = BodyLength::Exactly(length.ok_or(Malformed::Framing("bad content-length"))?);
            } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
                self.body = BodyLength::Chunked;
            } else if name.eq_ignore_ascii_case(b"connection") && value.eq_ignore_ascii_case(b"close") {
                self.keep_alive = false;
            } else if name.eq_ignore_ascii_case(b"expect") {
                self.expects_continue = true;
            }
        }
        Ok(())
    }

    pub(crate) fn method(&self) -> String {
        String::from_utf8_lossy(&self.raw[self.method.clone()]).into_owned()
    }

    pub(crate) fn target(&self) -> &[u8] {
        &self.raw[self.target.clone()]
    }

    /// The headers in order, names as they were spelled.
    pub(crate) fn headers(&self) -> Vec<(String, Bytes)> {
        let owned = |(name, value)| (String::from_utf8_lossy(name).into_owned(), self.raw.slice_ref(value));
        header_lines(&self.raw).map(owned).collect()
    }
}

/// Name and trimmed value of each line below the first.
fn header_lines(raw: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    raw.split(|byte| *byte == b'\n').skip(1).filter_map(|line| {
        let colon = memchr(b':', line)?;
        Some((&line[..colon], line[colon + 1..].trim_ascii()))
    })
}

/// The bytes a client has sent that no request has taken yet.
#[derive(Debug, Default)]
pub(crate) struct Inlet {
    buffer: BytesMut,
}

impl Inlet {
    /// The next request's head; `None` when the client closed instead. Dropping it loses nothing that was
    /// read.
    pub(crate) async fn head(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
    ) -> Result<Option<Head>, Malformed> {
        let mut scanned: usize = 0;
        loop {
            let start = scanned.saturating_sub(3);
            if let Some(at) = memmem::find(&self.buffer[start..], b"\r\n\r\n") {
                return Head::parse(self.buffer.split_to(start + at + 4).freeze()).map(Some);
            }
            scanned = self.buffer.len();
            if scanned > LONGEST_HEAD {
                return Err(Malformed::TooLong);
            }
            match self.fill(from, 0).await {
                Err(Malformed::CutOff) if self.buffer.is_empty() => return Ok(None),
                other => other?,
            }
        }
    }

    /// The body that follows a head.
    pub(crate) async fn body(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
        length: BodyLength,
    ) -> Result<Bytes, Malformed> {
        match length {
            BodyLength::Exactly(length) if length > LONGEST_BODY => Err(Malformed::TooLong),
            BodyLength::Exactly(length) => self.exactly(from, length).await,
            BodyLength::Chunked => self.chunks(from).await,
        }
    }

    /// Returns when the client is gone. What it sends meanwhile is kept for the next request, up to a limit.
    pub(crate) async fn gone(&mut self, from: &mut (impl AsyncRead + Unpin)) {
        while self.buffer.len() < LONGEST_PIPELINE {
            if self.fill(from, 0).await.is_err() {
                return;
            }
        }
        std::future::pending::<()>().await;
    }

    async fn chunks(&mut self, from: &mut (impl AsyncRead + Unpin)) -> Result<Bytes, Malformed> {
        let mut body = BytesMut::new();
        loop {
            let size = chunk_size(&self.line(from).await?)?;
            if size == 0 {
                while !self.line(from).await?.trim_ascii().is_empty() {}
                return Ok(body.freeze());
            }
            if size > LONGEST_BODY - body.len() {
                return Err(Malformed::TooLong);
            }
            body.extend_from_slice(&self.exactly(from, size).await?);
            if &self.exactly(from, 2).await?[..] != b"\r\n" {
                return Err(Malformed::Framing("a chunk is longer than its size"));
            }
        }
    }

    async fn line(&mut self, from: &mut (impl AsyncRead + Unpin)) -> Result<Bytes, Malformed> {
        let mut scanned = 0;
        loop {
            if let Some(at) = memchr(b'\n', &self.buffer[scanned..]) {
                return Ok(self.buffer.split_to(scanned + at + 1).freeze());
            }
            scanned = self.buffer.len();
            if scanned > LONGEST_LINE {
                return Err(Malformed::TooLong);
            }
            self.fill(from, 0).await?;
        }
    }

    async fn exactly(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
        length: usize,
    ) -> Result<Bytes, Malformed> {
        while self.buffer.len() < length {
            let missing = length - self.buffer.len();
            self.fill(from, missing).await?;
        }
        Ok(self.buffer.split_to(length).freeze())
    }

    /// Reads once; `wanted` is how much is known to be coming.
    async fn fill(&mut self, from: &mut (impl AsyncRead + Unpin), wanted: usize) -> Result<(), Malformed> {
        self.buffer.reserve(wanted.clamp(4096, LARGEST_STEP));
        match from.read_buf(&mut self.buffer).await? {
            0 => Err(Malformed::CutOff),
            _ => Ok(()),
        }
    }
}

fn chunk_size(line: &[u8]) -> Result<usize, Malformed> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let text =
        std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()));
    text.and_then(|text| usize::from_str_radix(text, 16).ok()).ok_or(Malformed::Framing("bad chunk size"))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(mut bytes: &[u8]) -> Result<(Head, Bytes), Malformed> {
        let mut inlet = Inlet::default();
        let head = inlet.head(&mut bytes).await?.ok_or(Malformed::CutOff)?;
        let body = inlet.body(&mut bytes, head.body).await?;
        Ok((head, body))
    }

    #[tokio::test]
    async fn reads_head_and_body_with_a_length() {
        let (head, body) =
            read(b"POST /v1/messages?beta=true HTTP/1.1\r\nHost: a\r\nX-Odd:  \xff \r\nContent-Length: 2\r\n\r\n{}")
                .await
                .unwrap();
        assert_eq!((head.method().as_str(), head.target()), ("POST", &b"/v1/messages?beta=true"[..]));
        assert_eq!(head.headers()[1], (String::from("X-Odd"), Bytes::from_static(b"\xff")));
        assert!(head.keep_alive);
        assert_eq!(&body[..], b"{}");
    }

    #[tokio::test]
    async fn reads_chunks_with_extensions_and_trailers() {
        let text = b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\nConnection: close\r\n\r\n\
                     3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nx: y\r\n\r\n";
        let (head, body) = read(text).await.unwrap();
        assert!(!head.keep_alive);
        assert_eq!(&body[..], b"abc0123456789");
    }

    #[tokio::test]
    async fn refuses_what_is_not_http() {
        for text in [
            &b"hello\r\n\r\n"[..],
            b"GET / HTTP/2\r\n\r\n",
            b"POST / HTTP/1.1\r\ncontent-length: many\r\n\r\n",
            b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n",
        ] {
            assert!(matches!(read(text).await, Err(Malformed::Framing(_))), "{text:?}");
        }
    }

    #[tokio::test]
    async fn a_request_cut_off_is_told_from_none_at_all() {
        assert!(Inlet::default().head(&mut &b""[..]).await.unwrap().is_none());
        assert!(matches!(Inlet::default().head(&mut &b"GET / HT"[..]).await, Err(Malformed::CutOff)));
    }
}
