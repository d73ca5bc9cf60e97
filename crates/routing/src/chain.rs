//! The chain while it is judged: who stands, in which order, and who was passed over. The judges are `passes`.

use crate::plan::Verdict;
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
        Self { standing, skipped: Vec::new() }
    }

    /// Takes out those that `applies` to.
    pub(crate) fn skip(&mut self, reason: SkipReason, applies: impl Fn(&Link<'a>) -> bool) {
        let gone = self.standing.extract_if(.., |link| applies(link));
        self.skipped.extend(gone.map(|link| Link { verdict: Verdict::Skip(reason), ..link }));
    }

    /// Moves those that `applies` to behind all others, in the order they stand.
    pub(crate) fn later(&mut self, reason: SkipReason, applies: impl Fn(&Link<'a>) -> bool) {
        let moved: Vec<Link<'a>> = self.standing.extract_if(.., |link| applies(link)).collect();
        self.standing.extend(moved.into_iter().map(|link| Link { verdict: Verdict::Later(reason), ..link }));
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
    }
}

/// The reason of a skip that is no more than a doubt. Money, privacy and what does not exist are a hard no.
fn doubt(verdict: Verdict) -> Option<SkipReason> {
    match verdict {
        Verdict::Skip(reason @ SkipReason::JustFailed) => Some(reason),
        Verdict::Skip(SkipReason::PaidGate | SkipReason::UnknownProvider) => None,
        Verdict::Keep | Verdict::Later(_) => None,
    }
}
