//! A second provider beside one that is slow to speak: whoever speaks first answers, the other is let go.

use super::account::Account;
use super::attempts::{Attempts, Next};
use super::client::{Client, Limit};
use super::reach::{Alone, Reached, reach};
use super::trail::{Trail, Verdict};
use super::{Ask, Attempt};
use crate::memory::Receipt;
use crate::upstream::Backend;
use canon::config::{EmptyResponseAction, HedgeAfter};
use canon::fault::{Fault, Phase};
use futures_util::future::{Either, select};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a provider may be silent before a second one is asked; none where there is no hedge.
pub fn delay(ask: &Ask, backend: &Backend) -> Option<Duration> {
    match ask.plan.profile.hedge.after {
        HedgeAfter::Never => None,
        HedgeAfter::Delay(delay) => Some(delay),
        HedgeAfter::Auto => {
            let memory = ask.router.view.memory();
            memory.samples(&backend.provider.name)?.hedge_delay(Instant::now())
        }
    }
}

/// Who answers, after a race or without one.
pub struct Won {
    /// The provider.
    pub backend: Arc<Backend>,
    /// Its answer, or why there is none.
    pub reached: Result<Reached, Fault>,
}

/// One of the two on its way.
type Run<'a> = Pin<Box<dyn Future<Output = (Result<Reached, Fault>, Alone)> + Send + 'a>>;

fn run<'a>(attempt: Attempt<'a>, receipt: Option<Receipt>) -> Run<'a> {
    Box::pin(async move {
        let mut alone = Alone::with(receipt);
        let reached = reach(attempt, &mut alone).await;
        (reached, alone)
    })
}

/// Asks the trail's current provider, and another one beside it if it is still silent after the delay.
pub async fn race(
    first: Attempt<'_>,
    delay: Duration,
    client: &mut Client,
    trail: &mut Trail,
    attempts: &mut Attempts<'_>,
) -> Won {
    let mut slow = run(first, trail.receipt());
    let forever = Limit::never(Phase::FirstToken);
    let alone = client.wait(tokio::time::timeout(delay, &mut slow), forever, trail).await;
    if let Ok(Ok((reached, told))) = alone {
        told.tell(first, trail);
        return Won { backend: Arc::clone(first.backend), reached };
    }
    let Some(Next { backend, is_last, claim }) = attempts.rival(first.backend, trail) else {
        return alone_to_the_end(first, slow, client, trail, forever).await;
    };
    let lowered = claim.lowered_output();
    let receipt = claim.reservation().and_then(|held| first.ask.router.memory.secure(held));
    let span = trail.hedged(&backend, delay, claim);
    let rival = Attempt { backend: &backend, is_last, lowered, span, ..first };
    let (began, quick) = (Instant::now(), run(rival, receipt));
    let both = client.wait(select(slow, quick), forever, trail).await;
    // The limit is years away.
    let Ok(both) = both else { return timed_out(first, trail, &backend) };
    match both {
        Either::Left(((reached, told), quick)) => {
            told.tell(first, trail);
            match spoken(first.ask, reached) {
                Ok(reached) => {
                    trail.rival_lost(&backend);
                    Won { backend: Arc::clone(first.backend), reached: Ok(reached) }
                }
                Err(fault) => {
                    attempts.failed(first.backend, &fault);
                    trail.failed(first.backend, fault, Verdict::Before, &Account::default());
                    trail.rival_follows(&backend, is_last, began);
                    alone_to_the_end(rival, quick, client, trail, forever).await
                }
            }
        }
        Either::Right(((reached, told), slow)) => match spoken(first.ask, reached) {
            Ok(reached) => {
                trail.overtaken(&backend);
                trail.rival_follows(&backend, is_last, began);
                told.tell(rival, trail);
                Won { backend: Arc::clone(&backend), reached: Ok(reached) }
            }
            Err(fault) => {
                attempts.failed(&backend, &fault);
                trail.rival_failed(&backend, fault);
                alone_to_the_end(first, slow, client, trail, forever).await
            }
        },
    }
}

/// An answer that ended without content has not spoken, where the profile does not take it for an answer.
fn spoken(ask: &Ask, reached: Result<Reached, Fault>) -> Result<Reached, Fault> {
    let is_minded = ask.plan.profile.empty_response == EmptyResponseAction::Fallback;
    match reached {
        Ok(Reached { silence: Some(fault), .. }) if is_minded => Err(fault),
        reached => reached,
    }
}

async fn alone_to_the_end(
    attempt: Attempt<'_>,
    run: Run<'_>,
    client: &mut Client,
    trail: &mut Trail,
    forever: Limit,
) -> Won {
    let backend = Arc::clone(attempt.backend);
    match client.wait(pin!(run), forever, trail).await {
        Ok((reached, told)) => {
            told.tell(attempt, trail);
            Won { backend, reached }
        }
        Err(fault) => Won { backend, reached: Err(fault) },
    }
}

fn timed_out(first: Attempt<'_>, trail: &mut Trail, rival: &Backend) -> Won {
    trail.rival_lost(rival);
    let fault = super::client::timed_out(Phase::FirstToken);
    Won { backend: Arc::clone(first.backend), reached: Err(fault) }
}
