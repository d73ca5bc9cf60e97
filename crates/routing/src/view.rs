//! All memory of the past that decisions look at, behind one short lock. What happened is written in by name;
//! nothing here decides.

use crate::conversation::Conversation;
use canon::config::{Endpoint, Provider, ProviderKind};
use canon::id::{ModelName, ProviderName};
use canon::target::Droppable;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a provider that broke a conversation in mid-answer goes last in it. Long enough for a client's own
/// repeat with its waits (Claude Code 2.1 repeats at once), short enough that one blip does not move a session.
pub const BREAK_WINDOW: Duration = Duration::from_secs(120);

/// The most backends whose refusals are kept; the oldest is forgotten first.
pub const REFUSERS_LIMIT: usize = 256;

/// The most breaks that are kept; the oldest is forgotten first.
pub const BREAKS_LIMIT: usize = 512;

/// What is remembered.
#[derive(Debug, Default)]
pub struct View {
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    refusers: VecDeque<Refuser>,
    /// Oldest first.
    breaks: VecDeque<Break>,
}

/// A backend that refused fields. It counts as another once a reload gives the name another place or model.
#[derive(Debug)]
struct Refuser {
    name: ProviderName,
    kind: ProviderKind,
    endpoint: Endpoint,
    model: ModelName,
    fields: Vec<Droppable>,
}

impl Refuser {
    fn is(&self, provider: &Provider) -> bool {
        self.name == provider.name
            && self.model == provider.model
            && self.kind == provider.kind
            && self.endpoint == provider.endpoint
    }
}

#[derive(Debug)]
struct Break {
    conversation: Conversation,
    provider: ProviderName,
    at: Instant,
}

impl View {
    /// A provider answered 400 and named a field that the request can do without.
    pub fn refused(&self, provider: &Provider, field: Droppable) {
        let mut memory = self.lock();
        if let Some(known) = memory.refusers.iter_mut().find(|refuser| refuser.is(provider)) {
            if !known.fields.contains(&field) {
                known.fields.push(field);
            }
            return;
        }
        if memory.refusers.len() == REFUSERS_LIMIT {
            memory.refusers.pop_front();
        }
        memory.refusers.push_back(Refuser {
            name: provider.name.clone(),
            kind: provider.kind,
            endpoint: provider.endpoint.clone(),
            model: provider.model.clone(),
            fields: vec![field],
        });
    }

    /// The fields a provider has refused so far.
    pub fn refusals(&self, provider: &Provider) -> Vec<Droppable> {
        let memory = self.lock();
        let known = memory.refusers.iter().find(|refuser| refuser.is(provider));
        known.map(|refuser| refuser.fields.clone()).unwrap_or_default()
    }

    /// A provider's answer broke after content had gone to the client.
    pub fn broke(&self, conversation: Conversation, provider: &ProviderName, now: Instant) {
        let mut memory = self.lock();
        memory.breaks.retain(|old| is_recent(old, now) && !old.is(conversation, provider));
        if memory.breaks.len() == BREAKS_LIMIT {
            memory.breaks.pop_front();
        }
        memory.breaks.push_back(Break { conversation, provider: provider.clone(), at: now });
    }

    /// The providers that broke a conversation within [`BREAK_WINDOW`], the latest last.
    pub fn breakers(&self, conversation: Conversation, now: Instant) -> Vec<ProviderName> {
        let memory = self.lock();
        let recent =
            memory.breaks.iter().filter(|old| old.conversation == conversation && is_recent(old, now));
        recent.map(|old| old.provider.clone()).collect()
    }

    /// A thread that panicked while it held the lock left whole entries behind: every write is one push.
    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Break {
    fn is(&self, conversation: Conversation, provider: &ProviderName) -> bool {
        self.conversation == conversation && self.provider == *provider
    }
}

fn is_recent(old: &Break, now: Instant) -> bool {
    now.saturating_duration_since(old.at) < BREAK_WINDOW
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn refusals_belong_to_a_backend_and_its_model() {
        let view = View::default();
        let mut provider = fixture::provider("a");
        view.refused(&provider, Droppable::Thinking);
        view.refused(&provider, Droppable::OutputConfig);
        view.refused(&provider, Droppable::Thinking);
        assert_eq!(view.refusals(&provider), [Droppable::Thinking, Droppable::OutputConfig]);
        provider.model = "another".into();
        assert_eq!(view.refusals(&provider), []);
        assert_eq!(view.refusals(&fixture::provider("b")), []);
    }

    #[test]
    fn breaks_are_forgotten_and_the_latest_stands_last() {
        let (view, start) = (View::default(), Instant::now());
        let (here, there) = (Conversation::named("here"), Conversation::named("there"));
        let [a, b] = ["a", "b"].map(ProviderName::from);
        view.broke(here, &a, start);
        view.broke(here, &b, start + Duration::from_secs(1));
        view.broke(here, &a, start + Duration::from_secs(2));
        assert_eq!(view.breakers(here, start + Duration::from_secs(3)), [b, a.clone()]);
        assert_eq!(view.breakers(here, start + BREAK_WINDOW + Duration::from_secs(1)), [a]);
        assert_eq!(view.breakers(here, start + BREAK_WINDOW + Duration::from_secs(2)), []);
        assert_eq!(view.breakers(there, start), []);
    }

    #[test]
    fn memory_is_bounded() {
        let (view, now) = (View::default(), Instant::now());
        for number in 0..2_000 {
            let name = format!("p{number}");
            view.refused(&fixture::provider(&name), Droppable::Thinking);
            view.broke(Conversation::named(&name), &name.as_str().into(), now);
        }
        let memory = view.lock();
        assert_eq!((memory.refusers.len(), memory.breaks.len()), (REFUSERS_LIMIT, BREAKS_LIMIT));
        assert_eq!(memory.breaks[0].provider.as_str(), "p1488");
    }
}
