//! An exchange whose client asked for a stream.

use super::account::Account;
use super::attempt::{self, Form};
use super::client::{Client, Limit};
use super::lane::{Lane, Looks};
use super::mending;
use super::relay::{Relay, Terms};
use super::sink::Sink;
use super::thinking::ThinkingFilter;
use super::trail::{Trail, Verdict};
use super::{Ask, Attempt, Attempts};
use crate::upstream::{Answer, AnswerBody, Backend};
use bytes::Bytes;
use canon::config::PartialStitchAction;
use canon::fault::{Fault, FaultKind};
use repair::pipeline::Complaint;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

/// Tries the plan's providers until one has streamed an answer.
pub async fn run(ask: Arc<Ask>, sink: Sink) {
    let mut trail = Trail::new(&ask);
    let mut client = Client::new(ask.wire, ask.voice(), sink, ask.started, ask.plan.profile.keepalive_after);
    let mut attempts = Attempts::new(&ask);
    while let Some((backend, is_last)) = attempts.next() {
        loop {
            trail.attempt(&backend, is_last);
            let mut told = Told::default();
            let attempt = Attempt { ask: &ask, backend: &backend, is_last, round: attempts.round };
            let result = relayed(attempt, &mut client, &mut trail, &mut told).await;
            let Told { account, complaint } = told;
            match result {
                Ok(()) => return trail.answered(&backend, account),
                Err(fault) if client.is_committed() => {
                    return broken(&ask, &backend, fault, &mut client, trail, account).await;
                }
                Err(fault) => {
                    let again = attempts.complain(complaint.as_ref(), &trail)
                        || attempts.again(&backend, &fault, &mut trail);
                    trail.failed(&backend, fault, Verdict::Before);
                    if !again {
                        break;
                    }
                }
            }
        }
    }
    let fault = trail.exhausted();
    client.fail(&fault, &trail).await;
}

/// What an attempt has told when it is over.
#[derive(Default)]
struct Told {
    account: Account,
    /// What is wrong with a call that should be asked for again, and what was said.
    complaint: Option<(Complaint, String)>,
}

/// One try: the answer relayed to its end, or what broke it.
async fn relayed(
    attempt: Attempt<'_>,
    client: &mut Client,
    trail: &mut Trail,
    told: &mut Told,
) -> Result<(), Fault> {
    let Attempt { ask, backend, is_last, round } = attempt;
    let started = Instant::now();
    let provider = &backend.provider;
    let limit = attempt::first_byte(ask, provider, is_last);
    let model = client.wait(attempt::model(ask, backend), limit, trail).await?;
    let shaped = attempt::shape(ask, backend, model.as_deref(), trail)?;
    let answer = client.wait(pin!(attempt::send(ask, backend, &shaped)), limit, trail).await??;
    let native = shaped.native;
    drop(shaped);
    let accepted = client.wait(pin!(attempt::accept(ask, backend, answer)), limit, trail).await?;
    let looks = Looks { verbatim: native, include_usage: ask.include_usage, model: ask.model_json.clone() };
    let lane = Lane::new(looks, mending::pipeline(ask, backend, round));
    let Answer { head, mut body } = match accepted {
        Ok(answer) => answer,
        Err(fault) => return salvaged(attempt, lane, fault, client, trail, told).await,
    };
    if native {
        trail.pass_headers(&head.headers);
    }
    // Its headers are ranges of the buffer it was read into and would keep it for as long as the stream runs.
    drop(head);
    let first_content = attempt::first_content(ask, provider, is_last, started);
    let first = client.wait(first_chunk(&mut body), first_content, trail).await??;
    let mut relay = Relay::new(terms(attempt, first_content), lane, client, trail);
    let result = match attempt::form(&first) {
        Form::Events => relay.stream(first, &mut body).await,
        Form::Json => relay.plain(first, &mut body).await,
        Form::Foreign => Err(Fault::new(FaultKind::Malformed, "the answer is neither a stream nor JSON")),
    };
    *told = Told { account: std::mem::take(&mut relay.account), complaint: relay.complaint.take() };
    if result.is_ok() {
        body.release().await;
    }
    result
}

fn terms(attempt: Attempt<'_>, first_content: Limit) -> Terms {
    let Attempt { ask, backend, round, .. } = attempt;
    Terms {
        wire: backend.wire,
        idle: backend.provider.timeouts_under(&ask.plan.profile).idle,
        first_content,
        thinking: ThinkingFilter::of(ask, backend),
        truncation: ask.plan.profile.stream_truncation,
        holds: mending::holds_answer(ask, backend, round),
    }
}

/// An error that holds what the model had said, because the backend could not read it, may still be an answer.
async fn salvaged(
    attempt: Attempt<'_>,
    lane: Lane,
    fault: Fault,
    client: &mut Client,
    trail: &mut Trail,
    told: &mut Told,
) -> Result<(), Fault> {
    let Some(said) = fault.said.clone().filter(|_| lane.mends()) else { return Err(fault) };
    let limit =
        attempt::first_content(attempt.ask, &attempt.backend.provider, attempt.is_last, Instant::now());
    let mut relay = Relay::new(terms(attempt, limit), lane, client, trail);
    let result = Box::pin(relay.salvage(&said, fault)).await;
    told.account = std::mem::take(&mut relay.account);
    result
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

/// An answer that broke after the client had seen part of it.
async fn broken(
    ask: &Ask,
    backend: &Arc<Backend>,
    fault: Fault,
    client: &mut Client,
    mut trail: Trail,
    account: Account,
) {
    client.flush().await;
    ask.router.view.broke(ask.conversation, &backend.provider.name, Instant::now());
    let surfaced = ask.plan.profile.partial_stitch == PartialStitchAction::Surface && account.text_bytes > 0;
    if surfaced {
        client.surface().await;
        trail.surfaced(backend, &account);
    } else {
        client.fail(&ask.midstream(backend, &fault), &trail).await;
    }
    trail.failed(backend, fault, Verdict::Midstream);
    trail.broken(account);
}
