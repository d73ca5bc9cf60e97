//! All memory of the past that decisions look at, behind one short lock. What happened is written in by name;
//! nothing here decides.

mod breaks;
mod homes;
mod record;
mod refusals;

pub use breaks::{BREAK_WINDOW, BREAKS_LIMIT};
pub use homes::{HOME_WINDOW, HOMES_LIMIT};
pub use refusals::REFUSERS_LIMIT;

pub(crate) use record::Record;

use crate::conversation::Conversation;
use breaks::Breaks;
use canon::config::{Config, Provider};
use canon::id::ProviderName;
use canon::target::Droppable;
use homes::Homes;
use refusals::Refusals;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What is remembered.
#[derive(Debug, Default)]
pub struct View {
    memory: Mutex<Memory>,
}

/// What is remembered, while the lock is held.
#[derive(Debug, Default)]
pub struct Memory {
    pub(crate) records: HashMap<ProviderName, Record>,
    pub(crate) refusals: Refusals,
    pub(crate) breaks: Breaks,
    pub(crate) homes: Homes,
}

impl View {
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

    /// A provider's answer broke after content had gone to the client.
    pub fn broke(&self, conversation: Conversation, provider: &ProviderName, now: Instant) {
        self.memory().breaks.add(conversation, provider, now);
    }

    /// Forgets what belongs to providers that a configuration no longer has, or has elsewhere.
    pub fn keep(&self, config: &Config) {
        let is_same = |name: &ProviderName, record: &mut Record| {
            config.provider(name.as_str()).is_some_and(|provider| record.is_of(provider))
        };
        self.memory().records.retain(is_same);
    }
}

impl Memory {
    /// What is remembered of a provider, if it was ever asked.
    pub(crate) fn record(&self, name: &ProviderName) -> Option<&Record> {
        self.records.get(name)
    }

    /// What is remembered of a provider, to be added to.
    pub(crate) fn record_of(&mut self, provider: &Provider) -> &mut Record {
        self.records.entry(provider.name.clone()).or_insert_with(|| Record::of(provider))
    }
}
