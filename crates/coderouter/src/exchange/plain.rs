//! An exchange whose client asked for one whole answer. Nothing is sent before the answer is complete, so every
//! fault can still be mended by the next provider.

use super::account::Account;
use super::again::Again;
use super::attempt::{self, Form};
use super::attempts::{Attempts, Next, Step};
use super::client::{Limit, PlainClient};
use super::mending::{self, Round};
use super::sink::Sink;
use super::thinking::ThinkingFilter;
use super::trail::{Trail, Verdict};
use super::{Ask, Attempt};
use super::{lane, relay};
use crate::upstream::{AnswerBody, Backend};
use bytes::Bytes;
use canon::config::Timeouts;
use canon::delta::{Block, Delta};
use canon::fault::{Fault, FaultKind, Phase};
use canon::reply::{Collector, Reply};
use repair::pipeline::Complaint;
use routing::claim::Turn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;
use wire::codec::{self, Decoder, Ending, Seen};
use wire::sse::Splitter;

/// Most bytes of an answer.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// Tries the plan's providers until one has answered.
pub async fn run(ask: Arc<Ask>, sink: Sink) {
    let mut trail = Trail::new(&ask);
    let mut client = PlainClient::new(ask.wire, sink, ask.started);
    let mut attempts = Attempts::new(&ask);
    loop {
        match attempts.step(&mut trail) {
            Step::Over => break,
            Step::Wait(wait) => {
                let no_limit = Limit::never(Phase::FirstByte);
                let _ = client.wait(pin!(ask.router.freed(wait)), no_limit).await;
            }
            Step::Try(next) => {
                let backend = Arc::clone(&next.backend);
                match tried(&ask, *next, &mut client, &mut trail, &mut attempts).await {
                    Some((body, account)) => {
                        trail.settled(&account);
                        client.answer(body, trail.headers());
                        return trail.answered(&backend, account);
                    }
                    None => continue,
                }
            }
        }
    }
    let fault = trail.exhausted();
    client.fail(&fault, trail.headers());
}

/// One provider's turn: its answer, if it gave one.
async fn tried(
    ask: &Ask,
    next: Next,
    client: &mut PlainClient,
    trail: &mut Trail,
    attempts: &mut Attempts<'_>,
) -> Option<(Bytes, Account)> {
    let Next { backend, is_last, claim } = next;
    let mut claim = Some(claim);
    let mut again = Again::new(ask);
    while let Some(claimed) = claim.take() {
        let lowered = claimed.lowered_output();
        trail.attempt(&backend, is_last, claimed);
        let (mut complaint, mut spent) = (None, Account::default());
        let span = trail.span();
        let attempt = Attempt { ask, backend: &backend, is_last, round: again.round, lowered, span };
        match once(attempt, client, trail, &mut complaint, &mut spent).await {
            Ok(answer) => return Some(answer),
            Err(fault) => {
                let worth = again.worth(&backend, &fault, complaint.as_ref(), trail);
                attempts.failed(&backend, &fault);
                trail.failed(&backend, fault, Verdict::Before, &spent);
                claim = worth.then(|| ask.claim(&backend, Turn::LastResort).ok()).flatten();
            }
        }
    }
    None
}

async fn once(
    attempt: Attempt<'_>,
    client: &mut PlainClient,
    trail: &mut Trail,
    complaint: &mut Option<(Complaint, String)>,
    spent: &mut Account,
) -> Result<(Bytes, Account), Fault> {
    let Attempt { ask, backend, is_last, .. } = attempt;
    let limit = attempt::first_byte(ask, &backend.provider, is_last);
    let model = client.wait(attempt::model(ask, backend), limit).await?;
    let place = client.wait(attempt::place(ask, backend), limit).await?;
    let (shaped, notes) = attempt::shape(attempt, model.as_deref(), place)?;
    trail.noted(&backend.provider, notes);
    let answer = client.wait(pin!(attempt::send(attempt, &shaped, trail.receipt())), limit).await??;
    trail.heard(&answer.head.headers);
    let mut answer = match client.wait(pin!(attempt::accept(ask, backend, answer)), limit).await? {
        Ok(answer) => answer,
        Err(fault) => return salvaged(attempt, fault, trail),
    };
    if shaped.native {
        trail.pass_headers(&answer.head.headers);
    }
    let timeouts = backend.provider.timeouts_under(&ask.plan.profile);
    let body = gather(client, &mut answer.body, timeouts).await?;
    answer.body.release().await;
    let mut deltas = Vec::new();
    let spoken = match attempt::form(&body) {
        Form::Json => Spoken::Json(codec::decode_reply(backend.wire, &body, &mut deltas)?),
        Form::Events => {
            read_stream(backend, body.clone(), &mut deltas)?;
            Spoken::Events
        }
        Form::Foreign => return Err(Fault::new(FaultKind::Malformed, "the answer is not JSON")),
    };
    let filtered = ThinkingFilter::of(ask, backend).is_some_and(|mut filter| filter.apply(&mut deltas));
    if filtered {
        trail.thinking_dropped();
    }
    let model = deltas.iter().find_map(|delta| match delta {
        Delta::Start(head) => head.model.as_ref().map(|model| model.read().into_owned()),
        _ => None,
    });
    if let Some(model) = &model {
        trail.model(model);
    }
    let mended = mend(attempt, &mut deltas, trail, complaint)?;
    let mut account = accounted(ask, &deltas);
    account.model = model;
    if !account.has_substance && !trail.accepts_empty() {
        *spent = account;
        return Err(Fault::new(FaultKind::Empty, "the answer had no text and no call"));
    }
    let body = match spoken {
        Spoken::Json(seen) if shaped.native && seen.relayable && !filtered && !mended => {
            relabelled(ask, &body, &seen)
        }
        _ => codec::encode_reply(ask.wire, &collected(&deltas), &ask.voice(), backend.wire.into()),
    };
    Ok((body, account))
}

/// Runs the answer through repair; whether that changed it.
fn mend(
    attempt: Attempt<'_>,
    deltas: &mut Vec<Delta>,
    trail: &Trail,
    complaint: &mut Option<(Complaint, String)>,
) -> Result<bool, Fault> {
    let Attempt { ask, backend, round, .. } = attempt;
    let Some(mut pipeline) = mending::pipeline(ask, backend, round) else { return Ok(false) };
    let mut mended = Vec::with_capacity(deltas.len());
    pipeline.foresee(deltas);
    deltas.iter().for_each(|delta| pipeline.push(delta, &mut mended));
    pipeline.findings().iter().for_each(|finding| trail.found(finding));
    trail.filtered(pipeline.fired_words());
    if mending::holds_answer(ask, backend, round)
        && let Some(wrong) = pipeline.complaint()
    {
        let fault = Fault::new(FaultKind::Malformed, &wrong.what);
        *complaint = Some((wrong, lane::said(&mended)));
        return Err(fault);
    }
    *deltas = mended;
    Ok(pipeline.is_changed())
}

/// An error that holds what the model had said, because the backend could not read it, may still be an answer.
fn salvaged(attempt: Attempt<'_>, fault: Fault, trail: &Trail) -> Result<(Bytes, Account), Fault> {
    let Some(said) = &fault.said else { return Err(fault) };
    let mut deltas = canon::delta::of_text(said);
    let mended = mend(Attempt { round: Round::Again, ..attempt }, &mut deltas, trail, &mut None)?;
    let (reply, account) = (collected(&deltas), accounted(attempt.ask, &deltas));
    if !mended || !reply.blocks.iter().any(|block| matches!(block.block, Block::Call { .. })) {
        return Err(fault);
    }
    let ask = attempt.ask;
    Ok((codec::encode_reply(ask.wire, &reply, &ask.voice(), attempt.backend.wire.into()), account))
}

/// What the backend answered with.
enum Spoken {
    Json(Seen),
    Events,
}

/// The whole body. Blanks keep a connection alive, no more: until something else comes the limit is that of the first
/// byte, and then each piece must come within the idle limit of the last.
async fn gather(client: &mut PlainClient, body: &mut AnswerBody, timeouts: Timeouts) -> Result<Bytes, Fault> {
    let mut limit = Limit { at: Instant::now() + timeouts.first_byte, phase: Phase::FirstByte };
    let mut first = Bytes::new();
    let mut whole = Vec::new();
    while let Some(more) = client.wait(body.next(), limit).await?.transpose()? {
        if limit.phase == Phase::Idle || !more.trim_ascii().is_empty() {
            limit = Limit { at: Instant::now() + timeouts.idle, phase: Phase::Idle };
        }
        if first.is_empty() {
            first = more;
            continue;
        }
        if whole.is_empty() {
            whole.extend_from_slice(&first);
        }
        if whole.len() + more.len() > MAX_ANSWER {
            return Err(Fault::new(FaultKind::Malformed, "the answer is too long"));
        }
        whole.extend_from_slice(&more);
    }
    if first.is_empty() {
        return Err(Fault::new(FaultKind::EmptyStream, "the answer had no body"));
    }
    Ok(if whole.is_empty() { first } else { whole.into() })
}

/// Reads a stream that came in answer to a plain request.
fn read_stream(backend: &Backend, body: Bytes, deltas: &mut Vec<Delta>) -> Result<(), Fault> {
    let mut splitter = Splitter::default();
    let mut decoder = Decoder::new(backend.wire);
    let mut frames = Vec::new();
    splitter.push(body, &mut frames)?;
    splitter.finish(&mut frames);
    for frame in &frames {
        decoder.frame(frame, deltas)?;
    }
    match decoder.finish(deltas) {
        Ending::Complete => Ok(()),
        Ending::Truncated => Err(Fault::new(FaultKind::Truncated, "the stream ended without its end")),
        Ending::Nothing => Err(Fault::new(FaultKind::EmptyStream, "the stream had no event")),
    }
}

/// The whole answer.
fn collected(deltas: &[Delta]) -> Reply {
    let mut collector = Collector::default();
    deltas.iter().for_each(|delta| collector.push(delta));
    collector.finish()
}

/// What there is to tell of it.
fn accounted(ask: &Ask, deltas: &[Delta]) -> Account {
    let mut account = Account::begun(ask);
    deltas.iter().for_each(|delta| account.observe(delta));
    account
}

/// The body as it came, with the model's name that the client asked for.
fn relabelled(ask: &Ask, body: &Bytes, seen: &Seen) -> Bytes {
    match &seen.model {
        Some(name) if body[name.clone()] != ask.model_json => {
            let mut out = Vec::with_capacity(body.len() + ask.model_json.len());
            relay::splice(body, Some(name), &ask.model_json, &mut out);
            out.into()
        }
        _ => body.clone(),
    }
}
