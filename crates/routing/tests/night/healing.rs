//! Probes: of everybody in rounds, and of those that were taken out with longer and longer waits.

use crate::night::{Event, Night};
use routing::exclusion::RecoveryBackoff;
use std::sync::Arc;
use std::time::Duration;

/// The limit of a recovery probe.
pub const PROBE_LIMIT: Duration = Duration::from_secs(10);

impl Night {
    /// Probes everybody that is to be probed; the next round comes one interval after the last answer.
    pub(crate) fn round(&mut self) {
        let probing = self.config.probing;
        let mut longest = Duration::ZERO;
        for place in 0..self.backends.len() {
            if probing.paid || !self.backends[place].provider.paid {
                let (result, took) = self.backends[place].probe(probing.timeout, self.at);
                longest = longest.max(took);
                self.later(took, Event::Probed(place, result, None));
            }
        }
        self.later(longest + probing.interval, Event::Round);
    }

    /// Begins the recovery of a provider that was taken out.
    pub(crate) fn heal(&mut self, place: usize) {
        self.tally.exclusions += 1;
        if self.recovering.insert(place) {
            self.begin_recovery(place);
        }
    }

    fn begin_recovery(&mut self, place: usize) {
        let name = &self.backends[place].provider.name;
        let by = self.view.excluded_by(name).and_then(|profile| self.config.profile(profile.as_str()));
        let Some(policy) = by.map(|profile| profile.backend_health) else {
            self.recovering.remove(&place);
            return;
        };
        let mut waits = RecoveryBackoff::new(policy.recovery_initial, policy.recovery_max);
        let wait = waits.next_delay();
        self.later(wait, Event::Recover(place, waits));
    }

    /// Probes a provider that is out, unless somebody has seen it well meanwhile.
    pub(crate) fn recover(&mut self, place: usize, waits: RecoveryBackoff) {
        if self.view.excluded_by(&self.backends[place].provider.name).is_none() {
            self.recovering.remove(&place);
            return;
        }
        let (result, took) = self.backends[place].probe(PROBE_LIMIT, self.at);
        self.later(took, Event::Probed(place, result, Some(waits)));
    }

    /// A probe has ended.
    pub(crate) fn probed(
        &mut self,
        place: usize,
        result: Result<(), &'static str>,
        recovery: Option<RecoveryBackoff>,
    ) {
        let provider = Arc::clone(&self.backends[place].provider);
        let settled = self.view.probed(&self.config, &provider, result, self.now());
        match result {
            Ok(()) => self.pasts[place].success = Some(self.at),
            Err(_) => self.pasts[place].failure = self.at,
        }
        self.tell((place, result));
        self.tell_facts(settled.facts);
        if settled.excluded {
            self.heal(place);
        }
        let Some(mut waits) = recovery else { return };
        if result.is_err() && self.view.excluded_by(&provider.name).is_some() {
            let wait = waits.next_delay();
            self.later(wait, Event::Recover(place, waits));
            return;
        }
        self.recovering.remove(&place);
        if self.view.excluded_by(&provider.name).is_some() {
            self.recovering.insert(place);
            self.begin_recovery(place);
        }
    }
}
