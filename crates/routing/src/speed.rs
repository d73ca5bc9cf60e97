//! How fast and how reliable providers have been of late, and the order that follows where a profile is adaptive.
//!
//! Here is what is remembered of all of them; one provider's past is in `samples`, the comparison in `order`, and
//! what keeps it steady in `ranks`.

mod latencies;
mod order;
mod ranks;
mod samples;

pub use latencies::Latency;
pub use order::{
    Demotion, ERROR_RATE, ERROR_SAMPLES, Entry, LATENCY_FACTOR, LATENCY_SAMPLES, Order, Placed, order,
};
pub use ranks::{Claim, DEBOUNCE, Ranks, TRIAL_INTERVAL};
pub use samples::{
    FIRST_TOKENS_LIMIT, HEDGE_SAMPLES, HORIZON, Mode, Outcome, SAMPLES_LIMIT, Samples, Stats, WINDOW,
};

use canon::config::Config;
use canon::id::{ProfileName, ProviderName};
use samples::ByMode;
use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

/// The samples of every provider, and the demotions of every adaptive profile.
#[derive(Clone, Debug, Default)]
pub struct Speeds {
    providers: BTreeMap<ProviderName, Samples>,
    ranks: HashMap<ProfileName, ByMode<Ranks>>,
}

impl Speeds {
    /// Takes in how an attempt at a provider went.
    pub fn record(&mut self, provider: &ProviderName, outcome: Outcome, now: Instant) {
        self.samples_mut(provider).record(outcome, now);
    }

    /// Counts `steps` failures that no attempt had, as [`Samples::demote`] says.
    pub fn demote(&mut self, provider: &ProviderName, steps: usize, now: Instant) {
        self.samples_mut(provider).demote(steps, now);
    }

    /// What is known of a provider, if anything.
    pub fn samples(&self, provider: &ProviderName) -> Option<&Samples> {
        self.providers.get(provider)
    }

    /// The order to try a chain in; see [`order`].
    pub fn order<'a>(
        &self,
        profile: &ProfileName,
        mode: Mode,
        chain: impl IntoIterator<Item = &'a ProviderName>,
        now: Instant,
    ) -> Order {
        let entry = |name| Entry { name, samples: self.providers.get(name) };
        let chain: Vec<Entry<'_>> = chain.into_iter().map(entry).collect();
        match self.ranks.get(profile) {
            Some(ranks) => order(&chain, mode, ranks.of(mode), now),
            None => order(&chain, mode, &Ranks::default(), now),
        }
    }

    /// Makes an order the one in force as an attempt begins; see [`Ranks::commit`].
    pub fn commit(
        &mut self,
        profile: &ProfileName,
        order: &Order,
        attempted: &ProviderName,
        now: Instant,
    ) -> Claim {
        let ranks = self.ranks.entry(profile.clone()).or_default();
        ranks.of_mut(order.mode).commit(order, attempted, now)
    }

    /// Forgets what the configuration no longer has, so that reloads leave nothing behind.
    pub fn retain(&mut self, config: &Config) {
        let is_known = |name: &ProviderName| config.provider(name.as_str()).is_some();
        self.providers.retain(|name, _| is_known(name));
        self.ranks.retain(|name, _| config.profile(name.as_str()).is_some_and(|profile| profile.adaptive));
        for ranks in self.ranks.values_mut() {
            ranks.of_mut(Mode::Stream).retain(is_known);
            ranks.of_mut(Mode::Whole).retain(is_known);
        }
    }

    /// Forgets how a provider has been: the name belongs to another one now.
    pub fn forget(&mut self, provider: &ProviderName) {
        self.providers.remove(provider);
        for ranks in self.ranks.values_mut() {
            ranks.of_mut(Mode::Stream).retain(|name| name != provider);
            ranks.of_mut(Mode::Whole).retain(|name| name != provider);
        }
    }

    fn samples_mut(&mut self, provider: &ProviderName) -> &mut Samples {
        self.providers.entry(provider.clone()).or_default()
    }
}

#[cfg(test)]
mod tests;
