//! What is remembered of one provider.

use crate::context::Calibration;
use crate::exclusion::Exclusion;
use crate::health::Health;
use crate::pressure::Pressure;
use canon::config::{Endpoint, Provider, ProviderKind};
use canon::id::ModelName;

/// Everything about one provider. It counts as another once a reload gives the name another place or model.
#[derive(Debug)]
pub(crate) struct Record {
    kind: ProviderKind,
    endpoint: Endpoint,
    model: ModelName,
    /// Its results.
    pub(crate) health: Health,
    /// Whether it ran out of memory.
    pub(crate) pressure: Pressure,
    /// Whether it is out until a probe succeeds.
    pub(crate) exclusion: Exclusion,
    /// How far estimates are off for its model.
    pub(crate) calibration: Calibration,
}

impl Record {
    /// A provider of which nothing is known yet.
    pub(crate) fn of(provider: &Provider) -> Self {
        Self {
            kind: provider.kind,
            endpoint: provider.endpoint.clone(),
            model: provider.model.clone(),
            health: Health::default(),
            pressure: Pressure::default(),
            exclusion: Exclusion::default(),
            calibration: Calibration::default(),
        }
    }

    /// Whether it is about this provider.
    pub(crate) fn is_of(&self, provider: &Provider) -> bool {
        self.kind == provider.kind && self.model == provider.model && self.endpoint == provider.endpoint
    }
}
