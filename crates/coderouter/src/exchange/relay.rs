//! A backend's stream on its way to the client: bytes to deltas, and deltas, or the bytes themselves, to the client.

use super::account::Account;
use super::client::{Client, GATHER, Limit};
use super::lane::{Lane, Piece};
use super::resume::Seam;
use super::thinking::ThinkingFilter;
use super::trail::Trail;
use crate::upstream::AnswerBody;
use bytes::Bytes;
use canon::config::StreamTruncationAction;
use canon::delta::{Block, Delta, Finish, StopReason};
use canon::fault::{Fault, FaultKind, Phase};
use repair::pipeline::Complaint;
use std::ops::Range;
use std::task::Poll;
use std::time::{Duration, Instant};
use wire::codec::{self, Decoder, Ending, Seen, Wire};
use wire::sse::{Frame, Splitter};

/// Most bytes that are kept of an answer that has not said anything yet.
const MAX_HELD: usize = 1024 * 1024;

/// What holding one frame costs beside its bytes.
const HELD_OVERHEAD: usize = 256;

/// How long the end of a body is waited for once the answer has ended, so that its connection can be kept.
const LINGER: Duration = Duration::from_millis(250);

/// Most bytes of a plain answer to a request for a stream.
pub const MAX_PLAIN: usize = 32 * 1024 * 1024;

/// What is asked of the relay.
pub struct Terms {
    /// The backend's dialect.
    pub wire: Wire,
    /// Between two events.
    pub idle: Duration,
    /// When the first content must be there.
    pub first_content: Limit,
    /// What takes out thinking that the client did not ask for.
    pub thinking: Option<ThinkingFilter>,
    /// What a stream without its end leads to.
    pub truncation: StreamTruncationAction,
    /// Whether the client gets nothing before the answer is whole and its calls are found to be right.
    pub holds: bool,
}

/// One answer being relayed.
pub struct Relay<'a> {
    terms: Terms,
    client: &'a mut Client,
    trail: &'a mut Trail,
    decoder: Decoder,
    lane: Lane,
    held_bytes: usize,
    /// What makes the answer go on with one that broke off.
    pub seam: Option<&'a mut Seam>,
    /// What is wrong with a call that should be asked for again, and what was said.
    pub complaint: Option<(Complaint, String)>,
    /// What is known of the answer so far.
    pub account: Account,
    last_event: Instant,
}

impl<'a> Relay<'a> {
    /// A relay to a client.
    pub fn new(terms: Terms, lane: Lane, client: &'a mut Client, trail: &'a mut Trail) -> Self {
        Self {
            decoder: Decoder::new(terms.wire),
            lane,
            terms,
            client,
            trail,
            held_bytes: 0,
            seam: None,
            complaint: None,
            account: Account::default(),
            last_event: Instant::now(),
        }
    }

    /// Relays a stream to its end.
    ///
    /// # Errors
    /// What broke it. Whether the client has seen any of it, the client knows.
    pub async fn stream(&mut self, first: Bytes, body: &mut AnswerBody) -> Result<(), Fault> {
        let mut splitter = Splitter::default();
        let mut frames = Vec::new();
        let mut chunk = Some(first);
        while let Some(bytes) = chunk {
            splitter.push(bytes, &mut frames)?;
            for frame in frames.drain(..) {
                self.frame(&frame).await?;
            }
            chunk = match self.next(body).await {
                // What was said to its end stays said, whatever becomes of the connection.
                Err(_) if self.account.finished => None,
                next => next?,
            };
        }
        splitter.finish(&mut frames);
        for frame in frames.drain(..) {
            self.frame(&frame).await?;
        }
        self.end().await
    }

    /// Takes in a plain answer to a request for a stream.
    ///
    /// # Errors
    /// If it is no answer, or does not come whole.
    pub async fn plain(&mut self, first: Bytes, body: &mut AnswerBody) -> Result<(), Fault> {
        self.lane.leave_verbatim();
        let limit = self.terms.first_content;
        let rest = self.client.wait(body.collect(MAX_PLAIN), limit, self.trail).await??;
        let whole = if rest.is_empty() { first } else { [first, rest].concat().into() };
        let mut deltas = Vec::new();
        let seen = codec::decode_reply(self.terms.wire, &whole, &mut deltas)?;
        self.filter(&mut deltas);
        self.note_model(&whole, &seen);
        self.lane.foresee(&deltas);
        self.take(Piece { bytes: Bytes::new(), deltas, seen: Seen::default() }).await?;
        self.finish().await
    }

    /// Takes in what the model had said where the backend could not read it. It counts only if there is a call in it.
    pub async fn salvage(&mut self, said: &str, fault: Fault) -> Result<(), Fault> {
        self.lane.leave_verbatim();
        let deltas = canon::delta::of_text(said);
        let mut called = false;
        self.lane.push(Piece { bytes: Bytes::new(), deltas, seen: Seen::default() }, |delta| {
            self.account.observe(delta);
            called |= matches!(delta, Delta::Open(Block::Call { .. }));
        });
        self.report();
        if called { self.finish().await } else { Err(fault) }
    }

    /// The next bytes. What the client may have is sent on before anything is waited for.
    async fn next(&mut self, body: &mut AnswerBody) -> Result<Option<Bytes>, Fault> {
        if self.client.waiting() >= GATHER {
            self.client.flush().await;
        }
        if let Poll::Ready(ready) = body.ready().await {
            return ready.transpose();
        }
        self.client.flush().await;
        let limit = match self.account.first_content {
            _ if self.account.ended => Limit { at: self.last_event + LINGER, phase: Phase::Idle },
            None => self.terms.first_content,
            Some(_) => Limit { at: self.last_event + self.terms.idle, phase: Phase::Idle },
        };
        self.client.wait(body.next(), limit, self.trail).await?.transpose()
    }

    async fn frame(&mut self, frame: &Frame) -> Result<(), Fault> {
        // Comments keep connections alive, no more; what keeps the client is our own business.
        if frame.data.is_empty() {
            return Ok(());
        }
        let mut deltas = self.lane.spare();
        let mut seen = self.decoder.frame(frame, &mut deltas)?;
        seen.relayable &= !self.filter(&mut deltas);
        self.last_event = Instant::now();
        if seen.unreadable {
            self.trail.unreadable(&mut self.account);
        }
        self.note_model(&frame.bytes, &seen);
        self.take(Piece { bytes: frame.bytes.clone(), deltas, seen }).await
    }

    /// Takes in a frame, or deltas that came in none, and gives the client what may go out.
    async fn take(&mut self, piece: Piece) -> Result<(), Fault> {
        let size = piece.bytes.len() + HELD_OVERHEAD;
        let mut ends = false;
        self.lane.push(piece, |delta| {
            self.account.observe(delta);
            ends |= matches!(delta, Delta::Finish(_));
        });
        self.report();
        self.demand_substance(ends)?;
        if self.client.is_committed() {
            if self.lane.is_ready() {
                self.lane.deliver(self.client);
            }
            return Ok(());
        }
        self.hold(size)?;
        // An answer that is held whole has a limit as one that comes whole.
        self.terms.holds &= self.held_bytes <= MAX_PLAIN;
        if self.account.first_content.is_some() && self.lane.is_ready() && !self.terms.holds {
            self.commit().await;
        }
        Ok(())
    }

    /// Tells what repair has found.
    fn report(&mut self) {
        for finding in self.lane.findings() {
            self.trail.found(&finding);
        }
    }

    /// Takes out thinking that nobody asked for: a sign of life, but no content.
    fn filter(&mut self, deltas: &mut Vec<Delta>) -> bool {
        if let Some(seam) = &mut self.seam {
            seam.apply(deltas);
        }
        let Some(filter) = &mut self.terms.thinking else { return false };
        let is_first = !filter.fired;
        if !filter.apply(deltas) {
            return false;
        }
        if is_first {
            self.trail.thinking_dropped();
        }
        let alive = Instant::now() + self.terms.idle;
        self.terms.first_content.at = self.terms.first_content.at.max(alive);
        true
    }

    fn hold(&mut self, size: usize) -> Result<(), Fault> {
        // A whole answer may come in one frame; what repair holds has a limit of its own.
        if self.terms.holds {
            self.held_bytes += size;
        } else if self.account.first_content.is_none() && !self.lane.is_holding() {
            self.held_bytes += size;
            if self.held_bytes > MAX_HELD {
                return Err(Fault::new(FaultKind::Malformed, "the answer says nothing at great length"));
            }
        }
        Ok(())
    }

    /// Content has come: what was held goes out, and from now on this provider answers or nobody.
    async fn commit(&mut self) {
        self.trail.committed();
        self.client.encoder.answering(self.terms.wire.into());
        self.client.commit(self.trail).await;
        self.lane.deliver(self.client);
    }

    async fn end(&mut self) -> Result<(), Fault> {
        let mut deltas = Vec::new();
        let truncated = match self.decoder.finish(&mut deltas) {
            Ending::Complete => false,
            Ending::Truncated => true,
            Ending::Nothing => return Err(Fault::new(FaultKind::EmptyStream, "the stream had no event")),
        };
        self.filter(&mut deltas);
        if truncated {
            self.trail.truncated(&self.terms, &self.account);
            if self.terms.truncation == StreamTruncationAction::Error {
                return Err(Fault::new(FaultKind::Truncated, "the stream ended without its end"));
            }
            self.lane.leave_verbatim();
            deltas.extend(self.account.block_open.then_some(Delta::Close));
            // Half a call must not look like one that can be run.
            let reason = if self.account.call_open { StopReason::MaxOutput } else { StopReason::Other(None) };
            deltas.push(Delta::Finish(Box::new(Finish::new(reason))));
            deltas.push(Delta::End);
        }
        // What relayed frames have said already the encoder does not say again.
        self.take(Piece { bytes: Bytes::new(), deltas, seen: Seen::default() }).await?;
        self.finish().await
    }

    /// Thinking that leads to neither text nor call is no answer either; that it is over must not be told then.
    fn demand_substance(&mut self, ends: bool) -> Result<(), Fault> {
        // Nothing more to say is a way to go on.
        let thought_only =
            self.seam.is_none() && self.account.first_content.is_some() && !self.account.has_substance;
        if ends && thought_only && !self.trail.accepts_empty() { Err(empty()) } else { Ok(()) }
    }

    /// The answer is complete.
    async fn finish(&mut self) -> Result<(), Fault> {
        self.trail.filtered(self.lane.fired());
        if self.terms.holds
            && let Some(complaint) = self.lane.complaint()
        {
            let fault = Fault::new(FaultKind::Malformed, &complaint.what);
            self.complaint = Some((complaint, self.lane.said()));
            return Err(fault);
        }
        if !self.client.is_committed() {
            if self.account.first_content.is_none() && !self.trail.accepts_empty() {
                return Err(empty());
            }
            self.commit().await;
        }
        self.lane.deliver(self.client);
        self.client.flush().await;
        Ok(())
    }

    fn note_model(&mut self, bytes: &Bytes, seen: &Seen) {
        if self.account.model.is_none()
            && let Some(name) = &seen.model
        {
            let quoted = String::from_utf8_lossy(&bytes[name.clone()]);
            let name = quoted.trim_matches('"').to_owned();
            self.trail.model(&name);
            self.account.model = Some(name);
        }
    }
}

impl Drop for Relay<'_> {
    /// A client that leaves drops what relays to it; what had come by then has its price all the same.
    fn drop(&mut self) {
        self.trail.left_off(std::mem::take(&mut self.account));
    }
}

/// What is wrong with an answer that says nothing.
pub fn empty() -> Fault {
    Fault::new(FaultKind::Empty, "the answer had no text and no call")
}

/// Appends `bytes` with the range `name` replaced.
pub fn splice(bytes: &[u8], name: Option<&Range<usize>>, with: &[u8], out: &mut Vec<u8>) {
    match name {
        None => out.extend_from_slice(bytes),
        Some(name) => {
            out.extend_from_slice(&bytes[..name.start]);
            out.extend_from_slice(with);
            out.extend_from_slice(&bytes[name.end..]);
        }
    }
}
