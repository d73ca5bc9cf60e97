//! A second provider beside one that is slow to speak: whoever speaks first answers, the other is let go.

use super::attempts::{Attempts, Next};
use super::client::{Client, Limit};
use super::reach::{Alone, Reached, reach};
use super::trail::Trail;
use super::{Ask, Attempt};
use crate::memory::Receipt;
use crate::upstream::Backend;
use canon::config::HedgeAfter;
use canon::fault::{Fault, Phase};
use futures_util::future::{Either, select};
use routing::claim::Claim;
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
    let forever = Limit { at: Instant::now() + super::alarm::NEVER, phase: Phase::FirstToken };
    let alone = client.wait(tokio::time::timeout(delay, &mut slow), forever, trail).await;
    if let Ok(Ok((reached, told))) = alone {
        told.tell(first, trail);
        return Won { backend: Arc::clone(first.backend), reached };
    }
    let Some(Next { backend, is_last, claim }) = attempts.rival(first.backend, trail) else {
        return alone_to_the_end(first, slow, client, trail, forever).await;
    };
    trail.hedged(&backend, delay);
    let rival = Attempt { backend: &backend, is_last, lowered: claim.lowered_output(), ..first };
    let receipt = claim.reservation().and_then(|held| first.ask.router.memory.secure(held));
    let (began, quick) = (Instant::now(), run(rival, receipt));
    let both = client.wait(select(slow, quick), forever, trail).await;
    // The limit is years away.
    let Ok(both) = both else { return timed_out(first, trail, claim) };
    let second = Second { attempt: rival, claim, began };
    match both {
        Either::Left(((Ok(reached), told), _)) => {
            told.tell(first, trail);
            trail.rival_lost(&backend, second.claim);
            Won { backend: Arc::clone(first.backend), reached: Ok(reached) }
        }
        Either::Right(((Ok(reached), told), _)) => {
            second.takes_over(trail);
            told.tell(rival, trail);
            Won { backend: Arc::clone(&backend), reached: Ok(reached) }
        }
        Either::Left(((Err(fault), told), quick)) => {
            told.tell(first, trail);
            attempts.failed(first.backend, &fault);
            trail.failed(first.backend, fault, super::trail::Verdict::Before, &Default::default());
            second.follows(trail);
            alone_to_the_end(rival, quick, client, trail, forever).await
        }
        Either::Right(((Err(fault), _), slow)) => {
            trail.rival_failed(&backend, second.claim, fault);
            alone_to_the_end(first, slow, client, trail, forever).await
        }
    }
}

/// The one that was started beside another.
struct Second<'a> {
    attempt: Attempt<'a>,
    claim: Claim,
    began: Instant,
}

impl Second<'_> {
    /// It spoke first.
    fn takes_over(self, trail: &mut Trail) {
        trail.overtaken(self.attempt.backend);
        self.follows(trail);
    }

    /// It is the only one left.
    fn follows(self, trail: &mut Trail) {
        trail.attempt_since(self.attempt.backend, self.attempt.is_last, self.claim, self.began);
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

fn timed_out(first: Attempt<'_>, trail: &mut Trail, claim: Claim) -> Won {
    trail.rival_lost(first.backend, claim);
    let fault = super::client::timed_out(Phase::FirstToken);
    Won { backend: Arc::clone(first.backend), reached: Err(fault) }
}
