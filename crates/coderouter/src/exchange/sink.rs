//! The exchange's end of a response: a slot of one between it and the client's connection.

use bytes::Bytes;
use http::Response;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

/// Where an exchange puts what the client is to get.
pub struct Sink {
    slot: Arc<Slot>,
}

/// What an exchange has decided to answer.
pub(super) enum Progress {
    /// Everything.
    Whole(Response<Bytes>),
    /// The head; the body follows.
    Begun(Response<()>),
}

/// What waits to be taken by the connection. The lock is never contended: both ends are polled by one task.
#[derive(Default)]
pub(super) struct Slot {
    inner: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    head: Option<Progress>,
    bytes: Option<Bytes>,
}

impl Slot {
    pub(super) fn take_head(&self) -> Option<Progress> {
        self.lock().head.take()
    }

    pub(super) fn take_bytes(&self) -> Option<Bytes> {
        self.lock().bytes.take()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink {
    pub(super) fn new(slot: Arc<Slot>) -> Self {
        Self { slot }
    }

    /// Answers whole. Nothing may follow.
    pub fn answer(&mut self, response: Response<Bytes>) {
        self.slot.lock().head = Some(Progress::Whole(response));
    }

    /// Sends the head of a stream and waits until the connection has taken it.
    pub async fn begin(&mut self, response: Response<()>) {
        self.slot.lock().head = Some(Progress::Begun(response));
        poll_fn(|_| if self.slot.lock().head.is_none() { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Sends bytes of a stream and waits until the connection has taken them. The connection polls again after
    /// taking, so nothing has to be woken.
    pub async fn send(&mut self, bytes: Bytes) {
        if bytes.is_empty() {
            return;
        }
        self.slot.lock().bytes = Some(bytes);
        poll_fn(|_| if self.slot.lock().bytes.is_none() { Poll::Ready(()) } else { Poll::Pending }).await;
    }
}
