//! The client's side of an exchange: what it has been sent, what waits, and how it is kept from leaving.

use super::alarm::{Alarm, NEVER};
use super::headers;
use super::sink::Sink;
use super::trail::Trail;
use bytes::Bytes;
use canon::delta::{Block, Delta};
use canon::fault::{Fault, FaultKind, Phase};
use http::{HeaderMap, Response, StatusCode};
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};
use wire::codec::{self, Encoder, Voice, Wire};

/// How often a client that waits is sent a ping.
const PING_EVERY: Duration = Duration::from_secs(15);

/// From when without content Claude Code is near its limit of 300 s, which only content moves (measured with 2.1).
const HOLD_AFTER: Duration = Duration::from_secs(240);

/// How often it is then sent an empty piece of content.
const HOLD_EVERY: Duration = Duration::from_secs(60);

/// Bytes that are gathered before they are sent on, while more are there to be read.
pub const GATHER: usize = 32 * 1024;

/// A limit on waiting, and what it means to run into it.
#[derive(Clone, Copy)]
pub struct Limit {
    /// When it runs out.
    pub at: Instant,
    /// What was waited for.
    pub phase: Phase,
}

impl Limit {
    /// None, for a wait that ends by itself.
    pub fn never(phase: Phase) -> Self {
        Self { at: Instant::now() + NEVER, phase }
    }
}

/// How far a stream to the client has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was sent: a fault can still be a status.
    Silent,
    /// Head and opening frame were sent to keep the client; no content yet.
    Opened,
    /// Content was sent: no other provider can answer unseen.
    Committed,
}

/// The client of a streamed exchange.
pub struct Client {
    /// Writes its dialect.
    pub encoder: Encoder,
    wire: Wire,
    sink: Sink,
    stage: Stage,
    /// Encoded and not yet sent.
    buffer: Vec<u8>,
    alarm: Alarm,
    keepalive_at: Instant,
    last_sent: Instant,
    last_content: Instant,
    last_hold: Instant,
    told: Option<Told>,
}

/// What the client has been told of an answer.
#[derive(Debug, Default)]
pub struct Told {
    /// The text.
    pub text: String,
    /// Whether there was nothing else.
    pub is_text: bool,
    /// Whether a text block is open.
    pub is_open: bool,
}

impl Told {
    fn take(&mut self, delta: &Delta) {
        match delta {
            Delta::Text(text) => self.text.push_str(&text.read()),
            Delta::Open(Block::Text) => self.is_open = true,
            Delta::Open(_) => self.is_text = false,
            Delta::Close => self.is_open = false,
            _ => {}
        }
    }
}

impl Client {
    /// A client that has been waiting since `since` and is kept from `keepalive_after` on.
    pub fn new(wire: Wire, voice: Voice, sink: Sink, since: Instant, keepalive_after: Duration) -> Self {
        let keepalive_at = since + keepalive_after;
        Self {
            encoder: Encoder::new(wire, voice),
            wire,
            sink,
            stage: Stage::Silent,
            buffer: Vec::new(),
            alarm: Alarm::new(keepalive_at),
            keepalive_at,
            last_sent: since,
            last_content: since,
            last_hold: since,
            told: None,
        }
    }

    /// Remembers from here on what the client is told.
    pub fn remember(&mut self) {
        self.told = Some(Told { is_text: true, ..Told::default() });
    }

    /// What the client has been told, where that is remembered.
    pub fn told(&self) -> Option<&Told> {
        self.told.as_ref()
    }

    /// Whether another provider may still answer.
    pub fn is_committed(&self) -> bool {
        self.stage == Stage::Committed
    }

    /// Whether the client has got a status.
    pub fn is_begun(&self) -> bool {
        self.stage != Stage::Silent
    }

    /// Encodes a delta of a committed answer. It is sent with the next [`Self::flush`].
    pub fn push(&mut self, delta: &Delta) {
        if let Some(told) = &mut self.told {
            told.take(delta);
        }
        self.encoder.push(delta, &mut self.buffer);
    }

    /// Puts frames of a committed answer in as they came; `deltas` are what they say.
    pub fn relay(&mut self, frame: &[u8], deltas: &[Delta]) {
        self.buffer.extend_from_slice(frame);
        for delta in deltas {
            if let Some(told) = &mut self.told {
                told.take(delta);
            }
            self.encoder.observe(delta);
        }
    }

    /// Bytes that wait to be sent.
    pub fn waiting(&self) -> usize {
        self.buffer.len()
    }

    /// Content has come: from here on what is encoded is sent.
    pub async fn commit(&mut self, trail: &Trail) {
        self.begin(trail).await;
        self.stage = Stage::Committed;
    }

    /// Sends what waits.
    pub async fn flush(&mut self) {
        if !self.buffer.is_empty() {
            let now = Instant::now();
            self.last_sent = now;
            self.last_content = now;
            self.send_buffer().await;
        }
    }

    /// Waits for `work`, keeping the client meanwhile.
    ///
    /// # Errors
    /// If the limit runs out.
    pub async fn wait<F: Future>(
        &mut self,
        work: F,
        limit: Limit,
        trail: &Trail,
    ) -> Result<F::Output, Fault> {
        let mut work = pin!(work);
        loop {
            let due = self.due().min(limit.at);
            let done = poll_fn(|cx| match work.as_mut().poll(cx) {
                Poll::Ready(output) => Poll::Ready(Some(output)),
                Poll::Pending => self.alarm.poll(due, cx).map(|()| None),
            })
            .await;
            match done {
                Some(output) => return Ok(output),
                None if Instant::now() >= limit.at => return Err(timed_out(limit.phase)),
                // Boxed: it is rare, and its state would else lie in everything that waits.
                None => Box::pin(self.keep(trail)).await,
            }
        }
    }

    /// Ends the stream gracefully after a fault in mid-answer.
    pub async fn surface(&mut self) {
        self.encoder.surface(&mut self.buffer);
        self.send_buffer().await;
    }

    /// Answers with an error: as a status while that is possible, else in the stream.
    pub async fn fail(&mut self, fault: &Fault, trail: &Trail) {
        if self.is_begun() {
            self.buffer.clear();
            self.encoder.fail(fault, &mut self.buffer);
            self.send_buffer().await;
        } else {
            refuse(&mut self.sink, self.wire, fault, trail.headers());
        }
    }

    fn due(&self) -> Instant {
        if self.stage == Stage::Silent {
            return self.keepalive_at;
        }
        let ping = self.last_sent + PING_EVERY;
        if self.wire != Wire::Anthropic {
            return ping;
        }
        ping.min(self.hold_due())
    }

    fn hold_due(&self) -> Instant {
        (self.last_content + HOLD_AFTER).max(self.last_hold + HOLD_EVERY)
    }

    /// Sends what keeps the client: the opening frame, a ping, or an empty piece of content.
    async fn keep(&mut self, trail: &Trail) {
        let now = Instant::now();
        if now < self.due() {
            return;
        }
        if self.stage == Stage::Silent {
            self.begin(trail).await;
            self.encoder.open(&mut self.buffer);
            self.stage = Stage::Opened;
        } else if self.wire == Wire::Anthropic && now >= self.hold_due() {
            self.last_hold = now;
            self.encoder.hold(&mut self.buffer);
        } else {
            self.encoder.ping(&mut self.buffer);
        }
        self.last_sent = now;
        self.send_buffer().await;
    }

    async fn begin(&mut self, trail: &Trail) {
        if self.stage == Stage::Silent {
            let mut response = Response::new(());
            *response.headers_mut() = trail.headers();
            headers::event_stream(response.headers_mut());
            self.sink.begin(response).await;
        }
    }

    async fn send_buffer(&mut self) {
        let bytes = Bytes::from(std::mem::take(&mut self.buffer));
        self.sink.send(bytes).await;
    }
}

/// The client of a plain exchange: it gets one answer, whole, so every fault can still be mended.
pub struct PlainClient {
    /// Where the answer goes.
    pub sink: Sink,
    /// The client's dialect.
    pub wire: Wire,
    alarm: Alarm,
}

impl PlainClient {
    /// A client that waits.
    pub fn new(wire: Wire, sink: Sink, since: Instant) -> Self {
        Self { sink, wire, alarm: Alarm::new(since + NEVER) }
    }

    /// Waits for `work`.
    ///
    /// # Errors
    /// If the limit runs out.
    pub async fn wait<F: Future>(&mut self, work: F, limit: Limit) -> Result<F::Output, Fault> {
        let mut work = pin!(work);
        poll_fn(|cx| match work.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending => self.alarm.poll(limit.at, cx).map(|()| Err(timed_out(limit.phase))),
        })
        .await
    }

    /// Answers with an error.
    pub fn fail(&mut self, fault: &Fault, headers: HeaderMap) {
        refuse(&mut self.sink, self.wire, fault, headers);
    }

    /// Answers.
    pub fn answer(&mut self, body: Bytes, headers: HeaderMap) {
        let mut response = Response::new(body);
        *response.headers_mut() = headers;
        headers::json(response.headers_mut());
        self.sink.answer(response);
    }
}

/// Answers with an error of the dialect.
pub fn refuse(sink: &mut Sink, wire: Wire, fault: &Fault, headers: HeaderMap) {
    let answer = codec::encode_fault(wire, fault);
    let mut response = Response::new(answer.body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    *response.headers_mut() = headers;
    headers::json(response.headers_mut());
    headers::retry(response.headers_mut(), fault);
    sink.answer(response);
}

/// What running into a limit is.
pub fn timed_out(phase: Phase) -> Fault {
    let what = match phase {
        Phase::Connect => "no connection in time",
        Phase::FirstByte => "no answer began in time",
        Phase::FirstToken => "no first token in time",
        Phase::Idle => "the answer stopped coming",
    };
    Fault::new(FaultKind::Timeout(phase), what)
}
