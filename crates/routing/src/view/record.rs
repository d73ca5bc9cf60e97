//! What is remembered of one provider.

use canon::config::{Endpoint, Provider, ProviderKind};
use canon::id::ModelName;

/// Everything about one provider. It counts as another once a reload gives the name another place or model.
#[derive(Debug)]
pub(crate) struct Record {
    kind: ProviderKind,
    endpoint: Endpoint,
    model: ModelName,
}

impl Record {
    /// A provider of which nothing is known yet.
    pub(crate) fn of(provider: &Provider) -> Self {
        Self { kind: provider.kind, endpoint: provider.endpoint.clone(), model: provider.model.clone() }
    }

    /// Whether it is about this provider.
    pub(crate) fn is_of(&self, provider: &Provider) -> bool {
        self.kind == provider.kind && self.model == provider.model && self.endpoint == provider.endpoint
    }
}
