//! An exchange whose client asked for a stream.

use super::attempt::{self, Form};
use super::client::Client;
use super::relay::{Account, Relay, Terms};
use super::sink::Sink;
use super::thinking::ThinkingFilter;
use super::trail::{Trail, Verdict};
use super::{Ask, Attempts};
use crate::upstream::{Answer, AnswerBody, Backend};
use bytes::Bytes;
use canon::config::PartialStitchAction;
use canon::fault::{Fault, FaultKind};
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
            let (result, account) = once(&ask, &backend, is_last, &mut client, &mut trail).await;
            match result {
                Ok(()) => return trail.answered(&backend, account),
                Err(fault) if client.is_committed() => {
                    return broken(&ask, &backend, fault, &mut client, trail, account).await;
                }
                Err(fault) => {
                    let again = attempts.again(&backend, &fault, &mut trail);
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

/// One try: the answer relayed to its end, or what broke it.
async fn once(
    ask: &Ask,
    backend: &Arc<Backend>,
    is_last: bool,
    client: &mut Client,
    trail: &mut Trail,
) -> (Result<(), Fault>, Account) {
    let mut account = Account::default();
    let result = relayed(ask, backend, is_last, client, trail, &mut account).await;
    (result, account)
}

async fn relayed(
    ask: &Ask,
    backend: &Arc<Backend>,
    is_last: bool,
    client: &mut Client,
    trail: &mut Trail,
    account: &mut Account,
) -> Result<(), Fault> {
    let started = Instant::now();
    let provider = &backend.provider;
    let limit = attempt::first_byte(ask, provider, is_last);
    let model = client.wait(attempt::model(ask, backend), limit, trail).await?;
    let shaped = attempt::shape(ask, backend, model.as_deref(), trail)?;
    let answer = client.wait(pin!(attempt::send(ask, backend, &shaped)), limit, trail).await??;
    let native = shaped.native;
    drop(shaped);
    let Answer { head, mut body } =
        client.wait(pin!(attempt::accept(ask, backend, answer)), limit, trail).await??;
    if native {
        trail.pass_headers(&head.headers);
    }
    // Its headers are ranges of the buffer it was read into and would keep it for as long as the stream runs.
    drop(head);
    let first_content = attempt::first_content(ask, provider, is_last, started);
    let first = client.wait(first_chunk(&mut body), first_content, trail).await??;
    let terms = Terms {
        wire: backend.wire,
        verbatim: native,
        include_usage: ask.include_usage,
        model: ask.model_json.clone(),
        idle: provider.timeouts_under(&ask.plan.profile).idle,
        first_content,
        thinking: ThinkingFilter::of(ask, backend),
        truncation: ask.plan.profile.stream_truncation,
    };
    let mut relay = Relay::new(terms, client, trail);
    let result = match attempt::form(&first) {
        Form::Events => relay.stream(first, &mut body).await,
        Form::Json => relay.plain(first, &mut body).await,
        Form::Foreign => Err(Fault::new(FaultKind::Malformed, "the answer is neither a stream nor JSON")),
    };
    *account = std::mem::take(&mut relay.account);
    if result.is_ok() {
        body.release().await;
    }
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
