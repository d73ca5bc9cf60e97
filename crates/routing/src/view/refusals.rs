//! Which fields a backend has refused, so that it is not asked with them again.

use canon::config::{Endpoint, Provider, ProviderKind};
use canon::id::{ModelName, ProviderName};
use canon::target::Droppable;
use std::collections::VecDeque;

/// The most backends whose refusals are kept; the oldest is forgotten first.
pub const REFUSERS_LIMIT: usize = 256;

/// Backends that refused fields.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    refusers: VecDeque<Refuser>,
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

impl Refusals {
    /// A provider answered 400 and named a field that the request can do without.
    pub(crate) fn add(&mut self, provider: &Provider, field: Droppable) {
        if let Some(known) = self.refusers.iter_mut().find(|refuser| refuser.is(provider)) {
            if !known.fields.contains(&field) {
                known.fields.push(field);
            }
            return;
        }
        if self.refusers.len() == REFUSERS_LIMIT {
            self.refusers.pop_front();
        }
        self.refusers.push_back(Refuser {
            name: provider.name.clone(),
            kind: provider.kind,
            endpoint: provider.endpoint.clone(),
            model: provider.model.clone(),
            fields: vec![field],
        });
    }

    /// The fields a provider has refused so far.
    pub(crate) fn of(&self, provider: &Provider) -> Vec<Droppable> {
        let known = self.refusers.iter().find(|refuser| refuser.is(provider));
        known.map(|refuser| refuser.fields.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn refusals_belong_to_a_backend_and_its_model() {
        let mut refusals = Refusals::default();
        let mut provider = fixture::provider("a");
        refusals.add(&provider, Droppable::Thinking);
        refusals.add(&provider, Droppable::OutputConfig);
        refusals.add(&provider, Droppable::Thinking);
        assert_eq!(refusals.of(&provider), [Droppable::Thinking, Droppable::OutputConfig]);
        provider.model = "another".into();
        assert_eq!(refusals.of(&provider), []);
        assert_eq!(refusals.of(&fixture::provider("b")), []);
    }

    #[test]
    fn refusals_are_bounded() {
        let mut refusals = Refusals::default();
        for number in 0..2_000 {
            refusals.add(&fixture::provider(&format!("p{number}")), Droppable::Thinking);
        }
        assert_eq!(refusals.refusers.len(), REFUSERS_LIMIT);
    }
}
