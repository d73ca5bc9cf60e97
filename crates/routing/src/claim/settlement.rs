//! What came of an attempt, and what is remembered of it.

use super::{Claim, View};
use crate::cost::{self, Bill, estimated_usage, partial_usage};
use crate::drift::{self, DriftEvent, Observation, Severity};
use crate::health::{HealthState, Transition};
use crate::plan::Plan;
use crate::pressure::is_memory_pressure;
use crate::probed;
use crate::speed::{Mode, Outcome};
use crate::spend;
use crate::view::Memory;
use canon::config::{BackendHealthAction, MemoryPressureAction, Profile, Word};
use canon::event::{BackendFact, Fact, QualityFact};
use canon::fault::{Fault, FaultKind, Phase};
use canon::id::ProviderName;
use canon::moment::Now;
use canon::usage::Usage;
use std::time::Duration;

/// How an attempt ended.
#[derive(Clone, Copy, Debug)]
pub enum Ending<'a> {
    /// The answer came whole.
    Answered {
        /// From the attempt to the first content.
        first_token: Option<Duration>,
        /// Whether it was a stream.
        stream: bool,
    },
    /// It failed.
    Failed {
        /// Why.
        fault: &'a Fault,
        /// Whether content had gone to the client.
        midstream: bool,
    },
    /// Nobody wanted the answer any more: the client went away, or another provider was quicker.
    Abandoned,
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug)]
pub struct Settlement<'a> {
    /// The plan it belonged to.
    pub plan: &'a Plan,
    /// How it ended.
    pub ending: Ending<'a>,
    /// What was used, as far as the backend has said.
    pub usage: &'a Usage,
    /// The prompt in tokens, estimated.
    pub input_estimate: u64,
    /// The prompt as it was sent in tokens, estimated with care, where somebody had to know; not corrected by what
    /// the provider has taught.
    pub measured: Option<u64>,
    /// Characters that came back.
    pub output_chars: u64,
    /// What the answer was like, where somebody listened.
    pub observation: Option<Observation>,
    /// The moment.
    pub now: Now,
}

/// What follows from a settlement.
#[derive(Debug, Default)]
pub struct Settled {
    /// What is to be told.
    pub facts: Vec<Fact>,
    /// What the attempt cost.
    pub bill: Bill,
    /// How a reservation ended, for whoever keeps a journal.
    pub charge: Option<spend::Settlement>,
    /// How badly the answer's provider drifts.
    pub drift: Option<Severity>,
    /// Whether the provider's backend should unload its model.
    pub reload: bool,
    /// Whether the provider was taken out of the chains just now.
    pub excluded: bool,
}

impl View {
    /// Gives a provider back and remembers what came of the attempt.
    pub fn settle(&self, mut claim: Claim, settlement: &Settlement<'_>) -> Settled {
        let mut settled = Settled { facts: claim.facts(), ..Settled::default() };
        self.charge(&mut claim, settlement, &mut settled);
        match settlement.ending {
            Ending::Answered { first_token, stream } => {
                self.answered(&claim, settlement, first_token, stream, &mut settled);
            }
            Ending::Failed { fault, midstream } => {
                self.failed(&claim, settlement, fault, midstream, &mut settled);
            }
            Ending::Abandoned => self.give_back(&claim.provider, claim.trials),
        }
        self.leave(claim, settlement);
        settled
    }

    fn answered(
        &self,
        claim: &Claim,
        settlement: &Settlement<'_>,
        first_token: Option<Duration>,
        stream: bool,
        settled: &mut Settled,
    ) {
        let (now, name) = (settlement.now, &claim.provider.name);
        let profile = &settlement.plan.profile;
        let took = now.at.saturating_duration_since(claim.began.at);
        let outcome = match (stream, first_token) {
            (true, Some(latency)) => Outcome::Answered { mode: Mode::Stream, latency },
            (true, None) => Outcome::Answered { mode: Mode::Stream, latency: took },
            (false, _) => Outcome::Answered { mode: Mode::Whole, latency: took },
        };
        // The cache tells its transitions to its listeners.
        let _ = self.health_cache.mark_healthy(name, now.wall);
        let mut memory = self.memory();
        memory.homes.settle(claim.conversation, name, now.at);
        memory.speeds.record(name, outcome, now.at);
        let record = memory.record_of(&claim.provider);
        if let Some(measured) = settlement.measured {
            record.calibration.observe(measured, settlement.usage.prompt());
        }
        let before = record.health.failures_in_row();
        record.health.success(now.at);
        let out = record.exclusion.excluded().map(|excluded| excluded.profile.clone());
        if let (Some(profile), Some(after)) = (out, record.exclusion.restore(now.at)) {
            settled.facts.push(probed::restored(name, profile, after));
        }
        told_health(profile, name, Transition::between(before, 0, profile.backend_health.threshold), settled);
        if let Some(observation) = settlement.observation {
            observed(&mut memory, claim, settlement, observation, settled);
        }
    }

    fn failed(
        &self,
        claim: &Claim,
        settlement: &Settlement<'_>,
        fault: &Fault,
        midstream: bool,
        settled: &mut Settled,
    ) {
        let (now, name) = (settlement.now, &claim.provider.name);
        let profile = &settlement.plan.profile;
        if fault.counts_against_health() {
            let _ = self.health_cache.mark_unhealthy(name, &fault.message, now.at, now.wall);
        } else {
            self.give_back(&claim.provider, claim.trials);
        }
        let mut memory = self.memory();
        if midstream {
            memory.breaks.add(claim.conversation, name, now.at);
        } else if claim.provider.local && has_read(fault) {
            memory.homes.settle(claim.conversation, name, now.at);
        }
        pressed(&mut memory, claim, profile, fault, now, settled);
        if !fault.counts_against_health() {
            return;
        }
        memory.speeds.record(name, Outcome::Failed, now.at);
        let record = memory.record_of(&claim.provider);
        let before = record.health.failures_in_row();
        record.health.failure(now.at);
        let after = record.health.failures_in_row();
        let policy = &profile.backend_health;
        let state = record.health.state(policy.threshold);
        if policy.action == BackendHealthAction::Exclude && state == HealthState::Unhealthy {
            settled.excluded = record.exclusion.exclude(&profile.name, after, now.at);
        }
        told_health(profile, name, Transition::between(before, after, policy.threshold), settled);
        if settled.excluded {
            settled.facts.push(probed::excluded(name, &profile.name, after));
        }
        observed(&mut memory, claim, settlement, Observation::Failed, settled);
    }

    /// Settles what was reserved with what the attempt cost: what the backend reported, else an estimate where there
    /// was an answer; nothing where it never got as far as reading the prompt.
    fn charge(&self, claim: &mut Claim, settlement: &Settlement<'_>, settled: &mut Settled) {
        let usage = match settlement.ending {
            Ending::Failed { fault, midstream: false } if was_free(fault) => settlement.usage.clone(),
            // Where another provider's answer was to be gone on with, nothing need have come from this one.
            Ending::Failed { fault, .. } if settlement.output_chars == 0 && was_free(fault) => {
                settlement.usage.clone()
            }
            Ending::Answered { .. } => {
                estimated_usage(settlement.usage, settlement.input_estimate, settlement.output_chars)
            }
            Ending::Failed { .. } | Ending::Abandoned => {
                partial_usage(settlement.usage, settlement.input_estimate, settlement.output_chars)
            }
        };
        let reported = cost::bill(settlement.usage, &claim.provider.cost);
        settled.bill = Bill { savings: reported.savings, ..cost::bill(&usage, &claim.provider.cost) };
        if let Some(reservation) = claim.reservation.take() {
            settled.charge = Some(reservation.settle(settled.bill.cost));
        }
    }

    /// Gives the place at the provider back.
    fn leave(&self, claim: Claim, settlement: &Settlement<'_>) {
        let now = settlement.now.at;
        match settlement.ending {
            Ending::Answered { .. } => claim.place.answered(),
            Ending::Failed { fault, .. } if fault.kind == FaultKind::RateLimit => {
                claim.place.refused(fault.retry_after, now);
            }
            Ending::Failed { fault, .. }
                if fault.kind == FaultKind::Overloaded && fault.retry_after.is_some() =>
            {
                claim.place.refused(fault.retry_after, now);
            }
            Ending::Failed { .. } | Ending::Abandoned => {}
        }
        let used = settlement
            .usage
            .is_present()
            .then(|| settlement.usage.prompt().saturating_add(settlement.usage.output.unwrap_or(0)));
        claim.place.release(used, now);
    }
}

/// Remembers and tells that a provider ran out of memory.
fn pressed(
    memory: &mut Memory,
    claim: &Claim,
    profile: &Profile,
    fault: &Fault,
    now: Now,
    settled: &mut Settled,
) {
    let policy = &profile.memory_pressure;
    let pressed = fault.out_of_memory || is_memory_pressure(&fault.message);
    if policy.action == MemoryPressureAction::Off || !pressed {
        return;
    }
    if policy.action == MemoryPressureAction::Skip {
        memory.record_of(&claim.provider).pressure.mark(policy.cooldown, now.at);
    }
    settled.facts.push(Fact::Backend(Box::new(BackendFact::Pressured {
        provider: claim.provider.name.clone(),
        profile: profile.name.clone(),
        action: policy.action.word(),
        cooldown: policy.cooldown,
        error: fault.message.chars().take(200).collect(),
    })));
}

fn told_health(profile: &Profile, name: &ProviderName, change: Option<Transition>, settled: &mut Settled) {
    let Some(change) = change.filter(|_| profile.backend_health.action != BackendHealthAction::Off) else {
        return;
    };
    settled.facts.push(Fact::Backend(Box::new(BackendFact::HealthChanged {
        provider: name.clone(),
        profile: Some(profile.name.clone()),
        old: change.old.word(),
        new: change.new.word(),
        failures: u64::from(change.failures),
    })));
}

/// Watches the quality of a provider's answers.
fn observed(
    memory: &mut Memory,
    claim: &Claim,
    settlement: &Settlement<'_>,
    observation: Observation,
    settled: &mut Settled,
) {
    let (profile, name) = (&settlement.plan.profile, &claim.provider.name);
    let events = memory.drift.observe(profile, name, observation, settlement.now.at);
    settled.drift = drift::severity(&events);
    for event in events {
        if let DriftEvent::Promoted { reload, .. } = event {
            settled.reload |= reload;
            memory.speeds.demote(name, drift::DEMOTION_STEPS, settlement.now.at);
        }
        settled.facts.push(drift_fact(profile, name, event, settlement.plan));
    }
}

/// What is told of drift.
pub(super) fn drift_fact(profile: &Profile, name: &ProviderName, event: DriftEvent, plan: &Plan) -> Fact {
    let (provider, profile_name) = (name.clone(), profile.name.clone());
    let fact = match event {
        DriftEvent::Detected { severity, reason, signals } => QualityFact::DriftDetected {
            provider,
            profile: profile_name,
            severity: severity.word(),
            reason,
            action: profile.drift.action.word(),
            signals: signals.list(),
        },
        DriftEvent::Promoted { cooldown, .. } => QualityFact::DriftPromoted {
            rank: drift::rank(plan.attempts.iter().map(|it| &it.name), |other| other == name, name)
                .unwrap_or(1),
            provider,
            profile: profile_name,
            cooldown,
        },
        DriftEvent::Recovered { after } => {
            QualityFact::DriftRecovered { provider, profile: profile_name, after }
        }
    };
    Fact::Quality(Box::new(fact))
}

/// Whether a local server has most likely read a part of the prompt, and keeps it: its next try gets further.
fn has_read(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::Timeout(Phase::FirstByte | Phase::FirstToken))
}

/// Whether nobody bills an attempt that failed so: it was refused, or never arrived.
fn was_free(fault: &Fault) -> bool {
    fault.status.is_some()
        || matches!(fault.kind, FaultKind::Connect | FaultKind::Timeout(Phase::Connect) | FaultKind::Internal)
        || matches!(fault.kind, FaultKind::Overflow { .. } | FaultKind::Invalid)
}
