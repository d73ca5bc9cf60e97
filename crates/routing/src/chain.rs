//! The chain while it is judged: who stands, in which order, and who was passed over. The judges are `passes`.

use crate::plan::Verdict;
use crate::speed::Order;
use canon::config::{Config, Profile, Provider};
use canon::event::SkipReason;
use canon::id::ProviderName;
use std::sync::Arc;

/// One entry of a chain.
#[derive(Clone, Copy)]
pub(crate) struct Link<'a> {
    /// The name the profile gives.
    pub(crate) name: &'a ProviderName,
    /// The provider of that name; absent where nobody declared it.
    pub(crate) provider: Option<&'a Arc<Provider>>,
    /// What the last pass that minded said.
    pub(crate) verdict: Verdict,
}

/// A profile's providers on their way to a plan.
pub(crate) struct Chain<'a> {
    /// Those that may still be tried, first to last.
    pub(crate) standing: Vec<Link<'a>>,
    /// Those that may not.
    pub(crate) skipped: Vec<Link<'a>>,
    /// The order by speed and failures, where one was made: it comes into force when somebody is asked.
    pub(crate) order: Option<Order>,
    /// Whether everybody was doubted, and the least bad are tried all the same.
    pub(crate) is_last_resort: bool,
}

impl<'a> Chain<'a> {
    /// The chain as the profile declares it, everybody kept. A name that stands twice counts once: no request
    /// tries a provider again.
    pub(crate) fn declared(config: &'a Config, profile: &'a Profile) -> Self {
        let mut standing: Vec<Link<'a>> = Vec::with_capacity(profile.providers.len());
        for name in &profile.providers {
            if !standing.iter().any(|link| link.name == name) {
                let provider = config.provider(name.as_str());
                standing.push(Link { name, provider, verdict: Verdict::Keep });
            }
        }
        Self { standing, skipped: Vec::new(), order: None, is_last_resort: false }
    }

    /// Takes out those that there is a `reason` to.
    pub(crate) fn skip(&mut self, reason: impl Fn(&Provider) -> Option<SkipReason>) {
        self.skip_links(|link| link.provider.and_then(|provider| reason(provider)));
    }

    /// Takes out those that there is a `reason` to, whether anybody declared them or not.
    pub(crate) fn skip_links(&mut self, reason: impl Fn(&Link<'a>) -> Option<SkipReason>) {
        if !self.standing.iter().any(|link| reason(link).is_some()) {
            return;
        }
        let mut standing = Vec::with_capacity(self.standing.len());
        for link in self.standing.drain(..) {
            match reason(&link) {
                Some(reason) => self.skipped.push(Link { verdict: Verdict::Skip(reason), ..link }),
                None => standing.push(link),
            }
        }
        self.standing = standing;
    }

    /// Moves those that there is a `reason` to behind all others, in the order they stand.
    pub(crate) fn later(&mut self, reason: impl Fn(&Provider) -> Option<SkipReason>) {
        let reason = |link: &Link<'a>| link.provider.and_then(|provider| reason(provider));
        let any = self.standing.iter().any(|link| reason(link).is_some());
        // Behind nobody there is no order to change, but the doubt is told.
        if !any {
            return;
        }
        let (mut kept, mut moved) = (Vec::with_capacity(self.standing.len()), Vec::new());
        for link in self.standing.drain(..) {
            match reason(&link) {
                Some(reason) => moved.push(Link { verdict: Verdict::Later(reason), ..link }),
                None => kept.push(link),
            }
        }
        kept.append(&mut moved);
        self.standing = kept;
    }

    /// Puts those that stand into an order that was made of them; who goes later than before is told why.
    pub(crate) fn arrange(&mut self, order: &Order, reason: SkipReason) {
        let standing: Vec<Link<'a>> = self.standing.drain(..).collect();
        for placed in &order.placed {
            let Some(link) = standing.get(placed.place) else { continue };
            let moved = placed.demotion.steps() > 0 && !placed.trial;
            let verdict = match link.verdict {
                Verdict::Keep if moved => Verdict::Later(reason),
                verdict => verdict,
            };
            self.standing.push(Link { verdict, ..*link });
        }
    }

    /// Puts one in front of all others.
    pub(crate) fn first(&mut self, place: usize) {
        if place == 0 || place >= self.standing.len() {
            return;
        }
        let link = self.standing.remove(place);
        self.standing.insert(0, Link { verdict: Verdict::Sooner, ..link });
    }

    /// Where only doubts have emptied the chain, brings those doubted back: an unlikely answer beats none.
    pub(crate) fn last_resort(&mut self) {
        if !self.standing.is_empty() {
            return;
        }
        for link in self.skipped.extract_if(.., |link| doubt(link.verdict).is_some()) {
            let verdict = doubt(link.verdict).map_or(link.verdict, Verdict::Later);
            self.standing.push(Link { verdict, ..link });
        }
        self.is_last_resort = !self.standing.is_empty();
    }

    /// Those that were passed over for no more than a doubt: where everybody that stands fails, they are all that is
    /// left.
    pub(crate) fn doubted(&self) -> impl Iterator<Item = &Link<'a>> {
        self.skipped.iter().filter(|link| doubt(link.verdict).is_some())
    }
}

/// The reason of a skip that is no more than a doubt.
fn doubt(verdict: Verdict) -> Option<SkipReason> {
    match verdict {
        Verdict::Skip(reason) => reason.is_doubt().then_some(reason),
        Verdict::Keep | Verdict::Sooner | Verdict::Later(_) => None,
    }
}
