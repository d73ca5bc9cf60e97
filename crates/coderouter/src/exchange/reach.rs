//! From a claimed provider to the first bytes of its answer: shape, send, read the head. In company of a client that
//! has to be kept meanwhile, or alone, beside another provider that is asked at the same time.

use super::attempt::{self, Form, Shaped};
use super::client::{Client, Limit, timed_out};
use super::relay::{MAX_PLAIN, empty};
use super::trail::Trail;
use super::{Attempt, attempt::Notes};
use crate::memory::Receipt;
use crate::upstream::{Answer, AnswerBody};
use bytes::Bytes;
use canon::delta::Delta;
use canon::fault::{Fault, FaultKind};
use std::pin::pin;
use std::time::Instant;
use wire::codec::{self, Decoder, Ending};
use wire::sse::Splitter;

/// An answer that has begun.
pub struct Reached {
    /// Its first bytes; enough to tell what form it has.
    pub first: Bytes,
    /// What follows.
    pub body: AnswerBody,
    /// Whether its frames may be passed on as they come.
    pub native: bool,
    /// When its first content must be there.
    pub first_content: Limit,
    /// What is wrong with it, where it has ended without content; looked for only beside another provider.
    pub silence: Option<Fault>,
}

/// Who is there while an answer is waited for.
pub trait Company {
    /// Waits for `work` as long as the limit allows.
    ///
    /// # Errors
    /// If it runs out.
    async fn wait<F: Future>(&mut self, work: F, limit: Limit) -> Result<F::Output, Fault>;

    /// What has to be waited for before an attempt that costs money leaves.
    fn receipt(&mut self) -> Option<Receipt>;

    /// Hears what was done to the request.
    fn note(&mut self, attempt: Attempt<'_>, notes: Notes);

    /// Hears the head of an answer, whatever it is.
    fn hear(&mut self, answer: &Answer, native: bool);

    /// Whether an answer has begun with its first bytes, or only with content.
    const UNTIL_CONTENT: bool;
}

/// A client that is kept, and the trail of its request.
pub struct Kept<'a> {
    /// The client.
    pub client: &'a mut Client,
    /// The trail.
    pub trail: &'a mut Trail,
}

impl Company for Kept<'_> {
    const UNTIL_CONTENT: bool = false;

    async fn wait<F: Future>(&mut self, work: F, limit: Limit) -> Result<F::Output, Fault> {
        self.client.wait(work, limit, self.trail).await
    }

    fn receipt(&mut self) -> Option<Receipt> {
        self.trail.receipt()
    }

    fn note(&mut self, attempt: Attempt<'_>, notes: Notes) {
        self.trail.noted(&attempt.backend.provider, notes);
    }

    fn hear(&mut self, answer: &Answer, native: bool) {
        self.trail.heard(&answer.head.headers);
        if native && answer.head.status.is_success() {
            self.trail.pass_headers(&answer.head.headers);
        }
    }
}

/// Nobody: what there was to tell waits until it is known whether the answer counts.
pub struct Alone {
    receipt: Option<Receipt>,
    notes: Option<Notes>,
    head: Option<(http::HeaderMap, bool)>,
}

impl Alone {
    /// Alone, with what has to be waited for before the attempt leaves.
    pub fn with(receipt: Option<Receipt>) -> Self {
        Self { receipt, notes: None, head: None }
    }

    /// Tells the trail, whose current attempt this is now.
    pub fn tell(self, attempt: Attempt<'_>, trail: &mut Trail) {
        if let Some(notes) = self.notes {
            trail.noted(&attempt.backend.provider, notes);
        }
        if let Some((headers, passes)) = self.head {
            trail.heard(&headers);
            if passes {
                trail.pass_headers(&headers);
            }
        }
    }
}

impl Company for Alone {
    const UNTIL_CONTENT: bool = true;

    async fn wait<F: Future>(&mut self, work: F, limit: Limit) -> Result<F::Output, Fault> {
        tokio::time::timeout_at(limit.at.into(), work).await.map_err(|_| timed_out(limit.phase))
    }

    fn receipt(&mut self) -> Option<Receipt> {
        self.receipt.take()
    }

    fn note(&mut self, _: Attempt<'_>, notes: Notes) {
        self.notes = Some(notes);
    }

    fn hear(&mut self, answer: &Answer, native: bool) {
        let passes = native && answer.head.status.is_success();
        self.head = Some((answer.head.headers.clone(), passes));
    }
}

/// Asks a provider and waits until its answer has begun.
///
/// # Errors
/// What went wrong; nothing of the answer counts then.
pub async fn reach(attempt: Attempt<'_>, company: &mut impl Company) -> Result<Reached, Fault> {
    let Attempt { ask, backend, is_last, .. } = attempt;
    let started = Instant::now();
    let provider = &backend.provider;
    let limit = attempt::first_byte(ask, provider, is_last);
    let model = company.wait(attempt::model(ask, backend), limit).await?;
    let place = company.wait(attempt::place(ask, backend), limit).await?;
    let (shaped, notes) = attempt::shape(attempt, model.as_deref(), place)?;
    company.note(attempt, notes);
    let receipt = company.receipt();
    let answer = company.wait(pin!(attempt::send(attempt, &shaped, receipt)), limit).await??;
    let Shaped { native, .. } = shaped;
    drop(shaped);
    company.hear(&answer, native);
    let Answer { head, mut body } =
        company.wait(pin!(attempt::accept(ask, backend, answer)), limit).await??;
    // Its headers are ranges of the buffer it was read into and would keep it for as long as the stream runs.
    drop(head);
    let first_content = attempt::first_content(ask, provider, is_last, started);
    let mut first = company.wait(first_chunk(&mut body), first_content).await??;
    let mut silence = None;
    if until_content(company) {
        let heard = match attempt::form(&first) {
            Form::Events => company.wait(pin!(spoken(attempt, first, &mut body)), first_content).await??,
            Form::Json => company.wait(pin!(told(attempt, first, &mut body)), first_content).await??,
            Form::Foreign => return Err(attempt::foreign()),
        };
        (first, silence) = heard;
    }
    Ok(Reached { first, body, native, first_content, silence })
}

fn until_content<C: Company>(_: &C) -> bool {
    C::UNTIL_CONTENT
}

/// The first bytes of the body, enough to tell what form it has.
async fn first_chunk(body: &mut AnswerBody) -> Result<Bytes, Fault> {
    while let Some(bytes) = body.next().await.transpose()? {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        if !text.trim_ascii().is_empty() {
            return Ok(bytes);
        }
    }
    Err(Fault::new(FaultKind::EmptyStream, "the answer had no body"))
}

/// What was heard, and what is wrong with it where that is all and holds no content.
type Heard = (Bytes, Option<Fault>);

/// A whole answer to a request for a stream.
async fn told(attempt: Attempt<'_>, first: Bytes, body: &mut AnswerBody) -> Result<Heard, Fault> {
    let rest = body.collect(MAX_PLAIN).await?;
    let whole = if rest.is_empty() { first } else { [first, rest].concat().into() };
    let mut deltas = Vec::new();
    codec::decode_reply(attempt.backend.wire, &whole, &mut deltas)?;
    let speaks = deltas.iter().any(Delta::is_content);
    Ok((whole, (!speaks).then(empty)))
}

/// All bytes up to the first content: many backends open a stream long before they have anything to say.
async fn spoken(attempt: Attempt<'_>, first: Bytes, body: &mut AnswerBody) -> Result<Heard, Fault> {
    const LIMIT: usize = 1024 * 1024;
    let (mut splitter, mut decoder) = (Splitter::default(), Decoder::new(attempt.backend.wire));
    let (mut frames, mut deltas) = (Vec::new(), Vec::new());
    let mut heard = first.to_vec();
    let mut chunk = Some(first);
    while let Some(bytes) = chunk {
        splitter.push(bytes, &mut frames)?;
        for frame in frames.drain(..) {
            decoder.frame(&frame, &mut deltas)?;
        }
        if deltas.drain(..).any(|delta| delta.is_content()) || heard.len() > LIMIT {
            return Ok((heard.into(), None));
        }
        chunk = body.next().await.transpose()?;
        if let Some(more) = &chunk {
            heard.extend_from_slice(more);
        }
    }
    splitter.finish(&mut frames);
    for frame in frames.drain(..) {
        decoder.frame(&frame, &mut deltas)?;
    }
    let ending = decoder.finish(&mut deltas);
    let silence = match ending {
        _ if deltas.iter().any(Delta::is_content) => None,
        Ending::Complete => Some(empty()),
        Ending::Truncated => Some(Fault::new(FaultKind::Truncated, "the stream ended without its end")),
        Ending::Nothing => Some(Fault::new(FaultKind::EmptyStream, "the stream had no event")),
    };
    Ok((heard.into(), silence))
}
