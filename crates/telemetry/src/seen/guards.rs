//! Guards, healing and passes that acted: how often is counted elsewhere, here is when each did last, and on whom.

use crate::fact::heading;
use crate::line::{Subject, subject};
use canon::event::{BackendFact, Event, Fact, FlowFact};
use std::collections::BTreeMap;
use std::time::SystemTime;

/// By the names of their facts, of which there are only so many.
#[derive(Debug, Default)]
pub(crate) struct Guards {
    latest: BTreeMap<&'static str, Acted>,
}

/// The last time one acted.
#[derive(Debug)]
pub(crate) struct Acted {
    /// When.
    pub(crate) at: SystemTime,
    /// On whom.
    pub(crate) provider: Option<String>,
    /// In which chain.
    pub(crate) profile: Option<String>,
}

impl Guards {
    pub(super) fn hear(&mut self, event: &Event) {
        if !acts(&event.fact) {
            return;
        }
        let Subject { provider, profile } = subject(&event.fact);
        let (provider, profile) = (provider.map(str::to_owned), profile.map(str::to_owned));
        let acted = Acted { at: event.at, provider, profile };
        self.latest.insert(heading(&event.fact).0, acted);
    }

    /// The name of each and what it last did, the latest first.
    pub(crate) fn latest(&self) -> Vec<(&'static str, &Acted)> {
        let mut latest: Vec<_> = self.latest.iter().map(|(name, acted)| (*name, acted)).collect();
        latest.sort_by_key(|(_, acted)| std::cmp::Reverse(acted.at));
        latest
    }
}

/// Whether a fact tells of something that was done about a request or a provider, beyond passing it on.
pub(super) fn acts(fact: &Fact) -> bool {
    match fact {
        Fact::ProviderSkipped { .. }
        | Fact::ChainBlocked { .. }
        | Fact::LocalOnly { .. }
        | Fact::PatternsGivenUp { .. }
        | Fact::UniformAuthFailure { .. }
        | Fact::Degraded { .. }
        | Fact::ToolLoopSeen(_)
        | Fact::ToolCountSeen(_)
        | Fact::ToolChoiceEmulated(_)
        | Fact::ToolReasked { .. }
        | Fact::OutputFiltered { .. }
        | Fact::CacheControlStripped { .. }
        | Fact::StreamTruncated { .. }
        | Fact::EmptyAnswer { .. }
        | Fact::PartialSurfaced { .. }
        | Fact::Quality(_) => true,
        Fact::Flow(flow) => !matches!(**flow, FlowFact::PrefixBroken { .. }),
        Fact::Backend(backend) => !matches!(
            **backend,
            BackendFact::ProbesStarted { .. } | BackendFact::Probed { .. } | BackendFact::ProbeRound { .. }
        ),
        _ => false,
    }
}
