//! A backend's answer: its head, and its body as it comes.

use super::backend::Backend;
use super::connector::{Io, root_cause};
use super::link::Link;
use crate::slots::Held;
use bytes::{Bytes, BytesMut};
use canon::fault::{Fault, FaultKind};
use http::response::Parts;
use hyper::body::Incoming;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

/// The head of an answer and the body that follows.
pub struct Answer {
    /// Status and headers.
    pub head: Parts,
    /// What follows.
    pub body: AnswerBody,
}

/// The body of an answer, on the connection it comes over.
pub struct AnswerBody {
    link: Link<Io>,
    incoming: Incoming,
    backend: Arc<Backend>,
    ended: bool,
    /// The slot it comes from.
    slot: Option<Arc<Held>>,
    /// Whether some of it is here.
    begun: bool,
}

impl AnswerBody {
    pub(super) fn new(link: Link<Io>, incoming: Incoming, backend: Arc<Backend>) -> Self {
        Self { link, incoming, backend, ended: false, slot: None, begun: false }
    }

    /// Keeps a slot busy for as long as the answer is there.
    pub(super) fn holding(mut self, slot: Option<Arc<Held>>) -> Self {
        self.slot = slot;
        self
    }

    /// The next bytes, or `None` at the end.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Fault>>> {
        loop {
            let Poll::Ready(frame) = self.link.poll_frame(&mut self.incoming, cx) else {
                return Poll::Pending;
            };
            return Poll::Ready(match frame {
                None => {
                    self.ended = true;
                    None
                }
                Some(Err(error)) => {
                    let reason = root_cause(&error);
                    Some(Err(Fault::new(FaultKind::Cut, format!("the connection broke: {reason}"))))
                }
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if data.is_empty() => continue,
                    Ok(data) => {
                        self.begin(&data);
                        Some(Ok(data))
                    }
                    Err(_trailers) => continue,
                },
            });
        }
    }

    /// Tells the slot once that the answer begins. Comments of an event stream come while the prompt is read.
    fn begin(&mut self, data: &[u8]) {
        if !self.begun && !matches!(data.trim_ascii_start().first(), None | Some(b':')) {
            self.begun = true;
            self.slot.iter().for_each(|slot| slot.begin());
        }
    }

    /// The next bytes, waiting for them. Cancel safe.
    pub async fn next(&mut self) -> Option<Result<Bytes, Fault>> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// The next bytes if they are here already.
    pub async fn ready(&mut self) -> Poll<Option<Result<Bytes, Fault>>> {
        poll_fn(|cx| Poll::Ready(self.poll_next(cx))).await
    }

    /// The whole body.
    ///
    /// # Errors
    /// If the connection breaks, or the body is longer than `limit` bytes.
    pub async fn collect(&mut self, limit: usize) -> Result<Bytes, Fault> {
        let Some(first) = self.next().await.transpose()? else { return Ok(Bytes::new()) };
        let Some(second) = self.next().await.transpose()? else { return within(first, limit) };
        let mut whole = BytesMut::from(first);
        whole.extend_from_slice(&second);
        while let Some(more) = self.next().await.transpose()? {
            if whole.len() + more.len() > limit {
                return Err(too_long(limit));
            }
            whole.extend_from_slice(&more);
        }
        within(whole.freeze(), limit)
    }

    /// The beginning of the body, cut at `limit` bytes; a connection that breaks ends it.
    pub async fn beginning(&mut self, limit: usize) -> Bytes {
        let mut bytes = BytesMut::new();
        while bytes.len() < limit
            && let Some(Ok(more)) = self.next().await
        {
            bytes.extend_from_slice(&more[..more.len().min(limit - bytes.len())]);
        }
        bytes.freeze()
    }

    /// Gives the connection back, if the body has been read to its end.
    pub async fn release(self) {
        if self.ended {
            self.backend.pool.put(self.link).await;
        }
    }
}

fn within(body: Bytes, limit: usize) -> Result<Bytes, Fault> {
    if body.len() > limit { Err(too_long(limit)) } else { Ok(body) }
}

fn too_long(limit: usize) -> Fault {
    Fault::new(FaultKind::Malformed, format!("the answer is longer than {limit} bytes"))
}
