//! One HTTP/1.1 connection, driven by whoever uses it.
//!
//! There is no task behind a connection: the request that holds it polls it. A client that reads slowly thus slows
//! its backend, a client that leaves closes it, and no other thread has to be woken for a frame.

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper::rt::{Read, Write};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

/// Most header lines of an answer. Hyper parses so many in place, and allocates for each head where more are allowed.
const MAX_HEADERS: usize = 100;

/// Most bytes of an answer's head, and of what is read ahead of its body.
const MAX_BUFFER: usize = 256 * 1024;

/// The connection itself; boxed, as it is large and moves with every call.
type Driver<Io> = Box<Connection<Io, Full<Bytes>>>;

/// A connection and its driver.
pub struct Link<Io: Read + Write + Unpin + 'static> {
    sender: SendRequest<Full<Bytes>>,
    /// Absent once the connection has closed.
    driver: Option<Driver<Io>>,
    /// Calls sent over it.
    calls: u64,
}

impl<Io: Read + Write + Unpin + Send + 'static> Link<Io> {
    /// Speaks HTTP over an open connection. Nothing is sent yet.
    pub async fn open(io: Io) -> hyper::Result<Self> {
        let (sender, driver) =
            Builder::new().max_headers(MAX_HEADERS).max_buf_size(MAX_BUFFER).handshake(io).await?;
        Ok(Self { sender, driver: Some(Box::new(driver)), calls: 0 })
    }

    /// Whether it had carried another call before the latest: then the backend may have closed it meanwhile.
    pub fn is_used_before(&self) -> bool {
        self.calls > 1
    }

    /// Sends a request and waits for the head of its answer. Dropping the future leaves the link unusable.
    pub async fn send(&mut self, request: Request<Full<Bytes>>) -> hyper::Result<Response<Incoming>> {
        poll_fn(|cx| {
            self.drive(cx);
            self.sender.poll_ready(cx)
        })
        .await?;
        self.calls += 1;
        let mut response = pin!(self.sender.send_request(request));
        poll_fn(|cx| {
            drive(&mut self.driver, cx);
            response.as_mut().poll(cx)
        })
        .await
    }

    /// The next frame of an answer's body.
    pub fn poll_frame(
        &mut self,
        body: &mut Incoming,
        cx: &mut Context<'_>,
    ) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        match Pin::new(&mut *body).poll_frame(cx) {
            Poll::Pending => {
                self.drive(cx);
                Pin::new(body).poll_frame(cx)
            }
            ready @ Poll::Ready(_) => ready,
        }
    }

    /// Whether another call may go over it: open, at rest, and without a byte that nobody asked for.
    pub async fn is_at_rest(&mut self) -> bool {
        poll_fn(|cx| {
            self.drive(cx);
            Poll::Ready(self.driver.is_some() && matches!(self.sender.poll_ready(cx), Poll::Ready(Ok(()))))
        })
        .await
    }

    fn drive(&mut self, cx: &mut Context<'_>) {
        drive(&mut self.driver, cx);
    }
}

/// Lets the connection read and write. Its errors are told by the call that meets them.
fn drive<Io>(driver: &mut Option<Driver<Io>>, cx: &mut Context<'_>)
where
    Io: Read + Write + Unpin + Send + 'static,
{
    if let Some(connection) = driver
        && Pin::new(connection).poll(cx).is_ready()
    {
        *driver = None;
    }
}
