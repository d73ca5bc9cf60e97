//! One question to a backend and what came back, unfiltered: repair and guards of the router have no part in it. Questions
//! are written once, as a client of the Anthropic wire would, and encoded for whatever the backend speaks.

use super::patient::Patient;
use bytes::Bytes;
use canon::delta::{Block, Delta, StopReason};
use canon::fault::{Fault, FaultKind, Phase};
use canon::reply::{Collector, Reply};
use canon::target::Target;
use canon::usage::Usage;
use http::HeaderMap;
use serde_json::Value;
use std::time::{Duration, Instant};
use wire::codec::{self, Decoder, Ending, Wire};
use wire::sse::Splitter;

/// Most bytes of an answer.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// What is asked.
pub struct Question {
    /// The body of an Anthropic request, without the model.
    pub body: Value,
    /// Whether a stream is asked for.
    pub stream: bool,
    /// How long the answer may take.
    pub patience: Duration,
}

/// What came back.
#[derive(Debug)]
pub struct Heard {
    /// The answer.
    pub reply: Reply,
    /// How many steps of content the stream had; of a plain answer, how many blocks.
    pub pieces: usize,
    /// Whether it ended as its protocol says.
    pub is_whole: bool,
    /// Until the first byte of the body.
    pub first: Duration,
    /// All of it.
    pub took: Duration,
    /// The headers.
    pub headers: HeaderMap,
}

impl Heard {
    /// The text, all blocks joined.
    pub fn text(&self) -> String {
        self.bodies(|block| matches!(block, Block::Text | Block::Refusal))
    }

    /// The thinking, all blocks joined.
    pub fn thinking(&self) -> String {
        self.bodies(|block| matches!(block, Block::Thinking))
    }

    fn bodies(&self, is_meant: impl Fn(&Block) -> bool) -> String {
        let blocks = self.reply.blocks.iter().filter(|block| is_meant(&block.block));
        blocks.map(|block| block.body.read().into_owned()).collect()
    }

    /// The calls: name and arguments; `null` where those are no JSON.
    pub fn calls(&self) -> Vec<(String, Value)> {
        let call = |block: &canon::reply::ReplyBlock| {
            let Block::Call { name, .. } = &block.block else { return None };
            let arguments = serde_json::from_str(&block.body.read()).unwrap_or_default();
            Some((name.read().into_owned(), arguments))
        };
        self.reply.blocks.iter().filter_map(call).collect()
    }

    /// Whether it ended because the output limit was reached.
    pub fn is_cut_by_limit(&self) -> bool {
        self.reply.finish.as_ref().is_some_and(|finish| finish.reason == StopReason::MaxOutput)
    }

    /// What was used.
    pub fn usage(&self) -> &Usage {
        &self.reply.usage
    }
}

impl Patient {
    /// Asks and waits for the whole answer.
    ///
    /// # Errors
    /// If there is no answer in time, or it is an error.
    pub async fn ask(&self, question: &Question) -> Result<Heard, Fault> {
        let heard = tokio::time::timeout(question.patience, self.asked(question)).await;
        heard.unwrap_or_else(|_| {
            let text = format!("no whole answer within {} s", question.patience.as_secs());
            Err(Fault::new(FaultKind::Timeout(Phase::FirstByte), text))
        })
    }

    async fn asked(&self, question: &Question) -> Result<Heard, Fault> {
        let mut body = question.body.clone();
        body["model"] = "examined".into();
        body["stream"] = question.stream.into();
        let request = codec::decode_request(Wire::Anthropic, &Bytes::from(body.to_string()))?;
        let backend = &self.backend;
        let provider = &backend.provider;
        let target =
            Target { model: self.model.as_deref(), extra_body: &provider.extra_body, ..Target::default() };
        let began = Instant::now();
        let mut answer = backend
            .send(crate::upstream::Call {
                body: codec::encode_request(backend.wire, &request, &target).body,
                query: None,
                headers: HeaderMap::new(),
                stream: question.stream,
                connect_timeout: CONNECT.min(question.patience),
                slot: None,
            })
            .await?;
        let status = answer.head.status;
        if !status.is_success() {
            let body = answer.body.beginning(MAX_ANSWER).await;
            return Err(codec::decode_fault(backend.wire, status.as_u16(), &body));
        }
        let headers = std::mem::take(&mut answer.head.headers);
        let mut heard = if question.stream {
            streamed(backend.wire, &mut answer.body, began).await?
        } else {
            plain(backend.wire, &mut answer.body, began).await?
        };
        answer.body.release().await;
        heard.headers = headers;
        Ok(heard)
    }
}

async fn plain(wire: Wire, body: &mut crate::upstream::AnswerBody, began: Instant) -> Result<Heard, Fault> {
    let whole = body.collect(MAX_ANSWER).await?;
    let took = began.elapsed();
    let mut deltas = Vec::new();
    codec::decode_reply(wire, &whole, &mut deltas)?;
    let mut heard = Ear::default();
    deltas.iter().for_each(|delta| heard.push(delta));
    Ok(heard.heard(true, took, took))
}

async fn streamed(
    wire: Wire,
    body: &mut crate::upstream::AnswerBody,
    began: Instant,
) -> Result<Heard, Fault> {
    let (mut splitter, mut decoder) = (Splitter::default(), Decoder::new(wire));
    let (mut frames, mut deltas) = (Vec::new(), Vec::new());
    let mut ear = Ear::default();
    let mut first = None;
    let mut cut = false;
    let mut left = MAX_ANSWER;
    loop {
        match body.next().await {
            Some(Ok(bytes)) => {
                first.get_or_insert_with(|| began.elapsed());
                left = left.checked_sub(bytes.len()).ok_or_else(|| {
                    Fault::new(FaultKind::Malformed, format!("the stream is longer than {MAX_ANSWER} bytes"))
                })?;
                splitter.push(bytes, &mut frames)?;
            }
            Some(Err(_)) => {
                cut = true;
                break;
            }
            None => break,
        }
        for frame in frames.drain(..) {
            decoder.frame(&frame, &mut deltas)?;
        }
        deltas.drain(..).for_each(|delta| ear.push(&delta));
    }
    splitter.finish(&mut frames);
    for frame in frames.drain(..) {
        decoder.frame(&frame, &mut deltas)?;
    }
    let ending = decoder.finish(&mut deltas);
    deltas.drain(..).for_each(|delta| ear.push(&delta));
    let took = began.elapsed();
    match ending {
        Ending::Nothing if !cut => Err(Fault::new(FaultKind::EmptyStream, "the stream had no event at all")),
        Ending::Nothing => Err(Fault::new(FaultKind::Cut, "the connection broke before any event")),
        ending => Ok(ear.heard(ending == Ending::Complete, first.unwrap_or(took), took)),
    }
}

/// Takes deltas in and counts those that say something.
#[derive(Default)]
struct Ear {
    collector: Collector,
    pieces: usize,
}

impl Ear {
    fn push(&mut self, delta: &Delta) {
        self.pieces += usize::from(delta.is_content());
        self.collector.push(delta);
    }

    fn heard(self, is_whole: bool, first: Duration, took: Duration) -> Heard {
        let reply = self.collector.finish();
        Heard { reply, pieces: self.pieces, is_whole, first, took, headers: HeaderMap::new() }
    }
}
