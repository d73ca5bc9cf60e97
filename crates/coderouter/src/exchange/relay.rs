//! A backend's stream on its way to the client: bytes to deltas, and deltas, or the bytes themselves, to the client.

use super::client::{Client, GATHER, Limit};
use super::thinking::ThinkingFilter;
use super::trail::Trail;
use crate::upstream::AnswerBody;
use bytes::Bytes;
use canon::config::StreamTruncationAction;
use canon::delta::{Block, Delta, Finish, StopReason};
use canon::fault::{Fault, FaultKind, Phase};
use canon::usage::Usage;
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
const MAX_PLAIN: usize = 32 * 1024 * 1024;

/// What is asked of the relay.
pub struct Terms {
    /// The backend's dialect.
    pub wire: Wire,
    /// Whether frames may be passed on as they came.
    pub verbatim: bool,
    /// Whether the client asked for token counts, or its dialect always sends them.
    pub include_usage: bool,
    /// The model's name that the client is told, as a JSON string.
    pub model: Bytes,
    /// Between two events.
    pub idle: Duration,
    /// When the first content must be there.
    pub first_content: Limit,
    /// What takes out thinking that the client did not ask for.
    pub thinking: Option<ThinkingFilter>,
    /// What a stream without its end leads to.
    pub truncation: StreamTruncationAction,
}

/// What a whole answer was, for the facts.
#[derive(Debug, Default)]
pub struct Account {
    /// Token counts.
    pub usage: Usage,
    /// The model, in the backend's words.
    pub model: Option<String>,
    /// When the first content came.
    pub first_content: Option<Instant>,
    /// Whether there was text that shows, or a call.
    pub has_substance: bool,
    /// Text blocks that were begun.
    pub text_blocks: usize,
    /// Bytes of text.
    pub text_bytes: usize,
    /// Deltas that came.
    pub events: u64,
    /// Whether a block is open.
    pub block_open: bool,
    /// Whether it is a call.
    pub call_open: bool,
    /// Whether the reason it stopped for has come.
    pub finished: bool,
    /// Whether its terminator has come.
    pub ended: bool,
    /// Frames that could not be read.
    pub unreadable: u64,
}

impl Account {
    /// Takes a delta in.
    pub fn observe(&mut self, delta: &Delta) {
        self.events += 1;
        if self.first_content.is_none() && delta.is_content() {
            self.first_content = Some(Instant::now());
        }
        match delta {
            Delta::Start(head) => self.usage.merge(&head.usage),
            Delta::Usage(usage) => self.usage.merge(usage),
            Delta::Open(block) => {
                self.block_open = true;
                self.call_open = matches!(block, Block::Call { .. });
                self.has_substance |= matches!(block, Block::Call { .. } | Block::Opaque(_));
                self.text_blocks += usize::from(matches!(block, Block::Text));
            }
            Delta::Text(text) => {
                self.text_bytes += text.stored_len();
                self.has_substance = self.has_substance || !text.is_blank();
            }
            Delta::Close => {
                self.block_open = false;
                self.call_open = false;
            }
            Delta::Finish(_) => self.finished = true,
            Delta::End => self.ended = true,
            _ => {}
        }
    }
}

/// A frame and what it says.
struct Piece {
    bytes: Bytes,
    deltas: Vec<Delta>,
    seen: Seen,
}

/// One answer being relayed.
pub struct Relay<'a> {
    terms: Terms,
    client: &'a mut Client,
    trail: &'a mut Trail,
    decoder: Decoder,
    deltas: Vec<Delta>,
    /// What came before the first content.
    held: Vec<Piece>,
    held_bytes: usize,
    /// Whether frames may be passed on as they came.
    verbatim: bool,
    /// What is known of the answer so far.
    pub account: Account,
    last_event: Instant,
}

impl<'a> Relay<'a> {
    /// A relay to a client.
    pub fn new(terms: Terms, client: &'a mut Client, trail: &'a mut Trail) -> Self {
        Self {
            decoder: Decoder::new(terms.wire),
            verbatim: terms.verbatim,
            terms,
            client,
            trail,
            deltas: Vec::new(),
            held: Vec::new(),
            held_bytes: 0,
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
        self.verbatim = false;
        let limit = self.terms.first_content;
        let rest = self.client.wait(body.collect(MAX_PLAIN), limit, self.trail).await??;
        let whole = if rest.is_empty() { first } else { [first, rest].concat().into() };
        let mut deltas = Vec::new();
        let seen = codec::decode_reply(self.terms.wire, &whole, &mut deltas)?;
        self.filter(&mut deltas);
        self.note_model(&whole, &seen);
        self.say(&deltas).await?;
        self.finish().await
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
        let mut deltas = std::mem::take(&mut self.deltas);
        deltas.clear();
        let mut seen = self.decoder.frame(frame, &mut deltas)?;
        seen.relayable &= !self.filter(&mut deltas);
        self.last_event = Instant::now();
        if seen.unreadable {
            self.trail.unreadable(&mut self.account);
        }
        for delta in &deltas {
            self.account.observe(delta);
        }
        self.note_model(&frame.bytes, &seen);
        self.demand_substance(&deltas)?;
        let piece = Piece { bytes: frame.bytes.clone(), deltas, seen };
        if self.client.is_committed() {
            self.pass(&piece);
            self.deltas = piece.deltas;
            // Pieces of text are ranges of the connection's buffer and would keep it while nothing comes.
            self.deltas.clear();
        } else {
            self.hold(piece)?;
            if self.account.first_content.is_some() {
                self.commit().await;
            }
        }
        Ok(())
    }

    /// Takes out thinking that nobody asked for: a sign of life, but no content.
    fn filter(&mut self, deltas: &mut Vec<Delta>) -> bool {
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

    /// Gives a frame to the client: as it came, where that is the same thing as what it says.
    fn pass(&mut self, piece: &Piece) {
        let Piece { bytes, deltas, seen } = piece;
        if !self.verbatim || !self.client.encoder.follows(seen, deltas) {
            return deltas.iter().for_each(|delta| self.client.push(delta));
        }
        if seen.usage_only && !self.terms.include_usage {
            return self.client.relay(&[], deltas);
        }
        match seen.model.as_ref().filter(|name| bytes[(*name).clone()] != self.terms.model) {
            None => self.client.relay(bytes, deltas),
            Some(name) => {
                self.client.relay(&bytes[..name.start], &[]);
                self.client.relay(&self.terms.model, &[]);
                self.client.relay(&bytes[name.end..], deltas);
            }
        }
    }

    fn hold(&mut self, piece: Piece) -> Result<(), Fault> {
        self.held_bytes += piece.bytes.len() + HELD_OVERHEAD;
        // A whole answer may come in one frame.
        if self.held_bytes > MAX_HELD && self.account.first_content.is_none() {
            return Err(Fault::new(FaultKind::Malformed, "the answer says nothing at great length"));
        }
        self.held.push(piece);
        Ok(())
    }

    /// Content has come: what was held goes out, and from now on this provider answers or nobody.
    async fn commit(&mut self) {
        self.trail.committed();
        self.client.encoder.answering(self.terms.wire.into());
        self.client.commit(self.trail).await;
        for piece in std::mem::take(&mut self.held) {
            self.pass(&piece);
        }
    }

    async fn deliver(&mut self, delta: &Delta) -> Result<(), Fault> {
        if self.client.is_committed() {
            self.client.push(delta);
            return Ok(());
        }
        self.hold(Piece { bytes: Bytes::new(), deltas: vec![delta.clone()], seen: Seen::default() })?;
        if self.account.first_content.is_some() {
            self.commit().await;
        }
        Ok(())
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
            self.verbatim = false;
            deltas.extend(self.account.block_open.then_some(Delta::Close));
            // Half a call must not look like one that can be run.
            let reason = if self.account.call_open { StopReason::MaxOutput } else { StopReason::Other(None) };
            deltas.push(Delta::Finish(Box::new(Finish::new(reason))));
            deltas.push(Delta::End);
        }
        // What relayed frames have said already the encoder does not say again.
        self.say(&deltas).await?;
        self.finish().await
    }

    /// Gives the deltas of a plain answer or of the end to the client.
    async fn say(&mut self, deltas: &[Delta]) -> Result<(), Fault> {
        for delta in deltas {
            self.account.observe(delta);
        }
        self.demand_substance(deltas)?;
        for delta in deltas {
            self.deliver(delta).await?;
        }
        Ok(())
    }

    /// Thinking that leads to neither text nor call is no answer either; that it is over must not be told then.
    fn demand_substance(&mut self, deltas: &[Delta]) -> Result<(), Fault> {
        let ends = deltas.iter().any(|delta| matches!(delta, Delta::Finish(_)));
        let thought_only = self.account.first_content.is_some() && !self.account.has_substance;
        if ends && thought_only && !self.trail.accepts_empty() { Err(empty()) } else { Ok(()) }
    }

    /// The answer is complete.
    async fn finish(&mut self) -> Result<(), Fault> {
        if !self.client.is_committed() {
            if !self.trail.accepts_empty() {
                return Err(empty());
            }
            self.commit().await;
        }
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

fn empty() -> Fault {
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
