//! Taking a provider for one attempt, and giving it back with what came of it: the only two ways in which memory of
//! providers changes. What follows for the next plan is the passes'.

mod admission;
mod settlement;

pub use crate::rates::Priority;
pub use settlement::{Ending, Settled, Settlement};

use crate::conversation::Conversation;
use crate::cost::{affordable_output, worst_case};
use crate::passes::rate_wait;
use crate::plan::{Plan, Verdict};
use crate::rates::{self, RateHeaders};
use crate::spend::{Caps, Exceeded, OpenReservation, Payer, Reservation};
use crate::view::View;
use admission::Trials;
use canon::config::{Config, Provider};
use canon::event::{Fact, SkipReason};
use canon::id::ProviderName;
use canon::moment::Now;
use canon::money::Usd;
use std::sync::Arc;

/// The output that is reserved for where the request sets no limit, in tokens.
const USUAL_OUTPUT: u64 = 8_192;

/// Whether a provider's turn has come as planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It has.
    Planned,
    /// Everybody else has failed or is busy: doubts no longer count, what is forbidden stays so.
    LastResort,
}

/// Who asks for a provider, and for what.
#[derive(Clone, Copy, Debug)]
pub struct Claiming<'a> {
    /// The configuration in force.
    pub config: &'a Config,
    /// The plan that leads to it.
    pub plan: &'a Plan,
    /// The provider.
    pub provider: &'a Arc<Provider>,
    /// The conversation.
    pub conversation: Conversation,
    /// More prompt tokens than there can be.
    pub tokens_bound: u64,
    /// The most tokens the request wants back.
    pub max_output: Option<u64>,
    /// How urgent it is.
    pub priority: Priority,
    /// Whether its turn has come as planned.
    pub turn: Turn,
    /// The moment.
    pub now: Now,
}

/// A provider, taken for one attempt. It has to be given back by [`View::settle`].
#[derive(Debug)]
#[must_use = "what was claimed has to be settled"]
pub struct Claim {
    provider: Arc<Provider>,
    conversation: Conversation,
    began: Now,
    place: rates::Claim,
    reservation: Option<Reservation>,
    trials: Trials,
    /// The most output that was paid for, where that is less than was asked.
    lowered: Option<u64>,
    /// What happened on the way.
    facts: Vec<Fact>,
}

impl Claim {
    /// The provider that was taken.
    pub fn provider(&self) -> &ProviderName {
        &self.provider.name
    }

    /// The output in tokens that the budget still buys, where that is less than the request asks for.
    pub fn lowered_output(&self) -> Option<u64> {
        self.lowered
    }

    /// The money that is promised to the attempt; it leaves only when a store has it.
    pub fn reservation(&self) -> Option<&OpenReservation> {
        self.reservation.as_ref().map(Reservation::held)
    }

    /// The provider's answer, whatever its status, came with these headers.
    pub fn heard(&self, headers: &RateHeaders, now: Now) {
        self.place.heard(headers, now.at, now.wall);
    }

    /// What is to be told of the taking.
    pub fn facts(&mut self) -> Vec<Fact> {
        std::mem::take(&mut self.facts)
    }
}

impl View {
    /// Takes a provider for an attempt: a place at it, the money, and the trial where it is one.
    ///
    /// # Errors
    /// With the reason, where it may not be asked right now.
    pub fn claim(&self, claiming: &Claiming<'_>) -> Result<Claim, SkipReason> {
        let Claiming { plan, provider, now, .. } = *claiming;
        let place = self.place(claiming)?;
        let (reservation, lowered) = match self.money(claiming) {
            Ok(money) => money,
            Err(reason) => {
                place.withdraw();
                return Err(reason);
            }
        };
        let trials = match self.trials(claiming) {
            Ok(trials) => trials,
            Err(reason) => {
                // Nothing was asked, so nothing was spent, neither money nor a place.
                reservation.map(Reservation::release);
                place.withdraw();
                return Err(reason);
            }
        };
        let recovered = self.memory().drift.recover(&plan.profile.name, now.at);
        let facts = recovered
            .into_iter()
            .map(|(name, event)| settlement::drift_fact(&plan.profile, &name, event, plan));
        Ok(Claim {
            facts: facts.collect(),
            provider: Arc::clone(provider),
            conversation: claiming.conversation,
            began: now,
            place,
            reservation,
            trials,
            lowered,
        })
    }

    /// A place within the provider's limits.
    fn place(&self, claiming: &Claiming<'_>) -> Result<rates::Claim, SkipReason> {
        let Claiming { provider, now, .. } = *claiming;
        let output = claiming.max_output.unwrap_or(USUAL_OUTPUT);
        let tokens = claiming.tokens_bound.saturating_add(output);
        let ask = rates::Ask { limits: &provider.limits, tokens, priority: claiming.priority };
        let claimed = self.rates.claim(&provider.name, &ask, now.at);
        claimed.map_err(|wait| SkipReason::RateLimited { wait: rate_wait(wait, now.at) })
    }

    /// The most that the attempt can cost, and the output that was lowered for it to fit.
    fn money(&self, claiming: &Claiming<'_>) -> Result<(Option<Reservation>, Option<u64>), SkipReason> {
        let Claiming { config, plan, provider, now, .. } = *claiming;
        let caps = Caps::of(config, &plan.profile, provider);
        let payer = Payer { provider: provider.name.clone(), profile: plan.profile.name.clone() };
        let asked = claiming.max_output.unwrap_or(USUAL_OUTPUT);
        let cost = &provider.cost;
        let bound = worst_case(claiming.tokens_bound, asked, cost);
        if caps == Caps::default() && bound == Usd::ZERO {
            return Ok((None, None));
        }
        let refused = |Exceeded { limit, spent, .. }: Exceeded| SkipReason::BudgetExceeded {
            cap: limit,
            spent,
            month: now.month(),
        };
        let remaining = match self.spend.reserve(payer.clone(), bound, caps, now.wall) {
            Ok(reservation) => return Ok((Some(reservation), None)),
            Err(exceeded) => self.spend.remaining(&payer, caps, now.wall).ok_or_else(|| refused(exceeded))?,
        };
        let lowered = affordable_output(remaining, claiming.tokens_bound, cost).min(asked);
        let bound = worst_case(claiming.tokens_bound, lowered, cost);
        let reservation = self.spend.reserve(payer, bound, caps, now.wall).map_err(refused)?;
        Ok((Some(reservation), Some(lowered)))
    }

    /// Whether the provider stands where it was planned because it is due for a trial.
    fn is_in_place(claiming: &Claiming<'_>) -> bool {
        let verdict = claiming.plan.verdict(&claiming.provider.name);
        claiming.turn == Turn::Planned && matches!(verdict, Some(Verdict::Keep | Verdict::Sooner))
    }
}

#[cfg(test)]
mod tests;
