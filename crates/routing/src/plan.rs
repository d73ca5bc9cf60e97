//! The plan of one request: who is tried in which order, and a reason for everybody passed over or moved.

use crate::chain::Chain;
use crate::conversation::Conversation;
use crate::passes::{PASSES, Pass};
use crate::view::View;
use canon::config::{Config, Profile, Provider};
use canon::event::{Fact, SkipReason};
use canon::id::ProviderName;
use canon::request::Request;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// Everything a pass may look at.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The configuration in force.
    pub config: &'a Config,
    /// The profile that was selected.
    pub profile: &'a Arc<Profile>,
    /// What the client asks.
    pub request: &'a Request,
    /// What is remembered.
    pub view: &'a View,
    /// The conversation the request belongs to.
    pub conversation: Conversation,
    /// The moment of planning.
    pub now: Instant,
}

/// What was decided about one provider of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is tried in its turn.
    Keep,
    /// It is not tried.
    Skip(SkipReason),
    /// It is tried after those that are kept.
    Later(SkipReason),
}

/// Who is tried, in which order, and why.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The profile it follows.
    pub profile: Arc<Profile>,
    /// The providers in the order they are tried, each once.
    pub attempts: Vec<Arc<Provider>>,
    /// Every entry of the chain in the profile's order, with what was decided about it.
    pub verdicts: Vec<(ProviderName, Verdict)>,
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
        attempts: chain.standing.iter().filter_map(|link| link.provider.cloned()).collect(),
        verdicts: situation.profile.providers.iter().map(|name| (name.clone(), verdict(name))).collect(),
    }
}

impl Plan {
    /// Why a provider was passed over: it is not tried, or not in its turn. One that was moved behind nobody was
    /// not passed over.
    pub fn passed_over(&self, verdict: Verdict) -> Option<SkipReason> {
        match verdict {
            Verdict::Keep => None,
            Verdict::Skip(reason) => Some(reason),
            Verdict::Later(reason) => {
                let overtaken = self.verdicts.iter().any(|(_, verdict)| *verdict == Verdict::Keep);
                overtaken.then_some(reason)
            }
        }
    }

    /// The one reason a person should act on where nobody may be tried. A chain of unknown names has none: it
    /// was told about name by name.
    pub fn blocked(&self) -> Option<SkipReason> {
        let paid = |(_, verdict): &(_, Verdict)| *verdict == Verdict::Skip(SkipReason::PaidGate);
        (self.attempts.is_empty() && self.verdicts.iter().any(paid)).then_some(SkipReason::PaidGate)
    }

    /// The providers that were not tried for a reason, in the profile's order.
    pub fn skipped_for(&self, reason: SkipReason) -> Vec<ProviderName> {
        let skipped = self.verdicts.iter().filter(|(_, verdict)| *verdict == Verdict::Skip(reason));
        skipped.map(|(name, _)| name.clone()).collect()
    }

    /// What the plan tells: everybody passed over, and a chain that is blocked as a whole.
    pub fn facts(&self) -> impl Iterator<Item = Fact> + '_ {
        let profile = &self.profile.name;
        let skips = self.verdicts.iter().filter_map(|(provider, verdict)| {
            let reason = self.passed_over(*verdict)?;
            Some(Fact::ProviderSkipped { profile: profile.clone(), provider: provider.clone(), reason })
        });
        let blocked = self.blocked().map(|reason| {
            let providers = self.skipped_for(reason);
            Fact::ChainBlocked { profile: profile.clone(), reason, providers }
        });
        skips.chain(blocked)
    }

    /// The place of a provider among the attempts, from 1.
    fn turn(&self, name: &ProviderName) -> Option<usize> {
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
            Self::Skip(reason) => write!(f, "skip   {}", reason.word()),
            Self::Later(reason) => write!(f, "later  {}", reason.word()),
        }
    }
}

#[cfg(test)]
mod tests;
