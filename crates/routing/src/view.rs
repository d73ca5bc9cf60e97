//! All memory of the past that decisions look at, each part behind one short lock. What happened is written in by
//! `claim` and by name; nothing here decides.

mod breaks;
mod gauge;
mod homes;
mod kept;
mod record;
mod refusals;

pub use breaks::{BREAK_WINDOW, BREAKS_LIMIT};
pub use gauge::Gauge;
pub use homes::{HOMES_LIMIT, STAY_WINDOW};
pub use kept::Kept;
pub use refusals::REFUSERS_LIMIT;

pub(crate) use record::Record;

use crate::context::trim::{Decision, decide};
use crate::context::{Judgement, Measure, Standing, Trimming, judge};
use crate::conversation::Conversation;
use crate::drift::Windows;
use crate::estimate::ToolContent;
use crate::health_cache::{HealthCache, Parameters};
use crate::prefix::Prefixes;
use crate::rates::Rates;
use crate::speed::{Samples, Speeds};
use crate::spend::Spend;
use breaks::Breaks;
use canon::config::{Config, Profile, Provider};
use canon::id::ProviderName;
use canon::request::Request;
use canon::target::Droppable;
use homes::Homes;
use refusals::Refusals;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is remembered.
#[derive(Debug)]
pub struct View {
    memory: Mutex<Memory>,
    /// The provider health cache.
    pub health_cache: HealthCache,
    /// Money.
    pub spend: Spend,
    /// How often everybody is asked.
    pub rates: Rates,
    /// Whether prompts go on from those before.
    pub prefixes: Prefixes,
}

/// What is remembered of providers and conversations, while the lock is held.
#[derive(Debug, Default)]
pub struct Memory {
    pub(crate) records: BTreeMap<ProviderName, Record>,
    pub(crate) speeds: Speeds,
    pub(crate) drift: Windows,
    pub(crate) refusals: Refusals,
    pub(crate) breaks: Breaks,
    pub(crate) homes: Homes,
    pub(crate) trimming: Trimming,
}

impl Default for View {
    /// Nothing, with the health cache's own defaults.
    fn default() -> Self {
        Self {
            memory: Mutex::default(),
            health_cache: HealthCache::with_parameters(Parameters::from(
                &canon::config::HealthCache::default(),
            )),
            spend: Spend::default(),
            rates: Rates::default(),
            prefixes: Prefixes::default(),
        }
    }
}

impl View {
    /// Nothing, by a configuration's numbers.
    pub fn new(config: &Config) -> Self {
        let view = Self::default();
        view.health_cache.reconfigure(Parameters::from(&config.health_cache));
        view
    }

    /// The memory, for planning. Hold it no longer than that takes.
    pub fn memory(&self) -> MutexGuard<'_, Memory> {
        // A thread that panicked while it held the lock left whole entries behind: every write is one push.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A provider answered 400 and named a field that the request can do without.
    pub fn refused(&self, provider: &Provider, field: Droppable) {
        self.memory().refusals.add(provider, field);
    }

    /// The fields a provider has refused so far.
    pub fn refusals(&self, provider: &Provider) -> Vec<Droppable> {
        self.memory().refusals.of(provider)
    }

    /// How a prompt of `estimate` tokens, uncorrected, stands to a provider's window.
    pub fn judge_context(
        &self,
        estimate: u64,
        max_output: Option<u64>,
        provider: &Provider,
        profile: &Profile,
    ) -> Judgement {
        let estimate = self.memory().correct(provider, estimate);
        judge(estimate, max_output, provider, &profile.context_budget)
    }

    /// What of a request goes so that it fits a provider's window, and remembers it for the conversation's next one.
    /// Nothing under any action but `trim`.
    pub fn trim(
        &self,
        request: &Request,
        conversation: Conversation,
        judgement: &Judgement,
        provider: &Provider,
        tool_content: ToolContent,
    ) -> Decision {
        let window = judgement.room.window;
        let (held, calibration) = {
            let mut memory = self.memory();
            let known = memory.record(&provider.name).map(|record| record.calibration);
            (memory.trimming.recall(conversation, window), known.unwrap_or_default())
        };
        if held.is_none() && judgement.standing != Standing::Trim {
            return Decision::default();
        }
        // Outside the lock: it goes over the whole conversation.
        let decision = decide(request, &Measure { tool_content, calibration }, &judgement.room, held);
        self.memory().trimming.hold(conversation, window, decision.held);
        decision
    }

    /// Remembers where a provider is, asked or not: once a reload gives its name another place, it is another one.
    pub fn know(&self, provider: &Provider) {
        self.memory().record_of(provider);
    }

    /// Goes by a changed configuration: forgets what belongs to providers that it no longer has, or has elsewhere.
    pub fn follow(&self, config: &Config) {
        self.health_cache.reconfigure(Parameters::from(&config.health_cache));
        let mut memory = self.memory();
        let mut elsewhere: Vec<ProviderName> = Vec::new();
        memory.records.retain(|name, record| {
            let is_same = config.provider(name.as_str()).is_some_and(|provider| record.is_of(provider));
            elsewhere.extend((!is_same).then(|| name.clone()));
            is_same
        });
        memory.speeds.retain(config);
        memory.drift.retain(config);
        for name in &elsewhere {
            memory.speeds.forget(name);
            memory.drift.forget(name);
        }
        drop(memory);
        let stays =
            |name: &ProviderName| config.provider(name.as_str()).is_some() && !elsewhere.contains(name);
        self.health_cache.forget(stays);
        self.rates.forget(stays);
    }
}

impl Memory {
    /// What is remembered of a provider, if it was ever asked.
    pub(crate) fn record(&self, name: &ProviderName) -> Option<&Record> {
        self.records.get(name)
    }

    /// What is remembered of a provider, to be added to.
    pub(crate) fn record_of(&mut self, provider: &Provider) -> &mut Record {
        let record = self.records.entry(provider.name.clone()).or_insert_with(|| Record::of(provider));
        if !record.is_of(provider) {
            *record = Record::of(provider);
        }
        record
    }

    /// An estimate as a provider's model would count it.
    pub(crate) fn correct(&self, provider: &Provider, estimate: u64) -> u64 {
        self.record(&provider.name).map_or(estimate, |record| record.calibration.correct(estimate))
    }

    /// How quick and how reliable a provider has been, if it was ever asked.
    pub fn samples(&self, name: &ProviderName) -> Option<&Samples> {
        self.speeds.samples(name)
    }
}
