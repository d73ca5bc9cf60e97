//! Turns an exchange, written as one straight function, into an HTTP response that may become a stream.
//!
//! The function runs only while the client's connection polls it: no task, no queue. What it sends waits in a slot of
//! one until the client has taken it, so a slow client holds it back, and a client that leaves drops it.

use super::sink::{Progress, Sink, Slot};
use bytes::Bytes;
use http::Response;
use http_body::{Body, Frame, SizeHint};
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// The exchange behind a response.
pub type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A response body: whole, or made by an exchange that still runs.
pub enum ReplyBody {
    /// All of it; taken once.
    Whole(Option<Bytes>),
    /// As it comes.
    Stream(Pump),
}

/// A running exchange.
pub struct Pump {
    work: Option<Work>,
    slot: Arc<Slot>,
}

/// Runs an exchange until it knows what to answer.
///
/// Dropping the future or the response's body stops the exchange where it is, and with it the backend.
pub async fn respond(exchange: impl FnOnce(Sink) -> Work) -> Response<ReplyBody> {
    let slot = Arc::new(Slot::default());
    let mut work = exchange(Sink::new(Arc::clone(&slot)));
    let mut running = true;
    let response = poll_fn(|cx| {
        running = running && work.as_mut().poll(cx).is_pending();
        match slot.take_head() {
            Some(head) => Poll::Ready(Some(head)),
            None if running => Poll::Pending,
            None => Poll::Ready(None),
        }
    })
    .await;
    match response {
        Some(Progress::Whole(response)) => {
            if running {
                poll_fn(|cx| work.as_mut().poll(cx)).await;
            }
            response.map(|bytes| ReplyBody::Whole(Some(bytes)))
        }
        Some(Progress::Begun(response)) => {
            response.map(|()| ReplyBody::Stream(Pump { work: running.then_some(work), slot }))
        }
        None => {
            let mut response = Response::new(ReplyBody::Whole(None));
            *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Stream(pump) => pump.poll(cx).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.as_ref().is_none_or(Bytes::is_empty),
            Self::Stream(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Stream(_) => SizeHint::default(),
        }
    }
}

impl Pump {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(bytes) = self.slot.take_bytes() {
            return Poll::Ready(Some(bytes));
        }
        let Some(work) = &mut self.work else { return Poll::Ready(None) };
        if work.as_mut().poll(cx).is_ready() {
            self.work = None;
        }
        match self.slot.take_bytes() {
            Some(bytes) => Poll::Ready(Some(bytes)),
            None if self.work.is_none() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}
