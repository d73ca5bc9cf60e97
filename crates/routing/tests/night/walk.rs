//! One request's way along its plan, in the order in which the program asks: everybody in turn, then those that were
//! doubted, then those at their limits once they are free, last of all the one that was still reading.

use crate::agent::Turn;
use crate::backend::{Asked, Course};
use canon::config::{Config, Prefill, Provider};
use canon::event::SkipReason;
use canon::fault::{Fault, FaultKind, Phase};
use canon::moment::Now;
use routing::claim::{self, Claim, Claiming};
use routing::plan::Plan;
use routing::view::View;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// A request on its way.
pub struct Walk {
    /// What is asked.
    pub turn: Turn,
    /// Whom to ask.
    pub plan: Plan,
    /// The attempt under way.
    pub attempt: Option<Attempt>,
    /// Its number among the night's turns.
    pub number: u64,
    /// Tells wakings of this wait, and ends of this attempt, from earlier ones.
    pub ticket: u64,
    /// Whether the client has seen a part of an answer.
    pub is_committed: bool,
    /// Whether it waits for somebody to be free.
    pub is_waiting: bool,
    /// Everybody that was asked, in order.
    pub asked: Vec<Arc<Provider>>,
    /// Everybody that could not be had when it was tried last, and why.
    pub refused: Vec<(Arc<Provider>, SkipReason)>,
    /// How many of them were refused before the latest step.
    pub refused_before: usize,
    ahead: VecDeque<(Arc<Provider>, claim::Turn)>,
    reading: Option<Arc<Provider>>,
    reads_on: bool,
    waiting_since: Option<Duration>,
}

/// An attempt under way.
pub struct Attempt {
    /// What it was taken by.
    pub claim: Claim,
    /// The provider.
    pub provider: Arc<Provider>,
    /// Its number in the provider's own count.
    pub number: u64,
    /// When it began.
    pub began: Duration,
    /// The money that is promised to it, in dollars.
    pub promised: f64,
    /// What it asks.
    pub asked: Asked,
    /// What will come of it.
    pub course: Course,
    /// Whether nobody is left behind the provider.
    pub is_last: bool,
    /// Whether the same provider was asked before, with what was wrong with its call.
    pub is_again: bool,
}

/// What comes next.
pub enum Step {
    /// An attempt at a provider that was taken, and whether nobody is left behind it.
    Try(Arc<Provider>, Box<Claim>, bool),
    /// A wait.
    Wait(Duration),
    /// Nothing.
    Over,
}

/// A moment, on both of the night's clocks.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The router's memory.
    pub view: &'a View,
    /// The time as the router sees it.
    pub now: Now,
    /// The time since the night began.
    pub at: Duration,
}

impl Walk {
    /// The way of a turn that was planned.
    pub fn new(turn: Turn, plan: Plan, number: u64) -> Self {
        let first = if plan.is_last_resort { claim::Turn::LastResort } else { claim::Turn::Planned };
        Self {
            ahead: plan.attempts.iter().map(|provider| (Arc::clone(provider), first)).collect(),
            turn,
            plan,
            number,
            ticket: 0,
            attempt: None,
            is_waiting: false,
            is_committed: false,
            waiting_since: None,
            asked: Vec::new(),
            refused: Vec::new(),
            refused_before: 0,
            reading: None,
            reads_on: false,
        }
    }

    /// What comes next.
    pub fn step(&mut self, moment: Moment<'_>) -> Step {
        self.refused_before = self.refused.len();
        loop {
            while let Some((provider, turn)) = self.ahead.pop_front() {
                match self.claim(&provider, turn, moment) {
                    Ok(claim) => {
                        let is_last = self.ahead.is_empty() && self.refused.is_empty() && !self.reads_on;
                        return Step::Try(provider, Box::new(claim), is_last);
                    }
                    Err(reason) => self.refused.push((provider, reason)),
                }
            }
            if let Some(step) = self.second_chance(moment.at) {
                return step;
            }
        }
    }

    /// Takes a provider.
    pub fn claim(
        &self,
        provider: &Arc<Provider>,
        turn: claim::Turn,
        moment: Moment<'_>,
    ) -> Result<Claim, SkipReason> {
        moment.view.claim(&Claiming {
            config: moment.config,
            plan: &self.plan,
            provider,
            conversation: self.turn.conversation,
            tokens_bound: self.turn.prompt_bound(),
            max_output: self.turn.max_output,
            priority: self.turn.priority,
            turn,
            now: moment.now,
        })
    }

    fn second_chance(&mut self, at: Duration) -> Option<Step> {
        let mut doubted =
            self.refused.extract_if(.., |(_, reason)| reason.is_doubt() && limit(*reason).is_none());
        self.ahead.extend(doubted.by_ref().map(|(provider, _)| (provider, claim::Turn::LastResort)));
        drop(doubted);
        self.refused_before = self.refused_before.min(self.refused.len());
        if self.ahead.is_empty()
            && let Some(step) = self.queue(at)
        {
            return Some(step);
        }
        if self.ahead.is_empty() {
            self.reads_on = self.reading.is_some();
            self.ahead.extend(self.reading.take().map(|provider| (provider, claim::Turn::LastResort)));
        }
        self.ahead.is_empty().then_some(Step::Over)
    }

    fn queue(&mut self, at: Duration) -> Option<Step> {
        let wait = self.refused.iter().filter_map(|(_, reason)| limit(*reason)).min()?;
        let since = *self.waiting_since.get_or_insert(at);
        let left = (since + self.plan.profile.queue_timeout).saturating_sub(at);
        if left.is_zero() || wait > left {
            return None;
        }
        let limited = self.refused.extract_if(.., |(_, reason)| limit(*reason).is_some());
        self.ahead.extend(limited.map(|(provider, _)| (provider, claim::Turn::LastResort)));
        Some(Step::Wait(wait))
    }

    /// Takes note of how an attempt failed.
    pub fn failed(&mut self, provider: &Arc<Provider>, fault: &Fault) {
        let is_reading = matches!(fault.kind, FaultKind::Timeout(Phase::FirstByte | Phase::FirstToken));
        if is_reading && provider.local && !self.reads_on && self.plan.attempts.len() > 1 {
            self.reading = Some(Arc::clone(provider));
        }
    }

    /// The next provider that can go on with an answer that was begun, and whether nobody is left behind it.
    pub fn successor(&mut self, moment: Moment<'_>) -> Option<(Arc<Provider>, Claim, bool)> {
        while let Some((provider, turn)) = self.ahead.pop_front() {
            if provider.facts.prefill == Prefill::None {
                continue;
            }
            if let Ok(claim) = self.claim(&provider, turn, moment) {
                return Some((provider, claim, self.ahead.is_empty()));
            }
        }
        None
    }
}

/// How long a provider is at its limits, if that is what is wrong.
pub fn limit(reason: SkipReason) -> Option<Duration> {
    match reason {
        SkipReason::RateLimited { wait } => Some(wait),
        _ => None,
    }
}
