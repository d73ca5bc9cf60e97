//! Which providers of a profile are demoted, since when, and when each was last tried: what keeps orders from
//! flapping. Deciding is `order`'s.

use super::order::{Demotion, Order, Placed};
use canon::id::ProviderName;
use std::time::{Duration, Instant};

/// How long a provider keeps its demotion, or its freedom from one, after a change.
///
/// It is the demotion that waits, not the place: a provider that another one has just overtaken can be demoted
/// itself at once.
pub const DEBOUNCE: Duration = Duration::from_secs(30);

/// Between two trials of a demoted provider that the window says nothing about.
pub const TRIAL_INTERVAL: Duration = Duration::from_secs(60);

/// The demotions in force for one profile and mode. Providers that nothing is held against take no room.
#[derive(Clone, Debug, Default)]
pub struct Ranks {
    standings: Vec<Standing>,
}

/// What was last decided about a provider.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    name: ProviderName,
    pub(super) demotion: Demotion,
    changed: Instant,
    /// When the last trial left; none before the first.
    pub(super) tried: Option<Instant>,
    /// The latency that last counted as slow, for trials when there is nobody left to compare with.
    pub(super) bound: Option<Duration>,
}

impl Standing {
    pub(super) fn is_settling(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.changed) < DEBOUNCE
    }

    pub(super) fn is_trial_due(&self, now: Instant) -> bool {
        let last = self.tried.unwrap_or(self.changed);
        self.demotion.steps() > 0 && now.saturating_duration_since(last) >= TRIAL_INTERVAL
    }
}

/// What an attempt may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Go ahead.
    Granted,
    /// The attempt was meant as a trial, and another request has just taken it: those behind it come first.
    TrialTaken,
}

impl Ranks {
    /// Makes an order the one in force, as an attempt at one of its providers begins. Nobody's demotion changes
    /// twice within [`DEBOUNCE`], however old the order is. Saying the same again changes nothing.
    pub fn commit(&mut self, order: &Order, attempted: &ProviderName, now: Instant) -> Claim {
        for placed in &order.placed {
            self.settle(placed, now);
        }
        self.standings.retain(|standing| standing.demotion.steps() > 0 || standing.is_settling(now));
        let trial = order.placed.iter().any(|placed| placed.trial && placed.name == *attempted);
        let Some(standing) = self.standings.iter_mut().find(|standing| standing.name == *attempted) else {
            return Claim::Granted;
        };
        if standing.is_trial_due(now) {
            standing.tried = Some(now);
            return Claim::Granted;
        }
        if trial && standing.demotion.steps() > 0 { Claim::TrialTaken } else { Claim::Granted }
    }

    /// Forgets everybody that `is_known` does not know.
    pub fn retain(&mut self, is_known: impl Fn(&ProviderName) -> bool) {
        self.standings.retain(|standing| is_known(&standing.name));
    }

    pub(super) fn standing(&self, name: &ProviderName) -> Option<&Standing> {
        self.standings.iter().find(|standing| standing.name == *name)
    }

    fn settle(&mut self, placed: &Placed, now: Instant) {
        let &Placed { ref name, demotion, bound, .. } = placed;
        let fresh = Standing { name: name.clone(), demotion, changed: now, tried: None, bound };
        match self.standings.iter_mut().find(|standing| standing.name == *name) {
            Some(standing) if standing.demotion == demotion || standing.is_settling(now) => {
                standing.bound = bound.or(standing.bound);
            }
            Some(standing) => *standing = Standing { bound: bound.or(standing.bound), ..fresh },
            None if demotion.steps() > 0 => self.standings.push(fresh),
            None => {}
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.standings.len()
    }
}
