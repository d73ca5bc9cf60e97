//! The plan of one request: who is tried in which order, and a reason for everybody passed over or moved.

use crate::chain::Chain;
use crate::conversation::Conversation;
use crate::needs::Needs;
use crate::passes::{self, PASSES, Pass};
use crate::rates::Priority;
use crate::speed::{Mode, Order};
use crate::view::{Memory, View};
use canon::config::{Config, Profile, Provider};
use canon::event::{Fact, FlowFact, SkipReason};
use canon::id::ProviderName;
use canon::moment::Now;
use std::fmt;
use std::sync::Arc;

/// Everything a pass may look at.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The configuration in force.
    pub config: &'a Config,
    /// The profile that was selected.
    pub profile: &'a Arc<Profile>,
    /// What the client asks.
    pub needs: &'a Needs<'a>,
    /// What is remembered, and the part of it that is under the lock.
    pub view: &'a View,
    /// That part.
    pub memory: &'a Memory,
    /// The conversation the request belongs to.
    pub conversation: Conversation,
    /// How urgent it is.
    pub priority: Priority,
    /// Whether the request may only go to local providers.
    pub local_only: bool,
    /// The moment of planning.
    pub now: Now,
}

/// What was decided about one provider of a chain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// It is tried in its turn.
    Keep,
    /// It is tried first: the conversation's prompt is cached there.
    Sooner,
    /// It is not tried; for no more than a doubt it is, where everybody else has failed.
    Skip(SkipReason),
    /// It is tried after those that are kept.
    Later(SkipReason),
}

/// Who is tried, in which order, and why.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The profile it follows.
    pub profile: Arc<Profile>,
    /// The providers in the order they are tried, each once. Behind all others stand those that were passed over for
    /// no more than a doubt: an unlikely answer beats none.
    pub attempts: Vec<Arc<Provider>>,
    /// Every entry of the chain in the profile's order, with what was decided about it.
    pub verdicts: Vec<(ProviderName, Verdict)>,
    /// The order by speed and failures, where the profile is adaptive.
    pub order: Option<Arc<Order>>,
    /// What is told of it where it is another than the profile's.
    pub reordered: Option<Box<FlowFact>>,
    /// Whether everybody is doubted, and the least bad are tried all the same.
    pub is_last_resort: bool,
}

/// Has a request measured as far as planning may need it. To be called before the memory's lock is taken, which is the
/// one lock that all requests share.
pub fn foresee(config: &Config, profile: &Profile, needs: &Needs<'_>) {
    passes::foresee(config, profile, needs);
}

/// Decides who is tried for a request. The same situation gives the same plan.
pub fn plan(situation: &Situation<'_>) -> Plan {
    judged_by(PASSES, situation)
}

fn judged_by(passes: &[Pass], situation: &Situation<'_>) -> Plan {
    let mut chain = Chain::declared(situation.config, situation.profile);
    for pass in passes {
        pass(situation, &mut chain);
    }
    chain.last_resort();
    let judged = || chain.standing.iter().chain(&chain.skipped);
    let verdict = |name: &ProviderName| {
        judged().find(|link| link.name == name).map_or(Verdict::Keep, |link| link.verdict)
    };
    Plan {
        profile: Arc::clone(situation.profile),
        attempts: chain
            .standing
            .iter()
            .chain(chain.doubted())
            .filter_map(|link| link.provider.cloned())
            .collect(),
        verdicts: situation.profile.providers.iter().map(|name| (name.clone(), verdict(name))).collect(),
        is_last_resort: chain.is_last_resort,
        reordered: chain.order.as_ref().and_then(|order| reordered(situation, order)),
        order: chain.order.map(Arc::new),
    }
}

/// What is told of an order that is another than the profile's.
fn reordered(situation: &Situation<'_>, order: &Order) -> Option<Box<FlowFact>> {
    if order.is_unchanged() {
        return None;
    }
    let effective: Vec<ProviderName> = order.placed.iter().map(|placed| placed.name.clone()).collect();
    let mut declared: Vec<_> = order.placed.iter().collect();
    declared.sort_by_key(|placed| placed.place);
    let stats = effective.iter().filter_map(|name| {
        let stats = situation.memory.samples(name)?.stats(situation.now.at);
        let latency = match order.mode {
            Mode::Stream => stats.stream,
            Mode::Whole => stats.whole,
        };
        let median = latency.map(|latency| latency.median);
        Some((name.clone(), median, stats.error_rate(), stats.count as u64))
    });
    Some(Box::new(FlowFact::Reordered {
        stats: stats.collect(),
        declared: declared.into_iter().map(|placed| placed.name.clone()).collect(),
        effective,
    }))
}

impl Plan {
    /// What was decided about a provider.
    pub fn verdict(&self, name: &ProviderName) -> Option<Verdict> {
        self.verdicts.iter().find(|(other, _)| other == name).map(|(_, verdict)| *verdict)
    }

    /// Why a provider was passed over: it is not tried, or not in its turn. One that was moved behind nobody, or
    /// because another one suits better, was not passed over.
    pub fn passed_over(&self, verdict: Verdict) -> Option<SkipReason> {
        match verdict {
            Verdict::Keep | Verdict::Sooner => None,
            Verdict::Skip(reason) => Some(reason),
            Verdict::Later(reason) => (!reason.is_preference() && self.overtakes()).then_some(reason),
        }
    }

    /// Whether anybody is tried before those that were moved back.
    fn overtakes(&self) -> bool {
        self.verdicts.iter().any(|(_, verdict)| matches!(verdict, Verdict::Keep | Verdict::Sooner))
    }

    /// The one reason a person should act on where nobody may be tried: of several the one that changes soonest. A
    /// chain of unknown names has none: it was told about name by name.
    pub fn blocked(&self) -> Option<SkipReason> {
        let rank = |reason: &SkipReason| match reason {
            SkipReason::BudgetExceeded { .. } => Some(0),
            SkipReason::PaidGate => Some(1),
            SkipReason::LocalOnly => Some(2),
            SkipReason::ContextRefused { .. } => Some(3),
            _ => None,
        };
        let reasons = self.verdicts.iter().filter_map(|(_, verdict)| match verdict {
            Verdict::Skip(reason) => Some(*reason),
            _ => None,
        });
        let blocking = reasons.filter(|reason| rank(reason).is_some()).min_by_key(rank);
        blocking.filter(|_| self.attempts.is_empty())
    }

    /// The providers that were not tried for a reason, in the profile's order.
    pub fn skipped_for(&self, reason: SkipReason) -> Vec<ProviderName> {
        let skipped = self.verdicts.iter().filter(|(_, verdict)| match verdict {
            Verdict::Skip(other) => other.word() == reason.word(),
            _ => false,
        });
        skipped.map(|(name, _)| name.clone()).collect()
    }

    /// What the plan tells: everybody passed over, and a chain that is blocked as a whole.
    pub fn facts(&self) -> impl Iterator<Item = Fact> + '_ {
        let profile = &self.profile.name;
        let skips = self.verdicts.iter().filter_map(|(provider, verdict)| {
            let reason = self.passed_over(*verdict)?;
            let later = matches!(verdict, Verdict::Later(_));
            Some(Fact::ProviderSkipped {
                profile: profile.clone(),
                provider: provider.clone(),
                reason,
                later,
            })
        });
        let blocked = self.blocked().map(|reason| {
            let providers = self.skipped_for(reason);
            Fact::ChainBlocked { profile: profile.clone(), reason, providers }
        });
        let resort = self.is_last_resort.then(|| {
            let providers = self.attempts.iter().map(|provider| provider.name.clone()).collect();
            Fact::Flow(Box::new(FlowFact::LastResort { profile: profile.clone(), providers }))
        });
        let reordered = self.reordered.clone().map(Fact::Flow);
        skips.chain(reordered).chain(blocked).chain(resort)
    }

    /// The place of a provider among the attempts, from 1; none where it is not tried.
    pub fn turn(&self, name: &ProviderName) -> Option<usize> {
        self.attempts.iter().position(|provider| provider.name == *name).map(|place| place + 1)
    }
}

/// A table: the profile's order downwards, the turn of each, what was decided, and why.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.verdicts.iter().map(|(name, _)| name.as_str().chars().count()).max().unwrap_or(0);
        write!(f, "profile {}: {} to try", self.profile.name, self.attempts.len())?;
        for (name, verdict) in &self.verdicts {
            let turn = self.turn(name).map_or("-".to_owned(), |turn| turn.to_string());
            write!(f, "\n{turn:>3}  {:<width$}  {verdict}", name.as_str())?;
        }
        Ok(())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keep => f.write_str("keep"),
            Self::Sooner => f.write_str("first  its prompt is cached there"),
            Self::Skip(reason) => write!(f, "skip   {reason}"),
            Self::Later(reason) => write!(f, "later  {reason}"),
        }
    }
}

#[cfg(test)]
mod tests;
