//! A circuit breaker for every provider: after some failures in a row it is left alone for a while, then one
//! attempt finds out whether it is back. Shared between threads behind one short lock.
//!
//! Not here: what is done about an unhealthy provider (`passes`), who reports results, gauges and log lines
//! (both are told through listeners and [`Marked`]). A request that failed through its own fault must not be
//! reported.

mod breaker;
mod listeners;
mod parameters;

pub use breaker::{Admission, KeptWindow, ProviderState, REASON_LIMIT, Transition, Trial};
pub use listeners::{Complaint, Listener, NOTICES_LIMIT};
pub use parameters::{HealthCacheError, Parameters};

use breaker::{Breaker, Report, Witness};
use canon::id::ProviderName;
use canon::moment::Now;
use listeners::Listeners;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

/// What is known of all providers. Of a provider that was never reported nothing is, and it counts as healthy;
/// asking never makes an entry.
#[derive(Debug)]
pub struct HealthCache {
    memory: Mutex<Memory>,
}

#[derive(Debug)]
struct Memory {
    parameters: Parameters,
    breakers: BTreeMap<ProviderName, Breaker>,
    /// Serial number of the trial admitted last, so that a trial can be told from a later one.
    trials: u64,
    listeners: Listeners,
}

/// What a report led to.
#[must_use = "transitions and complaints are to be logged"]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Marked {
    /// The step this report made; none where the provider stays what it was.
    pub transition: Option<Transition>,
    /// Listeners that failed while this thread was telling them, perhaps of another thread's report.
    pub complaints: Vec<Complaint>,
}

impl HealthCache {
    /// A cache that trips after so many failures in a row, for so many seconds.
    pub fn new(failure_threshold: u32, unhealthy_backoff_s: f64) -> Result<Self, HealthCacheError> {
        Ok(Self::with_parameters(Parameters::new(failure_threshold, unhealthy_backoff_s)?))
    }

    /// A cache with all its numbers given.
    pub fn with_parameters(parameters: Parameters) -> Self {
        let (breakers, listeners) = (BTreeMap::new(), Listeners::default());
        Self { memory: Mutex::new(Memory { parameters, breakers, trials: 0, listeners }) }
    }

    /// The numbers in force.
    pub fn parameters(&self) -> Parameters {
        self.lock().parameters
    }

    /// Goes on with other numbers. They hold at once, for windows that are open too; a provider that has failed
    /// too often by a lower threshold trips at its next failure.
    pub fn reconfigure(&self, parameters: Parameters) {
        self.lock().parameters = parameters;
    }

    /// Calls `listener` from now on with every transition, after those that were added before it. All
    /// transitions are told in the order in which they happened, one at a time, by a thread that has just made
    /// one, and no lock is held: a listener may use the cache. Nothing of the past is told.
    pub fn add_listener(&self, listener: Listener) {
        self.lock().listeners.add(listener);
    }

    /// Whether the provider may be asked: no window is open, and nobody else's trial is under way.
    pub fn is_healthy(&self, id: &ProviderName, now: Instant) -> bool {
        let memory = self.lock();
        memory.breakers.get(id).is_none_or(|breaker| breaker.is_open_to_all(&memory.parameters, now))
    }

    /// What is known of a provider; none where nothing is.
    pub fn state(&self, id: &ProviderName) -> Option<ProviderState> {
        let memory = self.lock();
        memory.breakers.get(id).map(|breaker| breaker.state(&memory.parameters))
    }

    /// What is known of all, with a fresh state for every name expected that was not reported yet: so a page
    /// has the same shape whoever was probed first.
    pub fn snapshot<'a>(
        &self,
        expected: impl IntoIterator<Item = &'a ProviderName>,
    ) -> BTreeMap<ProviderName, ProviderState> {
        let fresh = expected.into_iter().map(|id| (id.clone(), ProviderState::default()));
        let mut states: BTreeMap<_, _> = fresh.collect();
        let memory = self.lock();
        let known = memory.breakers.iter();
        states.extend(known.map(|(id, breaker)| (id.clone(), breaker.state(&memory.parameters))));
        states
    }

    /// Asks leave for an attempt that is about to begin. Once a window has run out, one caller gets a trial;
    /// all others wait until its result is reported, it is abandoned, or it has taken too long.
    pub fn claim_trial(&self, id: &ProviderName, now: Instant) -> Admission {
        let memory = &mut *self.lock();
        let Some(breaker) = memory.breakers.get_mut(id) else { return Admission::Free };
        let admission = breaker.claim(&memory.parameters, memory.trials + 1, now);
        if matches!(admission, Admission::Trial(_)) {
            memory.trials += 1;
        }
        admission
    }

    /// Gives back a trial that said nothing about the provider: the client left, or the request was at fault.
    /// Does nothing once the trial is decided, forgotten or taken over.
    pub fn abandon_trial(&self, id: &ProviderName, trial: Trial) {
        if let Some(breaker) = self.lock().breakers.get_mut(id) {
            breaker.abandon(trial);
        }
    }

    /// An attempt or a probe succeeded: all that was held against the provider is forgotten.
    pub fn mark_healthy(&self, id: &ProviderName, wall: SystemTime) -> Marked {
        self.mark(id, |breaker, _| breaker.succeeded(wall))
    }

    /// An attempt failed. Where the provider is unhealthy already, its window begins anew.
    pub fn mark_unhealthy(&self, id: &ProviderName, reason: &str, now: Instant, wall: SystemTime) -> Marked {
        let report = Report { reason, witness: Witness::Traffic, now, wall };
        self.mark(id, |breaker, parameters| breaker.failed(&report, parameters))
    }

    /// A probe failed. Like [`Self::mark_unhealthy`], but it prolongs no window and ends no trial: a provider
    /// that is probed more often than its window is long still gets its trials.
    pub fn mark_unhealthy_by_probe(
        &self,
        id: &ProviderName,
        reason: &str,
        now: Instant,
        wall: SystemTime,
    ) -> Marked {
        let report = Report { reason, witness: Witness::Probe, now, wall };
        self.mark(id, |breaker, parameters| breaker.failed(&report, parameters))
    }

    /// The windows of providers that are unhealthy, to be kept between runs, by provider in the order of their names.
    pub fn kept(&self) -> Vec<(ProviderName, KeptWindow)> {
        let memory = self.lock();
        let windows = memory.breakers.iter();
        windows.filter_map(|(id, breaker)| Some((id.clone(), breaker.kept()?))).collect()
    }

    /// Takes over a window that an earlier run kept and that still runs. What was reported since counts more, and no
    /// listener is told.
    pub fn take_over(&self, id: &ProviderName, kept: &KeptWindow, now: Now) {
        let memory = &mut *self.lock();
        if let Some(breaker) = Breaker::resumed(kept, &memory.parameters, now) {
            memory.breakers.entry(id.clone()).or_insert(breaker);
        }
    }

    /// Forgets every provider that is not to be kept, as after a reload. That is no transition.
    pub fn forget(&self, keep: impl Fn(&ProviderName) -> bool) {
        self.lock().breakers.retain(|id, _| keep(id));
    }

    fn mark(
        &self,
        id: &ProviderName,
        report: impl FnOnce(&mut Breaker, &Parameters) -> Option<Transition>,
    ) -> Marked {
        let transition = {
            let memory = &mut *self.lock();
            let breaker = memory.breakers.entry(id.clone()).or_default();
            let transition = report(breaker, &memory.parameters);
            if let Some(transition) = &transition {
                memory.listeners.note(id, transition.is_recovery());
            }
            transition
        };
        // Only who made a transition tells, so that a report without one never waits for a listener.
        let complaints = if transition.is_some() { self.tell() } else { Vec::new() };
        Marked { transition, complaints }
    }

    /// Tells what waits to be told, unless another thread is at it: that one will tell this too.
    fn tell(&self) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        if !self.lock().listeners.begin() {
            return complaints;
        }
        loop {
            let next = self.lock().listeners.next();
            let Some(announcement) = next else { return complaints };
            complaints.extend(announcement.tell());
        }
    }

    /// Nothing that runs under the lock leaves an entry half written: a panic of a listener happens outside it.
    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
