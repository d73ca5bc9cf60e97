//! An exchange whose client asked for a stream.

use super::account::Account;
use super::again::Again;
use super::attempt::{self, Form};
use super::attempts::{Attempts, Next, Step};
use super::client::{Client, Limit};
use super::hedge::{self, Won};
use super::lane::{Lane, Looks};
use super::mending::{self, Round};
use super::reach::{Kept, Reached, reach};
use super::relay::{Relay, Terms};
use super::resume::{self, Seam};
use super::sink::Sink;
use super::thinking::ThinkingFilter;
use super::trail::{Trail, Verdict};
use super::{Ask, Attempt};
use crate::upstream::Backend;
use canon::config::PartialStitchAction;
use canon::fault::{Fault, Phase};
use repair::pipeline::Complaint;
use routing::claim::Turn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

/// Tries the plan's providers until one has streamed an answer.
pub async fn run(ask: Arc<Ask>, sink: Sink) {
    let mut trail = Trail::new(&ask);
    let mut client = Client::new(ask.wire, ask.voice(), sink, ask.started, ask.plan.profile.keepalive_after);
    if ask.plan.profile.partial_stitch == PartialStitchAction::Resume {
        client.remember();
    }
    let mut attempts = Attempts::new(&ask);
    loop {
        match attempts.step(&mut trail) {
            Step::Over => break,
            Step::Wait(wait) => {
                let no_limit = Limit::never(Phase::FirstByte);
                let _ = client.wait(pin!(ask.router.freed(wait)), no_limit, &trail).await;
            }
            Step::Try(next) => match tried(&ask, *next, &mut client, &mut trail, &mut attempts).await {
                Turned::Answered(backend, account) => return trail.answered(&backend, account),
                Turned::Broken(broken) => {
                    return Box::pin(mended(&ask, *broken, &mut client, trail, &mut attempts)).await;
                }
                Turned::Failed => {}
            },
        }
    }
    let fault = trail.exhausted();
    client.fail(&fault, &trail).await;
}

/// What came of one provider's turn.
enum Turned {
    /// It answered whole.
    Answered(Arc<Backend>, Account),
    /// It broke off after the client had seen a part.
    Broken(Box<Broken>),
    /// It said nothing that the client has seen.
    Failed,
}

/// An answer that broke off.
struct Broken {
    backend: Arc<Backend>,
    fault: Fault,
    account: Account,
}

async fn tried(
    ask: &Ask,
    next: Next,
    client: &mut Client,
    trail: &mut Trail,
    attempts: &mut Attempts<'_>,
) -> Turned {
    let Next { mut backend, is_last, claim } = next;
    let mut claim = Some(claim);
    let mut again = Again::new(ask);
    while let Some(claimed) = claim.take() {
        let lowered = claimed.lowered_output();
        trail.attempt(&backend, is_last, claimed);
        let mut told = Told::default();
        let span = trail.span();
        let attempt = Attempt { ask, backend: &backend, is_last, round: again.round, lowered, span };
        let delay = hedge::delay(ask, &backend).filter(|_| again.round == Round::First);
        let result = match delay {
            None => relayed(attempt, None, client, trail, &mut told).await,
            Some(delay) => {
                let Won { backend: winner, reached } =
                    Box::pin(hedge::race(attempt, delay, client, trail, attempts)).await;
                backend = winner;
                let attempt = Attempt { ask, backend: &backend, is_last, round: again.round, lowered, span };
                answered(attempt, reached, None, client, trail, &mut told).await
            }
        };
        let Told { account, complaint } = told;
        match result {
            Ok(()) => return Turned::Answered(backend, account),
            Err(fault) if client.is_committed() => {
                return Turned::Broken(Box::new(Broken { backend, fault, account }));
            }
            Err(fault) => {
                let worth = again.worth(&backend, &fault, complaint.as_ref(), trail);
                attempts.failed(&backend, &fault);
                trail.failed(&backend, fault, Verdict::Before, &account);
                claim = worth.then(|| ask.claim(&backend, Turn::LastResort).ok()).flatten();
            }
        }
    }
    Turned::Failed
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
    seam: Option<&mut Seam>,
    client: &mut Client,
    trail: &mut Trail,
    told: &mut Told,
) -> Result<(), Fault> {
    let reached = reach(attempt, &mut Kept { client, trail }).await;
    answered(attempt, reached, seam, client, trail, told).await
}

/// An answer that has begun, relayed to its end, or what broke it.
async fn answered(
    attempt: Attempt<'_>,
    reached: Result<Reached, Fault>,
    seam: Option<&mut Seam>,
    client: &mut Client,
    trail: &mut Trail,
    told: &mut Told,
) -> Result<(), Fault> {
    let Attempt { ask, backend, round, .. } = attempt;
    let native = reached.as_ref().is_ok_and(|reached| reached.native);
    let verbatim = native && seam.is_none();
    let looks = Looks { verbatim, include_usage: ask.include_usage, model: ask.model_json.clone() };
    let mut lane = Lane::new(looks, mending::pipeline(ask, backend, round));
    if ask.plan.profile.partial_stitch == PartialStitchAction::Resume {
        lane.hold_calls();
    }
    let Reached { first, mut body, first_content, .. } = match reached {
        Ok(reached) => reached,
        Err(fault) => return salvaged(attempt, lane, fault, client, trail, told).await,
    };
    let mut relay = Relay::new(terms(attempt, first_content), lane, client, trail);
    relay.account = Account::begun(ask);
    relay.seam = seam;
    let result = match attempt::form(&first) {
        Form::Events => relay.stream(first, &mut body).await,
        Form::Json => relay.plain(first, &mut body).await,
        Form::Foreign => Err(attempt::foreign()),
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

/// An answer that broke off: another provider goes on with it, where the profile wants that and somebody can; else it
/// ends as the profile says.
async fn mended(
    ask: &Ask,
    mut broken: Broken,
    client: &mut Client,
    mut trail: Trail,
    attempts: &mut Attempts<'_>,
) {
    client.flush().await;
    while let Some(request) = ask.request()
        && let Some(told) = resume::continuable(ask, client)
        && let Some(Next { backend, is_last, claim }) = attempts.successor(&mut trail)
    {
        let mut seam = Seam::behind(told);
        ask.go_on_with(resume::continuation(&request, told));
        trail.failed(&broken.backend, broken.fault, Verdict::Midstream, &broken.account);
        trail.attempt(&backend, is_last, claim);
        let mut told = Told::default();
        let (lowered, span) = (trail.lowered_output(), trail.span());
        let attempt = Attempt { ask, backend: &backend, is_last, round: Round::Again, lowered, span };
        let result = relayed(attempt, Some(&mut seam), client, &mut trail, &mut told).await;
        ask.ask_instead(None);
        seam.disown(&mut told.account.usage);
        if seam.is_through() {
            trail.resumed(&broken.backend, &backend, &seam);
        }
        match result {
            Ok(()) => return trail.answered(&backend, told.account),
            Err(fault) => broken = Broken { backend, fault, account: told.account },
        }
        client.flush().await;
    }
    ended(ask, broken, client, trail).await;
}

/// An answer that stays broken off.
async fn ended(ask: &Ask, broken: Broken, client: &mut Client, mut trail: Trail) {
    let Broken { backend, fault, account } = broken;
    let has_text = account.text_bytes > 0 || client.told().is_some_and(|told| !told.text.is_empty());
    let told = ask.midstream(&backend, &fault);
    // Before the client takes its time, or leaves: what had come is known now.
    trail.failed(&backend, fault, Verdict::Midstream, &account);
    if ask.plan.profile.partial_stitch != PartialStitchAction::Off && has_text {
        client.surface().await;
        trail.surfaced(&backend, &account);
    } else {
        client.fail(&told, &trail).await;
    }
    trail.broken(account);
}
